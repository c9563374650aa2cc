"""What a person decides about its own data, in words and by buttons: CONVERSATION.md and SAFETY_PRIVACY.md."""

import pytest

from bot.core.decision import AlertRoute
from bot.core.messages import Button, Channel, Kind, Papers
from bot.core.turn import Reach
from tests.talk import Talk

CHANNELS = list(Channel)
LINKS = Reach(export_code="export-code", export_link="https://nabij.test/gegevens/export-code")


def walking(channel: Channel = Channel.TELEGRAM) -> Talk:
    talk = Talk("2026-03-02 10:00", channel=channel, reach=LINKS).enrolled("11.00")
    talk.until("2026-03-03 12:00")
    return talk


def erases(talk: Talk) -> bool:
    return talk.decisions[-1].erase is not None


def given(talk: Talk, name: str) -> bool:
    return talk.person.consents[name].given


def keeping() -> Talk:
    talk = walking()
    talk.taps("Ja, bewaar ze")
    talk.says("een 7")
    return talk


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ["privacy", "PRIVACY", "wie leest mee", "/privacy"])
def test_privacy_is_one_word_away_on_every_channel(channel: Channel, word: str) -> None:
    talk = Talk(channel=channel)
    (said,) = talk.says(word)
    assert "WIS ALLES" in said.text and "30 dagen" in said.text and "16 jaar" in said.text
    assert talk.labels == ["Mijn gegevens", "Toestemmingen", "Menu"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_menu_leads_to_what_is_kept_and_to_every_choice_about_it(channel: Channel) -> None:
    talk = walking(channel)
    talk.says("menu")
    talk.taps("Mijn gegevens")
    assert "Eerste reeks" in talk.text and "elke dag een stap" in talk.text
    assert talk.labels == ["Stuur mijn gegevens", "Toestemmingen", "Wis alles", "Menu"]


def test_on_telegram_my_data_comes_as_two_files_in_the_chat() -> None:
    overview, page, data = walking().says("mijn gegevens")
    assert overview.papers is None
    assert (page.papers, data.papers) == (Papers.PAGE, Papers.DATA)


@pytest.mark.parametrize("channel", [Channel.WEBCHAT, Channel.WHATSAPP])
def test_elsewhere_and_above_all_on_whatsapp_it_is_a_link_and_never_a_file(channel: Channel) -> None:
    talk = walking(channel)
    _, link = talk.says("mijn gegevens")
    assert "https://nabij.test/gegevens/export-code" in link.text and "kwartier" in link.text
    assert all(message.papers is None for message in talk.said)
    export = talk.decisions[-1].export
    assert export is not None and export.code == "export-code"


def test_where_no_link_can_be_made_the_practice_is_named() -> None:
    talk = Talk(channel=Channel.WEBCHAT)
    talk.says("mijn gegevens")
    assert "Mariposha, Coaching" in talk.text and talk.decisions[-1].export is None


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("word", ["wis alles", "Wis alles!", "verwijder mijn gegevens", "vergeet mij"])
def test_erasing_is_asked_once_more_and_then_done_with_a_receipt(channel: Channel, word: str) -> None:
    talk = walking(channel)
    talk.says(word)
    assert not erases(talk)
    assert talk.labels == ["Ja, wis alles", "Nee, bewaar alles"]
    (receipt,) = talk.taps("Ja, wis alles")
    assert "gewist, op een code zonder naam na, als bewijs, 5 jaar" in receipt.text
    assert ("Telegram" in receipt.text) == (channel is Channel.TELEGRAM)
    decision = talk.decisions[-1]
    assert decision.erase is not None and decision.erase.proof_years == 5 and decision.next_at is None


@pytest.mark.parametrize("yes", ["ja", "Ja hoor", "ja, wis alles"])
def test_a_typed_yes_right_after_the_question_erases(yes: str) -> None:
    talk = walking()
    talk.says("wis alles")
    talk.says(yes)
    assert erases(talk)


def test_a_no_keeps_everything() -> None:
    for answer in ("nee", "Nee, bewaar alles"):
        talk = walking()
        talk.says("wis alles")
        talk.says(answer)
        assert not erases(talk) and "blijft zoals het was" in talk.text


def test_a_yes_to_something_else_or_much_later_erases_nobody() -> None:
    talk = walking()
    talk.says("wis alles")
    talk.says("menu")
    talk.says("ja")
    assert not erases(talk)
    talk.says("wis alles")
    talk.later(hours=2).says("ja")
    assert not erases(talk) and "Ja, wis alles" in talk.labels


def test_the_button_of_an_old_keyboard_asks_again() -> None:
    talk = walking()
    talk.says("wis alles")
    talk.later(days=3).taps("Ja, wis alles")
    assert not erases(talk) and "Ja, wis alles" in talk.labels
    talk.presses(Button("Ja, wis alles", "erase:onzin"))
    assert not erases(talk)


def test_a_sentence_that_contains_the_word_is_no_request() -> None:
    talk = walking()
    talk.says("soms wil ik dat je alles wist van vroeger, mijn jeugd en zo")
    assert "Ja, wis alles" not in talk.labels


def test_in_an_alarm_erasing_stays_possible_and_the_receipt_says_whom_to_call() -> None:
    talk = walking()
    talk.says("ik wil niet meer leven")
    talk.says("wis alles")
    (receipt,) = talk.taps("Ja, wis alles")
    assert "113" in receipt.text and erases(talk)


def test_to_a_human_who_talks_the_words_still_work() -> None:
    from bot.core.staff import taken_over

    talk = walking()
    talk.person = taken_over(talk.person, talk.practice, talk.now, "Anna").subscriber
    talk.says("wis alles")
    talk.taps("Ja, wis alles")
    assert erases(talk)


def test_under_sixteen_and_on_stop_the_data_can_still_be_read_and_erased() -> None:
    for word in ("ik ben 14", "STOP"):
        talk = walking()
        talk.says(word)
        talk.says("mijn gegevens")
        assert talk.said[-1].kind is Kind.EXPORT
        talk.says("wis alles")
        talk.taps("Ja, wis alles")
        assert erases(talk)


def test_the_consents_are_told_with_how_to_turn_each_round() -> None:
    talk = keeping()
    talk.says("toestemmingen")
    assert "elke dag een stap: **ja**" in talk.text and "nieuws en aanbod: **nee**" in talk.text
    assert talk.labels == ["Wel nieuws", "Wel delen", "Intrekken: elke dag", "Intrekken: bewaren", "Menu"]


def test_consent_three_is_given_after_its_text_and_taken_back_by_one_line() -> None:
    talk = walking()
    talk.says("toestemmingen")
    (asked,) = talk.taps("Wel nieuws")
    assert asked.kind is Kind.CONSENT and "offers" not in talk.person.consents
    talk.taps("Ja, graag")
    assert given(talk, "offers")
    talk.says("geen nieuws meer")
    assert not given(talk, "offers")
    [change] = talk.decisions[-1].consents
    assert (change.name, change.given) == ("offers", False)


def test_a_typed_yes_gives_consent_four_only_right_after_its_text() -> None:
    talk = keeping()
    talk.says("toestemmingen")
    talk.taps("Wel delen")
    talk.says("ja")
    assert given(talk, "sharing")
    other = keeping()
    other.says("toestemmingen")
    other.taps("Wel delen")
    other.says("menu")
    other.says("ja")
    assert "sharing" not in other.person.consents


def test_only_what_is_kept_can_be_shared_and_no_longer_keeping_ends_sharing() -> None:
    talk = walking()
    talk.says("toestemmingen")
    assert "Wel delen" not in talk.labels
    talk.presses(Button("Ja, deel ze", "given:sharing"))
    assert "sharing" not in talk.person.consents
    talk = keeping()
    talk.presses(Button("Ja, deel ze", "given:sharing"))
    assert given(talk, "sharing")
    talk.says("antwoorden niet bewaren")
    assert not given(talk, "answers") and not given(talk, "sharing")


def test_taking_back_consent_one_ends_what_is_scheduled_and_nothing_else() -> None:
    talk = keeping()
    talk.says("toestemmingen")
    talk.taps("Intrekken: elke dag")
    assert not given(talk, "daily") and given(talk, "answers")
    assert talk.person.stopped_at is None
    assert talk.until("2026-06-01 12:00") == []


def test_taking_back_consent_two_erases_answers_and_what_was_noted_because_of_them() -> None:
    talk = keeping()
    talk.until("2026-03-05 12:00")
    talk.taps("Naar achteren")
    assert talk.person.tags and talk.person.enrollments[0].jump
    talk.says("bewaar mijn antwoorden niet meer")
    person = talk.person
    assert talk.decisions[-1].erase_answers
    assert person.measures == () and person.tags == frozenset() and person.enrollments[0].jump == ""


def test_what_was_never_given_is_said_kindly() -> None:
    talk = walking()
    talk.says("niet delen")
    assert "geen ja" in talk.text and talk.decisions[-1].consents == ()


def test_nobody_under_sixteen_or_on_stop_is_offered_more() -> None:
    for word in ("ik ben 14", "STOP"):
        talk = keeping()
        talk.says(word)
        talk.says("toestemmingen")
        assert not {"Wel nieuws", "Wel delen"} & set(talk.labels)


def test_a_consent_names_the_very_words_it_was_given_to() -> None:
    talk = walking()
    version = talk.person.consents["daily"].version
    from tests.talk import phrases, practice

    other = Talk(content=practice(phrases={**phrases(), "consent_daily": "Mag ik je elke dag iets sturen?"}))
    other.enrolled("11.00")
    assert version.partition("/")[0] == other.person.consents["daily"].version.partition("/")[0]
    assert version != other.person.consents["daily"].version


def test_nothing_is_scheduled_without_consent_one_but_the_follow_up_that_was_announced() -> None:
    talk = Talk("2026-03-02 10:00")
    talk.says("HECHTING")
    assert [message.kind for _, message in talk.until("2026-06-01 12:00")] == [Kind.NUDGE]


def test_no_answer_leaves_the_reply_without_consent_two() -> None:
    talk = walking()
    talk.taps("Nee, liever niet")
    talk.says("een 7")
    assert all(decision.answers == () for decision in talk.decisions)
    assert talk.person.measures == () and talk.person.tags == frozenset()


def test_no_offer_comes_unasked_without_consent_three() -> None:
    def offers(talk: Talk) -> list[Kind]:
        return [m.kind for _, m in talk.until("2026-04-20 12:00") if m.kind is Kind.OFFER]

    assert offers(walking()) == []
    talk = walking()
    talk.presses(Button("Ja, graag", "given:offers"))
    assert given(talk, "offers")


@pytest.mark.parametrize("words", ["toestemmingen", "niet bewaren", "geen nieuws", "niet delen"])
def test_words_about_consents_are_heard_amid_the_writing_of_a_plan(words: str) -> None:
    talk = walking()
    talk.says("kracht")
    talk.taps("Ja, mijn plan maken")
    talk.says(words)
    assert "staat erbij" not in talk.text and talk.person.safety_plan is None


def test_privacy_tells_of_the_alert_where_the_practice_gets_one() -> None:
    talk = Talk(reach=Reach(alerts=(AlertRoute.MAIL,)))
    assert "seintje" in talk.says("privacy")[0].text
    assert "seintje" not in Talk().says("privacy")[0].text


def test_the_receipt_sounds_like_no_farewell_and_in_need_it_says_whom_to_call() -> None:
    talk = walking()
    talk.says("ik wil niet meer leven")
    talk.says("wis alles")
    (receipt,) = talk.says("ja")
    assert "dat je er was" not in receipt.text and "Schrijven mag hier altijd weer" in receipt.text
    assert receipt.text.endswith("Is het nog zwaar? Bel **113**, dag en nacht, of **112** bij direct gevaar.")


def test_while_an_alarm_stands_nobody_is_asked_for_news() -> None:
    talk = walking()
    talk.says("toestemmingen")
    talk.says("ik wil niet meer leven")
    talk.taps("Wel nieuws")
    talk.says("ja")
    assert not talk.person.consents.get("offers") and "Wel nieuws" not in talk.labels

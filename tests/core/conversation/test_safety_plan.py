"""My safety plan: written in a calm hour, shown at once in a bad one, and the person's own."""

import pytest

from bot.core.messages import Channel, InboundKind, Lane
from bot.core.safety_plan import LONGEST_PART, SafetyPlan
from bot.core.staff import taken_over
from bot.core.subscriber import Subscriber
from bot.core.turn import Reach
from tests.talk import Talk, phrases, practice

DANGER = "ik wil niet meer leven"
SITE = Reach(site="https://nabij.example", secret="geheim-van-deze-beurt")


def plan_of(person: Subscriber) -> SafetyPlan:
    assert person.safety_plan is not None
    return person.safety_plan


def writing(reach: Reach | None = None) -> Talk:
    talk = Talk("2026-03-02 10:00", reach=reach)
    talk.says("KRACHT")
    talk.taps("Ja, mijn plan maken")
    return talk


def with_plan(reach: Reach | None = None) -> Talk:
    talk = writing(reach)
    talk.says("ik slaap slecht\nik neem niet meer op")
    talk.taps("Volgende vraag")
    talk.says("buiten lopen")
    talk.taps("Volgende vraag")
    talk.says("Anna 06-12345678")
    talk.taps("Volgende vraag")
    talk.says("bij mijn zus")
    talk.taps("Klaar")
    return talk


def test_it_is_offered_after_whom_to_call_and_kept_only_after_a_yes() -> None:
    talk = Talk()
    talk.says("kracht")
    assert talk.text.startswith("Gaat het nu niet? Bel **113**") and "Mag ik je plan bewaren?" in talk.text
    assert talk.person.safety_plan is None
    talk.taps("Ja, mijn plan maken")
    assert [(c.name, c.given) for c in talk.decisions[-1].consents] == [("plan", True)]
    assert "Waaraan merk je" in talk.text


def test_four_questions_in_the_persons_own_words_and_tempo() -> None:
    talk = with_plan()
    assert plan_of(talk.person) == SafetyPlan(
        signs=("ik slaap slecht", "ik neem niet meer op"),
        helps=("buiten lopen",),
        people=("Anna 06-12345678",),
        place=("bij mijn zus",),
    )
    assert "Dit is je plan" in talk.said[0].text
    for word in ("ik slaap slecht", "buiten lopen", "tel:0612345678", "bij mijn zus", "113"):
        assert word in talk.said[1].text


def test_more_lines_may_follow_and_a_question_may_be_left_out() -> None:
    talk = writing()
    talk.says("ik slaap slecht")
    assert "Nog iets?" in talk.text and talk.labels == ["Volgende vraag"]
    talk.says("ik eet niet")
    talk.says("verder")
    assert "Wat helpt jou" in talk.text
    talk.says("weet ik niet")
    assert "Wie kun je bellen" in talk.text
    assert plan_of(talk.person).signs == ("ik slaap slecht", "ik eet niet") and plan_of(talk.person).helps == ()


@pytest.mark.parametrize("words", ["ademen", "HECHTING", "open", "een 7", "nog een keer bellen"])
def test_words_that_mean_something_to_the_bot_elsewhere_are_the_persons_own_here(words: str) -> None:
    talk = writing()
    talk.says(words)
    assert plan_of(talk.person).signs == (words,) and talk.person.followups == ()


@pytest.mark.parametrize(("words", "said"), [("MENU", "Wat wil je doen"), ("STOP", "afgemeld"), ("hulp", "En altijd")])
def test_words_that_steer_the_bot_steer_it_here_too_and_nothing_is_lost(words: str, said: str) -> None:
    talk = writing()
    talk.says("ik slaap slecht")
    talk.says(words)
    assert said in talk.text and plan_of(talk.person).signs == ("ik slaap slecht",)
    talk.says("zomaar een zin")
    assert plan_of(talk.person).signs == ("ik slaap slecht",)


def test_it_goes_on_where_it_was_left() -> None:
    talk = writing()
    talk.says("ik slaap slecht")
    talk.says("menu")
    talk.later(days=3).says("kracht")
    talk.taps("Aanpassen")
    talk.taps("Wat mij helpt")
    talk.says("muziek")
    talk.taps("Klaar")
    assert plan_of(talk.person).helps == ("muziek",) and "muziek" in talk.text


def test_one_word_shows_it_and_each_part_can_be_changed() -> None:
    talk = with_plan()
    talk.later(days=9).says("nood")
    assert "bij mijn zus" in talk.text and talk.labels[0] == "Aanpassen"
    talk.taps("Aanpassen")
    talk.taps("Veilige plek")
    talk.taps("Begin hier opnieuw")
    talk.says("op zolder")
    talk.taps("Klaar")
    assert plan_of(talk.person).place == ("op zolder",) and plan_of(talk.person).helps == ("buiten lopen",)


def test_it_can_be_erased_and_that_takes_the_consent_back() -> None:
    talk = with_plan()
    talk.says("mijn plan")
    talk.taps("Aanpassen")
    talk.taps("Wis mijn plan")
    talk.taps("Nee, bewaar het")
    assert plan_of(talk.person).filled
    talk.taps("Aanpassen")
    talk.taps("Wis mijn plan")
    talk.taps("Ja, wis mijn plan")
    assert talk.person.safety_plan is None and not talk.person.consents["plan"].given
    talk.says("kracht")
    assert "Mag ik je plan bewaren?" in talk.text


def test_while_an_alarm_stands_it_is_shown_at_once_with_the_line_to_call_first() -> None:
    talk = with_plan()
    talk.later(days=1).says(DANGER)
    talk.taps("Mijn eigen plan")
    (shown,) = talk.said
    assert shown.lane is Lane.CRISIS and shown.text.startswith("Bel **113**") and "bij mijn zus" in shown.text
    assert [b.action for b in shown.buttons] == ["alarm:call", "alarm:ground", "alarm:human"]


def test_in_the_gravest_alarm_112_stands_above_the_plan() -> None:
    talk = with_plan()
    talk.says("ik heb pillen klaarliggen om er een eind aan te maken")
    talk.later(minutes=1).says("KRACHT")
    assert talk.text.startswith("**Bel nu 112**") and "Anna" in talk.text


def test_without_a_plan_an_alarm_asks_nothing_to_be_written() -> None:
    talk = Talk()
    talk.says(DANGER)
    talk.taps("Mijn eigen plan")
    assert talk.text.startswith("Bel **113**") and "hoeft nu ook niet" in talk.text
    assert "Mag ik" not in talk.text and talk.person.awaiting is None
    talk.says("bij mijn zus")
    assert talk.person.safety_plan is None


def test_danger_written_into_the_plan_is_danger_first_and_the_words_are_not_lost() -> None:
    talk = writing()
    crisis, kept = talk.says("dat ik dood wil")
    assert crisis.lane is Lane.CRISIS and "113" in crisis.text
    assert "in je plan gezet" in kept.text and kept.lane is Lane.CRISIS
    assert talk.person.alarm is not None and plan_of(talk.person).signs == ("dat ik dood wil",)
    talk.later(minutes=1).says("en dat ik niet slaap")
    assert plan_of(talk.person).signs == ("dat ik dood wil",)


@pytest.mark.parametrize("words", ["ik wil dood", "mijn zus, ik wil niet meer leven"])
def test_words_of_danger_never_stand_below_whom_to_call_and_that_is_said(words: str) -> None:
    talk = writing()
    talk.says("ik slaap slecht")
    talk.taps("Volgende vraag")
    talk.says("volgende vraag")
    talk.says("Anna 06-12345678")
    crisis, beside = talk.says(words)
    assert "113" in crisis.text and "niet bij gezet" in beside.text and "is bewaard" in beside.text
    assert plan_of(talk.person).people == ("Anna 06-12345678",)
    talk.says("KRACHT")
    assert words not in talk.text and "ik slaap slecht" in talk.text


def test_a_means_is_not_kept_among_the_signs_either() -> None:
    talk = writing()
    _, beside = talk.says("ik heb pillen klaarliggen om er een eind aan te maken")
    assert "niet bij gezet" in beside.text and talk.person.safety_plan is None


def test_its_consent_names_the_words_that_asked_for_it() -> None:
    talk = writing()
    other = Talk("2026-03-02 10:00", content=practice(phrases={**phrases(), "plan_offer": "Anders gevraagd."}))
    other.says("KRACHT")
    other.taps("Ja, mijn plan maken")
    assert talk.person.consents["plan"].version != other.person.consents["plan"].version


def test_danger_that_is_split_over_messages_of_the_writing_is_found_too() -> None:
    talk = writing()
    talk.says("dat ik er")
    talk.later(seconds=20).says("niet meer wil zijn")
    assert talk.person.alarm is not None
    assert plan_of(talk.person).signs == ("dat ik er", "niet meer wil zijn")


def test_old_buttons_of_the_writing_show_the_plan_while_an_alarm_stands() -> None:
    talk = writing()
    talk.says("ik slaap slecht")
    talk.says(DANGER)
    for label in ("Volgende vraag", "Ja, mijn plan maken"):
        talk.taps(label)
        assert "ik slaap slecht" in talk.text and talk.person.awaiting is None


def test_a_part_that_is_full_says_so_and_keeps_what_it_has() -> None:
    talk = writing()
    talk.says("".join(f"{number:05} " for number in range(LONGEST_PART // 6 - 2)))
    talk.says("nog een heel stuk dat er niet meer bij past")
    assert "past er niet meer bij" in talk.text
    assert sum(map(len, plan_of(talk.person).signs)) <= LONGEST_PART


def test_the_longest_plan_fits_its_messages() -> None:
    talk = writing()
    for part in range(4):
        talk.says(f"{part}" + "b. " * (LONGEST_PART // 3 - 10))
        talk.taps("Volgende vraag" if part < 3 else "Klaar")
    assert len(talk.said) > 2 and all(len(message.text) < 4_096 for message in talk.said)


def test_it_can_be_kept_as_a_page_where_there_is_a_site() -> None:
    talk = with_plan(SITE)
    assert "Als pagina" in talk.labels
    talk.taps("Als pagina")
    assert "https://nabij.example/plan/geheim-van-deze-beurt" in talk.text
    assert talk.decisions[-1].plan_link == "geheim-van-deze-beurt"


def test_in_the_web_chat_the_link_stays_within_the_site() -> None:
    talk = Talk(channel=Channel.WEBCHAT, reach=Reach(site="", secret="geheim-van-deze-beurt"))
    talk.says("kracht")
    talk.taps("Ja, mijn plan maken")
    talk.says("ik slaap slecht")
    talk.says("kracht")
    talk.taps("Als pagina")
    assert "](/plan/geheim-van-deze-beurt)" in talk.text


def test_without_a_site_the_chat_has_the_text_and_no_page() -> None:
    talk = with_plan()
    assert "Als pagina" not in talk.labels and talk.decisions[-1].plan_link == ""


def test_a_human_who_talks_does_not_stand_in_its_way() -> None:
    talk = with_plan()
    talk._record(taken_over(talk.person, talk.practice, talk.now, "Anna"))
    talk.later(minutes=1).says("kracht")
    assert "bij mijn zus" in talk.text
    talk.taps("Aanpassen")
    talk.taps("Wat mij helpt")
    talk.says("muziek")
    assert plan_of(talk.person).helps == ("buiten lopen", "muziek")


def test_it_stays_after_stop_and_is_one_word_away() -> None:
    talk = with_plan()
    talk.says("STOP")
    talk.later(days=30).says("kracht")
    assert "bij mijn zus" in talk.text


def test_under_sixteen_its_words_are_said_once_more_and_it_is_erased() -> None:
    talk = with_plan()
    talk.says("ik ben 14")
    assert "0800-0432" in talk.said[0].text and "bij mijn zus" in talk.said[1].text
    assert talk.said[1].text.startswith("Ook je plan bewaar ik niet meer.") and "**113**" in talk.said[1].text
    assert talk.person.safety_plan is None and not talk.person.consents["plan"].given
    talk.says("kracht")
    assert "0800-0432" in talk.text


def test_an_edit_and_the_words_below_a_picture_are_not_taken_for_the_plan() -> None:
    talk = writing()
    talk.says("ik slaap slecht", InboundKind.EDIT)
    assert talk.person.safety_plan is None


def test_marks_in_the_persons_words_stay_words() -> None:
    talk = writing()
    talk.says("*sterren* en [links](https://x.nl)")
    talk.says("kracht")
    assert r"\*sterren\*" in talk.text and "](https" not in talk.text.replace(r"\]\(https", "")


def test_it_stands_among_the_consents_and_is_taken_back_there() -> None:
    talk = with_plan()
    talk.says("toestemmingen")
    assert "mijn plan bewaren: **ja**" in talk.text
    talk.taps("Wis mijn plan")
    talk.taps("Ja, wis mijn plan")
    assert not talk.person.consents["plan"].given
    talk.says("toestemmingen")
    assert "mijn plan" not in talk.text

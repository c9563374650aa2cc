"""The promises, for whole lives that hypothesis makes up: whatever a person does, nobody is pestered."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.conversation import joined
from bot.core.decision import AlertRoute, Decision
from bot.core.messages import InboundKind, Kind, Lane
from bot.core.safety_plan import PARTS
from bot.core.schedule import local, parse_time_of_day
from bot.core.staff import given_back, released, taken_over
from bot.core.subscriber import EnrollmentState, Subscriber
from bot.core.turn import Reach
from tests.talk import LONG, PROGRAM, Talk, practice

TEXTS = (
    *("HECHTING", "SPANNING", "hoi", "STOP", "START", "pauze 3 dagen", "vakantie", "tijd 21.30", "tijd 06.00", "menu"),
    *(
        "tijd suriname",
        "tijd nederland",
        "verder",
        "gedaan",
        "later",
        "nee",
        "ja",
        "een 7",
        "dank je",
        "waarom",
        "blabla",
    ),
    *("ik wil niet meer leven", "ik ben 14", "te veel", "mijn gegevens"),
    *("toestemmingen", "niet bewaren", "geen nieuws", "niet delen"),
    *("kracht", "aarden", "discreet", "discreet uit", "open", "normaal", "er is iets gebeurd", "buiten lopen"),
    *("ik heb pillen klaarliggen om er een eind aan te maken", "mijn vriendin wil dood", "mijn man slaat me"),
    *(
        "nee, verkeerd begrepen",
        "toestemmingen",
        "geen nieuws",
        "niet bewaren",
        "privacy",
        "wis alles",
        "ja, wis alles",
    ),
    *("hulp", "STOP. Ik wil niet meer leven", "mijn week", "stuur opnieuw", "een mens spreken"),
)
BY_OTHERS = ("a human talks", "given back", "released", "joined", "an edit", "a picture", "opened", "danger edited")
"""What happens to a person without a typed word or a tap."""
DOINGS = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=60 * 24 * 3),
        st.one_of(
            st.sampled_from(TEXTS),
            st.integers(min_value=0, max_value=11),
            st.integers(min_value=12, max_value=400),
            st.sampled_from(BY_OTHERS),
        ),
    ),
    min_size=1,
    max_size=25,
)
STARTS = st.datetimes(min_value=datetime.fromisoformat("2026-01-01"), max_value=datetime.fromisoformat("2027-11-01"))
MOVING = ("tijd suriname", "tijd nederland")
REACH = Reach(
    site="https://nabij.test",
    secret="geheim-van-deze-beurt",
    export_link="https://nabij.test/gegevens/code",
    export_code="code",
    alerts=(AlertRoute.MAIL,),
)
CONTENT = practice(programs={"eerste": PROGRAM, "tweede": replace(LONG, steps=LONG.steps[:6])})


def live(start: datetime, doings: list[tuple[int, str | int]]) -> Talk:
    """Each doing: minutes to wait, then a text, or the number of a button: below 12 on the newest keyboard, else
    anywhere in the conversation, newest first. An erasure begins a new person at the same address."""
    talk = Talk(f"{start:%Y-%m-%d %H:%M}", content=CONTENT, reach=REACH)
    for minutes, doing in doings:
        talk.until(f"{local(talk.now + timedelta(minutes=minutes), talk.zone):%Y-%m-%d %H:%M}")
        if talk.decisions and talk.decisions[-1].erase is not None:
            forget(talk)
        if doing in BY_OTHERS:
            happens(talk, str(doing))
            continue
        if isinstance(doing, str):
            talk.says(doing)
            continue
        keyboard = next((m.buttons for _, m in reversed(talk.sent) if m.buttons), ())
        if doing >= 12:
            keyboard = tuple(button for _, m in reversed(talk.sent) for button in m.buttons)
        keyboard = tuple(button for button in keyboard if not button.action.startswith("zone:"))
        if keyboard:
            talk.presses(keyboard[doing % len(keyboard)])
    end = talk.now + timedelta(days=45)
    talk.until(f"{local(end, talk.zone):%Y-%m-%d %H:%M}")
    return talk


def happens(talk: Talk, what: str) -> None:
    match what:
        case "a human talks":
            talk._record(taken_over(talk.person, talk.practice, talk.now, "Anna"))
        case "given back":
            talk._record(given_back(talk.person, talk.practice, talk.now))
        case "released":
            talk._record(released(talk.person, talk.practice, talk.now))
        case "joined":
            talk._record(joined(talk.person, talk.practice, talk.now))
        case "an edit":
            talk.says("HECHTING", InboundKind.EDIT)
        case "danger edited":
            talk.says("ik wil niet meer leven", InboundKind.EDIT)
        case "a picture":
            talk.says("", InboundKind.MEDIA)
        case _:
            talk.opens("HECHTING")


def forget(talk: Talk) -> None:
    """Nothing was planned for the person who was erased, and who writes now is new; old keyboards are still there."""
    assert talk.next_at is None
    talk.person = Subscriber(
        id=talk.person.id + 1, practice="mariposha", address=talk.address, created_at=talk.now, zone=talk.zone
    )


@settings(max_examples=200, deadline=None)
@given(STARTS, DOINGS)
def test_nobody_is_pestered_whatever_they_do(start: datetime, doings: list[tuple[int, str | int]]) -> None:
    talk = live(start, [(wait, "dank je" if doing in MOVING else doing) for wait, doing in doings])
    unasked = Counter(local(at, talk.zone).date() for at, message in talk.sent if message.unasked)
    assert max(unasked.values(), default=0) <= CONTENT.daily_cap
    steps = {(local(at, talk.zone).date(), m.step) for at, m in talk.sent if m.step and m.kind != "reminder"}
    asked_late = {m.step for _, m in talk.sent if m.step and not m.unasked}
    per_day = Counter(day for day, step in steps if step not in asked_late)
    assert max(per_day.values(), default=0) <= 1
    for at, message in talk.sent:
        if message.unasked and (message.kind == "reminder" or not message.step):
            assert 8 <= local(at, talk.zone).hour < 22, message.kind
    planned = [at for at, m in talk.sent if m.unasked and m.step and m.kind != "reminder"]
    assert all(later - earlier >= timedelta(hours=12) for earlier, later in pairwise(planned))


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_after_stop_an_alarm_or_sixteen_minus_nothing_unasked_leaves(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    silent = False
    for decision in talk.decisions:
        if silent:
            assert not any(message.unasked for message in decision.messages)
        before = decision.subscriber
        silent = before.stopped_at is not None or before.alarm is not None or before.minor
        assert not silent or decision.next_at is None


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_nothing_is_scheduled_kept_or_offered_without_its_consent(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)

    def given_by(subscriber: Subscriber, name: str) -> bool:
        consent = subscriber.consents.get(name)
        return consent is not None and consent.given

    for decision in talk.decisions:
        who = decision.subscriber
        unasked = {message.kind for message in decision.messages if message.unasked and message.topic != "takeover"}
        # The follow-up of a keyword was announced, "ik ben er weer" ends the talk with a human: all that comes without
        # the first consent.
        assert not unasked - {Kind.NUDGE} or given_by(who, "daily")
        assert Kind.OFFER not in unasked or given_by(who, "offers")
        assert not decision.answers or given_by(who, "answers")
        assert not who.measures or given_by(who, "answers")


CONTENT_KINDS = {"explanation", "exercise", "lesson", "checkin", "reminder", "offer", "nudge", "week", "goodbye"}


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_in_alarm_and_under_sixteen_nothing_of_the_content_leaves_asked_for_or_not(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for decision in talk.decisions:
        after = decision.subscriber
        if after.alarm is not None or after.minor:
            assert not {message.kind.value for message in decision.messages} & CONTENT_KINDS
            assert not decision.answers
            assert not any(change.given for change in decision.consents)


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_nobody_is_in_a_program_without_consent_and_nobody_reads_a_broken_sentence(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for decision in talk.decisions:
        after = decision.subscriber
        active = [e for e in after.enrollments if e.state is EnrollmentState.ACTIVE]
        assert not active or (after.consents["daily"].given and after.stopped_at is None and not after.minor)
        for message in decision.messages:
            assert "komt ." not in message.text and "  " not in message.text and "{" not in message.text
            assert all(len(button.label) <= 20 or 0 < len(button.short) <= 20 for button in message.buttons)


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_the_plan_always_moves_on_and_never_lies_in_the_past(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for decision in talk.decisions:
        assert len([e for e in decision.subscriber.enrollments if e.state is EnrollmentState.ACTIVE]) <= 1
    assert talk.next_at is None or talk.next_at > talk.now


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_whoever_says_stop_or_something_grave_stays_so_until_they_say_otherwise(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for before, decision in lives(talk):
        after = decision.subscriber
        events = {event.kind for event in decision.events}
        if before.subscriber.stopped_at is not None and after.stopped_at is None:
            assert "started" in events
        if before.subscriber.alarm is not None and after.alarm is None:
            assert "alarm_released" in events or decision.erase is not None
        if before.subscriber.minor:
            assert after.minor
        if before.subscriber.braked and not after.braked:
            assert any(not message.unasked for message in decision.messages)


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_every_alarm_is_answered_first_and_told_on_without_a_word_of_the_person(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for decision in talk.decisions:
        if any(event.kind == "alarm" for event in decision.events):
            first = decision.messages[0]
            assert first.lane is Lane.CRISIS and first.kind is Kind.ALARM
            assert "112" in first.text or "113" in first.text or "noodnummer" in first.text
            assert decision.subscriber.alarm is not None and decision.next_at is None
        for alert in decision.alerts:
            assert alert.what in ("alarm", "human")


@settings(max_examples=150, deadline=None)
@given(STARTS, DOINGS)
def test_in_a_takeover_the_bot_begins_nothing_and_after_an_erasure_only_a_receipt_leaves(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for before, decision in lives(talk):
        if before.subscriber.takeover is not None and decision.subscriber.takeover is not None:
            assert not any(message.unasked for message in decision.messages)
            kinds = {message.kind.value for message in decision.messages}
            assert not kinds & {"fallback", "reminder", "nudge"}
        if decision.erase is not None:
            assert [message.kind for message in decision.messages] == [Kind.ERASED]
            assert decision.next_at is None and not decision.alerts and not decision.plan_link


@settings(max_examples=100, deadline=None)
@given(STARTS, DOINGS)
def test_no_plan_is_kept_without_a_yes_nor_with_words_of_danger_outside_its_signs(
    start: datetime, doings: list[tuple[int, str | int]]
) -> None:
    talk = live(start, doings)
    for decision in talk.decisions:
        plan = decision.subscriber.safety_plan
        if plan is None:
            continue
        assert decision.subscriber.consents["plan"].given and not decision.subscriber.minor
        for part in PARTS:
            if part != "signs":
                assert not any("leven" in line or "dood" in line or "pillen" in line for line in plan.part(part))


def lives(talk: Talk) -> list[tuple[Decision, Decision]]:
    """Each decision with the one before it about the same person."""
    return [(a, b) for a, b in pairwise(talk.decisions) if a.subscriber.id == b.subscriber.id and a.erase is None]


@pytest.mark.parametrize("digit", ["\N{KHAROSHTHI DIGIT ONE}", "\N{SUPERSCRIPT TWO}", "\N{CIRCLED DIGIT SEVEN}"])
@pytest.mark.parametrize(
    "words", ["{}", "{}{}{}", "ik wil {} dood", "pauze {} dagen", "om {} uur", "stop {}", "over {}"]
)
def test_a_digit_that_is_no_number_is_survived_wherever_one_is_read(digit: str, words: str) -> None:
    text = words.replace("{}", digit)
    talk = Talk()
    talk.says(text)
    asked_the_hour = Talk("2026-03-02 10:00").enrolled("11.00")
    asked_the_hour.says("tijd")
    asked_the_hour.says(text)
    asked_a_number = Talk("2026-03-02 10:00").enrolled("11.00")
    asked_a_number.until("2026-03-03 12:00")
    asked_a_number.taps("Ja, bewaar ze")
    asked_a_number.says(text)
    assert talk.said or asked_a_number.said


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    talk = Talk()
    talk.says(text)
    parse_time_of_day(text)

"""The promises, for whole lives that hypothesis makes up: whatever a person does, nobody is pestered."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.messages import Kind
from bot.core.schedule import local, parse_time_of_day
from bot.core.subscriber import EnrollmentState, Subscriber
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
)
DOINGS = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=60 * 24 * 3),
        st.one_of(
            st.sampled_from(TEXTS), st.integers(min_value=0, max_value=11), st.integers(min_value=12, max_value=400)
        ),
    ),
    min_size=1,
    max_size=25,
)
STARTS = st.datetimes(min_value=datetime.fromisoformat("2026-01-01"), max_value=datetime.fromisoformat("2027-11-01"))
MOVING = ("tijd suriname", "tijd nederland")
CONTENT = practice(programs={"eerste": PROGRAM, "tweede": replace(LONG, steps=LONG.steps[:6])})


def live(start: datetime, doings: list[tuple[int, str | int]]) -> Talk:
    """Each doing: minutes to wait, then a text, or the number of a button: below 12 on the newest keyboard, else
    anywhere in the conversation, newest first."""
    talk = Talk(f"{start:%Y-%m-%d %H:%M}", content=CONTENT)
    for minutes, doing in doings:
        talk.until(f"{local(talk.now + timedelta(minutes=minutes), talk.zone):%Y-%m-%d %H:%M}")
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
        unasked = {message.kind for message in decision.messages if message.unasked}
        # The follow-up of a keyword was announced, and is all that comes without the first consent.
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


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    talk = Talk()
    talk.says(text)
    parse_time_of_day(text)

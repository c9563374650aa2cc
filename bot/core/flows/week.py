"""Je week in woorden: what a person answered in seven days, first in words, then as a small picture.

Only for those who let their answers be kept. Nothing is judged: numbers are told with their days, and that is all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core.dutch import DAYS, ago, listed, long_date, small_number
from bot.core.messages import LONGEST_CAPTION, Kind, Lane, Outgoing, Picture, Series
from bot.core.schedule import is_quiet, local
from bot.core.subscriber import Enrollment
from bot.core.turn import Turn

ENOUGH = 2
"""Answers in a week about which something can be told."""
LOOKED_BACK = timedelta(days=27)
"""How far a picture goes back when a week alone makes no line."""
QUESTIONS = 2
"""In a picture no more lines can be told apart without colour."""

Point = tuple[date, int]


@dataclass(frozen=True, slots=True)
class _Days:
    """The seven local dates that are told of: up to today once something was answered today, else up to yesterday, so
    that no answer falls between two weeks and no week day comes twice."""

    first: date
    last: date

    def hold(self, day: date) -> bool:
        return self.first <= day <= self.last


def is_due(turn: Turn, enrollment: Enrollment) -> bool:
    """True for the step that comes now when it is the first on or after the 7th, 14th, ... day of the program."""
    began, last = enrollment.started_on, turn.subscriber.last_step_on
    weeks = (turn.today - began).days // 7
    return weeks >= 1 and (last is None or (last - began).days // 7 < weeks)


def in_words(turn: Turn) -> Outgoing | None:
    """The message as a direct reply; None without consent or with too little to tell."""
    if not turn.has_consent("answers"):
        return None
    days = _days(turn)
    answered = _answered(turn, days)
    if answered < ENOUGH:
        return None
    series = _series(turn, days)
    told = [turn.text("week_answered", times=small_number(answered))]
    told += [_in_a_sentence(turn, question, points, days) for question, points in series]
    told.append(turn.text("week_numbers") if series else turn.text("week_no_numbers"))
    text = "\n\n".join([turn.text("week_title"), *told])
    # The words come first: where a practice says so much that a picture has no room, they stand alone.
    picture = _picture(series, days) if len(text) <= LONGEST_CAPTION else None
    return Outgoing(text=text, kind=Kind.WEEK, picture=picture)


def tell(turn: Turn, program: str, *, topic: str, expires: datetime | None, to_come: int = 0) -> None:
    """The week beside the step of its day, when there is something to tell; unasked, as the step, when it `expires`.

    It is the first to give way to `daily_cap`: `to_come` counts what has to go out after it today. Only a step may
    come in the quiet hours, so beside one at 06:00 or 22:00 the week stays away; MIJN WEEK tells it at any hour.
    """
    told = in_words(turn)
    subscriber, unasked = turn.subscriber, expires is not None
    sent = subscriber.unasked_count if subscriber.unasked_on == turn.today else 0
    crowded = sent + to_come >= turn.practice.daily_cap
    if told is None or (unasked and (crowded or is_quiet(turn.now, turn.zone))):
        return
    turn.note("week", program=program)
    lane = Lane.LESSON if unasked else Lane.REPLY
    turn.send(replace(told, lane=lane, unasked=unasked, topic=topic, expires=expires))


def asked(turn: Turn) -> None:
    """MIJN WEEK."""
    message = in_words(turn)
    if message is not None:
        turn.send(message)
    elif turn.has_consent("answers"):
        turn.say("week_too_little")
    else:
        turn.say("week_not_kept")


def _days(turn: Turn) -> _Days:
    today = _Days(turn.today, turn.today)
    last = turn.today if _answered(turn, today) else turn.today - timedelta(days=1)
    return _Days(last - timedelta(days=6), last)


def _answered(turn: Turn, days: _Days) -> int:
    """How many kept answers those days have. A question counts on the day on which it was asked, a number on the day
    on which it was given: whichever tells of more."""
    consent = turn.subscriber.consents.get("answers")
    questions = [
        question
        for question in turn.subscriber.questions
        if question.answered
        and consent is not None
        and question.asked_at >= consent.at
        and days.hold(local(question.asked_at, turn.zone).date())
    ]
    measures = [measure for measure in turn.subscriber.measures if days.hold(measure.on)]
    return max(len(questions), len(measures))


def _series(turn: Turn, days: _Days) -> list[tuple[str, list[Point]]]:
    """The questions with a number in those days, the most answered first, each with its points of up to four weeks:
    one a day, the newest."""
    measures = [m for m in turn.subscriber.measures if days.last - LOOKED_BACK <= m.on <= days.last]
    found: dict[str, list[Point]] = {}
    for question in dict.fromkeys(measure.question for measure in measures):
        points = {measure.on: measure.number for measure in measures if measure.question == question}
        if any(map(days.hold, points)):
            found[question] = sorted(points.items())
    ordered = sorted(found.items(), key=lambda item: -sum(days.hold(day) for day, _ in item[1]))
    return ordered[:QUESTIONS]


def _in_a_sentence(turn: Turn, question: str, points: Sequence[Point], days: _Days) -> str:
    week = [point for point in points if days.hold(point[0])]
    (first_day, first), (last_day, last) = week[0], week[-1]
    name = name_of(question)
    if len(week) == 1:
        earlier = points[-2] if len(points) > 1 else None
        day = _day(last_day)
        if earlier is None:
            return turn.text("week_once", name=name, day=day, number=last)
        when = ago(turn.today, earlier[0])
        return turn.text("week_once_before", name=name, day=day, number=last, when=when, before=earlier[1])
    numbers = [number for _, number in week]
    low, high = min(numbers), max(numbers)
    if low == high:
        return turn.text("week_steady", name=name, number=low, days=_on(week, low))
    moved = turn.text(
        "week_moved", name=name, first=first, first_day=_day(first_day), last=last, last_day=_day(last_day)
    )
    if len(week) == 2:
        return moved
    own = f"week_days_{question}"
    phrase = own if own in turn.practice.phrases else "week_days"
    return f"{moved} {turn.text(phrase, low=low, low_days=_on(week, low), high=high, high_days=_on(week, high))}"


def _day(day: date) -> str:
    return DAYS[day.weekday()]


def _on(points: Sequence[Point], number: int) -> str:
    return listed([_day(day) for day, of_day in points if of_day == number], "en")


def name_of(question: str) -> str:
    """The id of a question as a reader sees it: `rust-in-lijf` is "Rust in lijf"."""
    return question.replace("-", " ").capitalize()


def _picture(series: Sequence[tuple[str, list[Point]]], days: _Days) -> Picture | None:
    """The week, or up to four weeks when the week alone makes no line. None when those make none either."""
    first = days.first
    if all(sum(map(days.hold, dict(points))) < ENOUGH for _, points in series):
        first = min((points[0][0] for _, points in series), default=days.first)
    seen = [
        Series(name_of(question), tuple(point for point in points if point[0] >= first)) for question, points in series
    ]
    if all(len(line.points) < ENOUGH for line in seen):
        return None
    lines = [f"{line.name}: {', '.join(f'{long_date(day)} een {n}' for day, n in line.points)}." for line in seen]
    alt = " ".join([f"Grafiek van 0 tot 10, van {long_date(first)} tot en met {long_date(days.last)}.", *lines])
    return Picture(alt=alt, series=tuple(seen), first=first, last=days.last)

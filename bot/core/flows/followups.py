"""The nudges after a keyword: announced, scheduled per subscriber, gone with any answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.core.content.model import Keyword
from bot.core.dutch import moment
from bot.core.messages import Button, Kind
from bot.core.schedule import NUDGE_GAP, NUDGE_HOUR, at_local, local, nudge_at, request_date
from bot.core.subscriber import FollowUp
from bot.core.turn import Turn

ONCE_IN = timedelta(days=30)
ANSWERABLE = timedelta(days=7)
LATEST = time(21, 59)
LATER = "Vraag het later nog eens"


def topic(keyword: str) -> str:
    return f"followup:{keyword}"


def open_for(turn: Turn, keyword: Keyword) -> FollowUp | None:
    """Schedules nudge 1, unless the keyword had its sequence in the last 30 days or a daily program runs."""
    earlier = next((f for f in turn.subscriber.followups if f.keyword == keyword.name), None)
    if earlier is not None and turn.now - earlier.requested_at < ONCE_IN:
        return None if earlier.closed else earlier
    if turn.active() is not None or turn.frozen or turn.subscriber.takeover is not None:
        return None
    day = request_date(turn.now, turn.zone)
    due_at = nudge_at(day, 1, turn.now, turn.zone)
    if turn.pause_end(turn.today) is not None or turn.pause_end(local(due_at, turn.zone).date()) is not None:
        return None
    followup = FollowUp(
        keyword=keyword.name,
        series=keyword.series,
        requested_at=turn.now,
        requested_on=day,
        due_at=due_at,
    )
    turn.put_followup(followup)
    return followup


def close(turn: Turn, keyword: str) -> None:
    """Cancels what is open of the sequence; also what is in the outbox and has not started."""
    for followup in turn.subscriber.followups:
        if followup.keyword == keyword and not followup.closed:
            turn.put_followup(replace(followup, closed=True, due_at=None))
    turn.cancel(topic(keyword))


def close_all(turn: Turn) -> None:
    for followup in turn.subscriber.followups:
        if not followup.closed:
            close(turn, followup.keyword)


def move(turn: Turn, zone_before: str) -> None:
    """After a change of place: the same dates, at 19:00 there."""
    for followup in turn.subscriber.followups:
        if followup.due_at is not None:
            due_at = at_local(local(followup.due_at, zone_before).date(), NUDGE_HOUR, turn.zone)
            while due_at <= turn.now:
                due_at = at_local(local(due_at, turn.zone).date() + timedelta(days=1), NUDGE_HOUR, turn.zone)
            turn.put_followup(replace(followup, due_at=due_at))


def answerable(turn: Turn) -> FollowUp | None:
    """The newest open sequence that a typed answer belongs to: asked, or announced and still to come."""
    open_ones = [
        f for f in turn.subscriber.followups if not f.closed and (f.asked_at or f.requested_at) > turn.now - ANSWERABLE
    ]
    return max(open_ones, key=lambda f: f.asked_at or f.requested_at, default=None)


def due(followup: FollowUp, turn: Turn, step_due: datetime | None) -> datetime | None:
    """When the nudge may really go: at 19:00 local, not within 20 hours of another nudge, not on a day with a step
    of a program, within the daily cap, on no day off; what is late moves to the next evening."""
    if followup.closed or followup.due_at is None:
        return None
    subscriber = turn.subscriber
    when = followup.due_at
    for _ in range(400):
        wall = local(when, turn.zone)
        day = wall.date()
        step_day = local(step_due, turn.zone).date() if step_due is not None else None
        full = subscriber.unasked_on == day and subscriber.unasked_count >= turn.practice.daily_cap
        too_soon = subscriber.last_nudge_at is not None and when - subscriber.last_nudge_at < NUDGE_GAP
        too_late = when <= turn.now and (
            day < turn.today or local(turn.now, turn.zone).time() > LATEST or local(turn.now, turn.zone).hour < 8
        )
        blocked = day in (step_day, subscriber.last_step_on) or day.isoformat() in turn.practice.days_off
        if not (full or too_soon or too_late or blocked):
            return when
        when = at_local(day + timedelta(days=1), NUDGE_HOUR, turn.zone)
    return None


def nudge(turn: Turn, followup: FollowUp) -> None:
    """Sends the nudge that is due."""
    keyword = turn.practice.keywords.get(followup.keyword)
    if keyword is None:
        close(turn, followup.keyword)
        return
    number = followup.nudge
    last = number == 3
    buttons = [Button("Gedaan", f"done:{keyword.name}")]
    if followup.series:
        buttons.append(Button("Liever geen vervolg", f"enough:{keyword.name}"))
    elif not last:
        buttons.append(Button(LATER, f"later:{keyword.name}", "Later nog eens"))
        buttons.append(Button("Liever niet", f"enough:{keyword.name}"))
    if last:
        buttons = [*buttons[:1]]
        if keyword.program in turn.practice.programs:
            buttons.append(Button("Elke dag een stap", f"daily:{keyword.program}"))
        if keyword.offer is not None:
            buttons.append(offer_button(turn, f"offer:kw:{keyword.name}"))
    turn.unasked(
        keyword.nudges[number - 1],
        *buttons,
        kind=Kind.NUDGE,
        topic=topic(keyword.name),
        expires=at_local(turn.today, LATEST, turn.zone),
    )
    turn.note("nudge", keyword=keyword.name, number=number)
    turn.change(last_nudge_at=turn.now)
    following = None
    if followup.series and not last:
        following = nudge_at(followup.requested_on, number + 1, turn.now, turn.zone)
    turn.put_followup(
        replace(
            followup, nudge=min(number + 1, 3), asked_at=turn.now, due_at=following, closed=last and following is None
        )
    )


def offer_button(turn: Turn, action: str) -> Button:
    label = f"Wat kan {turn.practice.short_name} voor je doen?"
    return Button(label, action, "Wat kan er nog meer?")


def done(turn: Turn, keyword: str) -> None:
    """[Gedaan]: counts, cancels the follow-up and makes the daily offer."""
    close(turn, keyword)
    turn.note("exercise_done", keyword=keyword)
    content = turn.practice.keywords.get(keyword)
    offer = [offer_button(turn, f"offer:kw:{keyword}")] if content is not None and content.offer is not None else []
    program = content.program if content is not None else ""
    if program in turn.practice.programs and turn.active() is None and turn.subscriber.stopped_at is None:
        daily = Button("Elke dag een stap", f"daily:{program}")
        turn.say("exercise_done_offer", daily, Button("Nee, dank je", "closed"), *offer)
        turn.ask("yes", daily.action)
    else:
        turn.say("exercise_done", *offer)


def later(turn: Turn, keyword: str) -> None:
    """[Vraag het later nog eens]: the only answer that schedules the next nudge."""
    followup = next((f for f in turn.subscriber.followups if f.keyword == keyword and not f.closed), None)
    if followup is None or keyword not in turn.practice.keywords:
        close(turn, keyword)
        turn.say("followup_over")
        return
    if followup.due_at is None:
        due_at = nudge_at(followup.requested_on, followup.nudge, turn.now, turn.zone)
        followup = replace(followup, due_at=due_at)
        turn.put_followup(followup)
    assert followup.due_at is not None
    turn.note("nudge_later", keyword=keyword)
    turn.say("followup_later", when=moment(followup.due_at, turn.now, turn.zone))


def enough(turn: Turn, keyword: str) -> None:
    """[Liever niet] and [Liever geen vervolg]: answered kindly, once."""
    was_open = any(f.keyword == keyword and not f.closed for f in turn.subscriber.followups)
    close(turn, keyword)
    turn.note("followup_declined", keyword=keyword)
    if was_open:
        turn.say("followup_declined")


def answered(turn: Turn, followup: FollowUp) -> None:
    """Any other words after an exercise or a nudge: thanks, and silence from here, also for what is typed right after
    it: people send a story in pieces."""
    close(turn, followup.keyword)
    turn.note("followup_answered", keyword=followup.keyword)
    turn.change(last_fallback_at=turn.now)
    keyword = turn.practice.keywords.get(followup.keyword)
    if keyword is not None and keyword.program in turn.practice.programs and turn.active() is None:
        daily = Button("Elke dag een stap", f"daily:{keyword.program}")
        turn.say("followup_answered_offer", daily, Button("Nee, dank je", "closed"))
        turn.ask("yes", daily.action)
    else:
        turn.say("followup_answered")

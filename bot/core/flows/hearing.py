"""What any word of a person changes, before anything is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.flows import steps, takeover
from bot.core.messages import Inbound, InboundKind
from bot.core.turn import Turn

RECENT_FOR = timedelta(minutes=10)
RECENT_KEPT = 3
_LONGEST_RECENT = 500


def recent_texts(turn: Turn) -> tuple[str, ...]:
    """What the person wrote in the last ten minutes, for the safety check."""
    return tuple(text for at, text in turn.subscriber.recent if turn.now - at <= RECENT_FOR)[-RECENT_KEPT:]


def hear(turn: Turn, inbound: Inbound) -> None:
    """A word ends the counting of silent steps, a pause that came by itself, a block, and a takeover that ran out.
    The program goes on at the next own hour: nobody who says "hoi" at noon is handed the step of this morning."""
    subscriber = turn.subscriber
    slowed = any(e.silent >= steps.EVERY_OTHER_DAY_AFTER for e in subscriber.enrollments)
    away = not subscriber.reachable or takeover.ran_out(turn)
    turn.change(last_inbound_at=turn.now, address=inbound.address, reachable=True)
    if subscriber.faded:
        turn.change(paused_from=None, paused_until=None, faded=False)
    for enrollment in subscriber.enrollments:
        if enrollment.silent:
            turn.put_enrollment(replace(enrollment, silent=0))
    if slowed or away:
        steps.go_on_from_now(turn)
    recent = tuple((at, text) for at, text in turn.subscriber.recent if turn.now - at <= RECENT_FOR)
    if inbound.text and inbound.kind is not InboundKind.BUTTON:
        recent = (*recent, (turn.now, inbound.text[:_LONGEST_RECENT]))
    turn.change(recent=recent[-RECENT_KEPT:])

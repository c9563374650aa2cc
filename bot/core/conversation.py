"""What the bot says to what a person sends: `respond`, in the order of CONVERSATION.md.

Safety check -> STOP -> alarm menu and KRACHT -> other plain commands -> takeover (to the human, the bot is silent) -> a
keyword that is the whole message -> the open question -> a keyword inside a sentence -> fallback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.core import safety
from bot.core.age import says_underage
from bot.core.answers import says_done, says_later, says_no_more
from bot.core.commands import Command, command
from bot.core.content.model import Practice
from bot.core.decision import JOIN_PREFIX, Decision
from bot.core.flows import (
    alarm,
    awaiting,
    buttons,
    checkins,
    enrolling,
    followups,
    keywords,
    menu,
    steps,
    stopping,
    timing,
    week,
    welcome,
)
from bot.core.keywords import Match, match
from bot.core.messages import Button, Inbound, InboundKind, Kind
from bot.core.programs import next_at
from bot.core.stopping import is_stop
from bot.core.subscriber import Subscriber
from bot.core.turn import Reach, Turn

__all__ = ["Reach", "is_stop", "respond"]

RECENT_FOR = timedelta(minutes=10)
RECENT_KEPT = 3
TAKEOVER_FOR = timedelta(hours=24)
GATED = ("kw:", "again:", "exercise:", "daily:", "consent1:", "switch:", "now:", "next", "continue:", "restart:")
"""Actions that would bring a lesson or an exercise: never while an alarm stands, never to somebody under 16."""


def respond(
    inbound: Inbound, subscriber: Subscriber, practice: Practice, now: datetime, reach: Reach | None = None
) -> Decision:
    """The Decision for one inbound message of a known subscriber. Pure; `now` is aware."""
    turn = Turn(subscriber, practice, now, reach)
    silent_since = None if subscriber.last_inbound_at is None else now - subscriber.last_inbound_at
    recent = tuple(text for at, text in subscriber.recent if now - at <= RECENT_FOR)[-RECENT_KEPT:]
    _hear(turn, inbound)
    _decide(turn, inbound, recent, silent_since)
    welcome.introduce(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))


def joined(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    """The one-time code arrived from another channel, and its address now belongs to this subscriber."""
    turn = Turn(subscriber, practice, now)
    turn.change(last_inbound_at=now)
    enrolling.joined(turn)
    welcome.introduce(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))


def _hear(turn: Turn, inbound: Inbound) -> None:
    """Any word of the person ends the counting of silent steps and a pause that came by itself."""
    turn.change(last_inbound_at=turn.now, address=inbound.address, reachable=True)
    slowed = any(e.silent >= steps.EVERY_OTHER_DAY_AFTER for e in turn.subscriber.enrollments)
    if turn.subscriber.faded:
        turn.change(paused_from=None, paused_until=None, faded=False)
    for enrollment in turn.subscriber.enrollments:
        if enrollment.silent:
            turn.put_enrollment(replace(enrollment, silent=0))
    if slowed:
        steps.go_on_from_now(turn)
    recent = tuple((at, text) for at, text in turn.subscriber.recent if turn.now - at <= RECENT_FOR)
    if inbound.text and inbound.kind is not InboundKind.BUTTON:
        recent = (*recent, (turn.now, inbound.text[:500]))
    turn.change(recent=recent[-RECENT_KEPT:])


def _decide(turn: Turn, inbound: Inbound, recent: tuple[str, ...], silent_since: timedelta | None) -> None:
    text = inbound.text
    danger = safety.check(text, recent) if text else None
    stop = is_stop(text) and inbound.kind is not InboundKind.BUTTON
    if danger is not None:
        alarm.sound(turn, danger)
    if stop or inbound.action == "stop":
        stopping.stop(turn)
    if danger is not None or stop or inbound.action == "stop" or inbound.kind is InboundKind.EDIT:
        return
    if inbound.kind is InboundKind.TEXT and says_underage(text):
        stopping.under_sixteen(turn)
        return
    match inbound.kind:
        case InboundKind.BUTTON:
            _tapped(turn, inbound)
        case InboundKind.START:
            _opened(turn, inbound.payload)
        case InboundKind.MEDIA if not text.strip():
            _unreadable(turn)
        case _:
            _typed(turn, text, silent_since)


def _tapped(turn: Turn, inbound: Inbound) -> None:
    action = inbound.action
    turn.change(awaiting=None)
    if not action:
        turn.say("button_gone", menu.MENU)
    elif action.startswith(GATED) and _held(turn):
        return
    elif _taken_over(turn) and not action.startswith(("alarm:", *buttons.PLAIN)):
        turn.note("to_human")
    else:
        buttons.tap(turn, action)


def _held(turn: Turn) -> bool:
    """True when an alarm stands or the person is under 16: said kindly, and no lesson goes out."""
    if turn.subscriber.alarm is not None:
        alarm.hold(turn)
        return True
    if turn.subscriber.minor:
        turn.say("minor_line")
        return True
    return False


def _opened(turn: Turn, payload: str) -> None:
    """The chat was opened, perhaps through a link whose code is kept as first touch."""
    if payload.startswith(JOIN_PREFIX):
        turn.say("join_failed", menu.MENU)
        return
    if payload and not turn.subscriber.first_touch:
        turn.change(first_touch=payload)
    if turn.subscriber.stopped_at is not None:
        turn.say("stopped_opened", stopping.BEGIN_AGAIN, kind=Kind.STOPPED)
        return
    if _taken_over(turn):
        turn.note("to_human")
        return
    found = match(payload.replace("_", " ").replace("-", " "), turn.practice.names()) if payload else None
    if found is not None and found.sure:
        if not _held(turn):
            keywords.give(turn, turn.practice.keyword_named(found.name))
        return
    welcome.welcome(turn)


def _unreadable(turn: Turn) -> None:
    """A voice note, picture or sticker without words."""
    if _taken_over(turn):
        turn.note("to_human")
    else:
        turn.note("unreadable")
        turn.say("unreadable", kind=Kind.FALLBACK)


def _taken_over(turn: Turn) -> bool:
    takeover = turn.subscriber.takeover
    return takeover is not None and turn.now - takeover.last_word_at < TAKEOVER_FOR


def _typed(turn: Turn, text: str, silent_since: timedelta | None) -> None:
    asked = turn.subscriber.awaiting
    turn.change(awaiting=None)
    said = command(text)
    if said is not None and _commanded(turn, said, text):
        return
    if _taken_over(turn):
        turn.note("to_human")
        return
    found = match(text, [*turn.practice.names(), *turn.practice.elsewhere])
    if found is not None and found.sure and found.whole and _keyword(turn, found):
        return
    if awaiting.answered(turn, asked, text) or _label(turn, text) or _question(turn, text):
        return
    if found is not None and found.sure and _keyword(turn, found):
        return
    if awaiting.asked_again(turn, asked):
        return
    if turn.subscriber.alarm is not None:
        alarm.answer(turn, text)
        return
    followup = followups.answerable(turn)
    if followup is not None:
        followups.answered(turn, followup)
        if followup.asked_at is None:
            turn.note("unmatched")
        return
    if turn.subscriber.minor:
        turn.say("minor_line")
        return
    _open_pause(turn, text, silent_since)


def _open_pause(turn: Turn, text: str, silent_since: timedelta | None) -> None:
    welcome.fallback(turn, text, silent_since)
    if turn.subscriber.paused_until == date.max and turn.messages:
        newest = turn.messages[-1]
        turn.messages[-1] = replace(newest, buttons=(Button("Ga weer verder", "resume"), *newest.buttons))


def _commanded(turn: Turn, said: Command, text: str) -> bool:
    """True when the command was carried out. Danger first: KRACHT and "ik heb het moeilijk" before all others."""
    match said:
        case Command.SAFETY_PLAN | Command.STRUGGLING:
            alarm.hard(turn)
        case Command.NEXT:
            _next(turn)
        case Command.PAUSE:
            timing.pause(turn, text)
        case Command.TIME:
            timing.time_menu(turn, text)
        case Command.WEEK:
            if not _held(turn):
                week.asked(turn)
        case Command.GREETING if _taken_over(turn):
            return False
        case _:
            _PLAIN[said](turn)
    return True


_PLAIN: Mapping[Command, Callable[[Turn], None]] = {
    Command.START: stopping.start,
    Command.HELP: menu.help_,
    Command.MENU: menu.menu,
    Command.WHY: menu.why,
    Command.GREETING: stopping.greet,
    Command.CALM: menu.calm,
    Command.PRIVACY: menu.privacy,
    Command.MY_DATA: menu.my_data,
    Command.ERASE: menu.my_data,
    Command.RESEND: menu.resend,
}


def _next(turn: Turn) -> None:
    """VERDER: out of an alarm, out of a pause, or today's step."""
    if turn.subscriber.alarm is not None:
        alarm.release(turn)
    elif turn.subscriber.paused_until is not None or turn.active() is None:
        stopping.resume(turn)
    else:
        menu.next_step(turn)


def _keyword(turn: Turn, found: Match) -> bool:
    """Gives the keyword; False when the word belongs to another practice and none of ours stands for it."""
    if found.name not in set(turn.practice.names()):
        return False
    if not _held(turn):
        keywords.give(turn, turn.practice.keyword_named(found.name), found.name)
    return True


def _label(turn: Turn, text: str) -> bool:
    """Somebody types what stands on a button of the newest keyboard."""
    action = buttons.named(turn, text)
    if action is None or action.startswith("consent1:"):
        return False
    if not (action.startswith(GATED) and _held(turn)):
        buttons.tap(turn, action)
    return True


def _question(turn: Turn, text: str) -> bool:
    """The newest open question for which the text parses: a nudge's, then a check-in's."""
    if turn.subscriber.alarm is not None:
        return False
    followup = followups.answerable(turn)
    if followup is not None:
        if says_later(text):
            followups.later(turn, followup.keyword)
            return True
        if says_done(text):
            followups.done(turn, followup.keyword)
            return True
        if says_no_more(text):
            followups.enough(turn, followup.keyword)
            return True
    return checkins.typed(turn, text)

"""What the bot says to what a person sends: `respond`, in the order of CONVERSATION.md.

Safety check -> STOP -> alarm menu and KRACHT -> other plain commands -> takeover (to the human, the bot is silent) -> a
keyword that is the whole message -> the open question -> a keyword inside a sentence -> fallback.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.core import safety
from bot.core.age import says_underage
from bot.core.answers import says_done, says_later, says_no_more
from bot.core.commands import Command
from bot.core.content.model import Practice
from bot.core.decision import JOIN_PREFIX, Decision
from bot.core.flows import (
    alarm,
    awaiting,
    brake,
    buttons,
    checkins,
    commands,
    enrolling,
    followups,
    gates,
    grounding,
    hearing,
    keywords,
    menu,
    safety_plan,
    stopping,
    takeover,
    welcome,
)
from bot.core.keywords import Match, match
from bot.core.messages import Button, Inbound, InboundKind, Kind, Lane
from bot.core.programs import next_at
from bot.core.stopping import is_stop
from bot.core.subscriber import Awaiting, Subscriber
from bot.core.text import words
from bot.core.turn import Reach, Turn

_CLAUSE = re.compile(r"[.!?,;:\n]+")


def respond(
    inbound: Inbound, subscriber: Subscriber, practice: Practice, now: datetime, reach: Reach | None = None
) -> Decision:
    """The Decision for one inbound message of a known subscriber. Pure; `now` is aware."""
    turn = Turn(subscriber, practice, now, reach)
    silent_since = None if subscriber.last_inbound_at is None else now - subscriber.last_inbound_at
    recent = hearing.recent_texts(turn)
    came_back = takeover.ran_out(turn)
    hearing.hear(turn, inbound)
    if came_back:
        takeover.end(turn)
    _decide(turn, inbound, recent, silent_since)
    if came_back and turn.messages and not turn.frozen and turn.erase is None:
        takeover.say_back(turn, unasked=False)
    welcome.introduce(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))


def joined(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    """The one-time code arrived from another channel, and its address now belongs to this subscriber."""
    turn = Turn(subscriber, practice, now)
    turn.change(last_inbound_at=now, awaiting=None)
    enrolling.joined(turn)
    welcome.introduce(turn)
    return turn.decision(next_at(turn.subscriber, practice, now))


def _decide(turn: Turn, inbound: Inbound, recent: tuple[str, ...], silent_since: timedelta | None) -> None:
    text = inbound.text
    danger = safety.check(text, recent) if text else None
    stop = is_stop(text) and inbound.kind is not InboundKind.BUTTON
    asked = turn.subscriber.awaiting
    if danger is not None:
        alarm.sound(turn, danger)
        if inbound.kind is InboundKind.TEXT:
            safety_plan.beside_alarm(turn, asked, text, danger)
    if stop or inbound.action == "stop" or (danger is not None and _stops_too(text)):
        stopping.stop(turn)
    underage = inbound.kind in (InboundKind.TEXT, InboundKind.MEDIA) and says_underage(text)
    if underage and not stop:
        stopping.under_sixteen(turn)
    if danger is not None or stop or underage or inbound.action == "stop" or inbound.kind is InboundKind.EDIT:
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


def _stops_too(text: str) -> bool:
    """STOP beside words of danger ("STOP. Ik wil niet meer leven."): a clause that is the bare word and no more."""
    return any(len(words(clause)) <= 2 and is_stop(clause) for clause in _CLAUSE.split(text))


def _tapped(turn: Turn, inbound: Inbound) -> None:
    action = inbound.action
    turn.change(awaiting=None)
    if not action:
        turn.say("button_gone", menu.MENU)
    elif takeover.stands(turn) and not action.startswith(("alarm:", *buttons.PLAIN)):
        turn.note("to_human")
    else:
        buttons.tap(turn, action)


def _opened(turn: Turn, payload: str) -> None:
    """The chat was opened, perhaps through a link whose code is kept as first touch."""
    if payload.startswith(JOIN_PREFIX):
        turn.say("join_failed", menu.MENU)
        return
    turn.change(awaiting=None)
    if payload and not turn.subscriber.first_touch:
        turn.change(first_touch=payload)
    if turn.subscriber.stopped_at is not None:
        turn.say("stopped_opened", gates.BEGIN_AGAIN, kind=Kind.STOPPED)
        return
    if takeover.stands(turn):
        turn.note("to_human")
        return
    if gates.waits(turn):
        return
    found = match(payload.replace("_", " ").replace("-", " "), turn.practice.names()) if payload else None
    if found is not None and found.sure:
        keywords.give(turn, turn.practice.keyword_named(found.name))
    else:
        welcome.welcome(turn)


def _unreadable(turn: Turn) -> None:
    """A voice note, picture or sticker without words."""
    if takeover.stands(turn):
        turn.note("to_human")
        return
    turn.note("unreadable")
    if turn.subscriber.alarm is not None:
        turn.say("alarm_unreadable", gates.HARD, kind=Kind.ALARM, lane=Lane.CRISIS)
    elif turn.rested():
        turn.say("unreadable", kind=Kind.FALLBACK)


def _typed(turn: Turn, text: str, silent_since: timedelta | None) -> None:
    asked = turn.subscriber.awaiting
    turn.change(awaiting=None)
    if grounding.typed(turn, asked, text) or safety_plan.typed(turn, asked, text) or stopping.took_back(turn, text):
        return
    said = commands.understood(turn, text)
    if said is not None and not _is_yes(turn, asked, said, text) and commands.carry_out(turn, said, text):
        return
    if takeover.stands(turn):
        _to_human(turn, asked, said, text)
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
    if gates.words_wait(turn, text):
        return
    followup = followups.answerable(turn)
    if followup is None:
        _open_pause(turn, text, silent_since)
    elif text.rstrip().endswith("?"):
        # Thanks would be no answer to a question; the practice gets to see it.
        followups.close(turn, followup.keyword)
        _open_pause(turn, text, silent_since)
    else:
        followups.answered(turn, followup)
        if followup.asked_at is None:
            turn.note("unmatched")


def _to_human(turn: Turn, asked: Awaiting | None, said: Command | None, text: str) -> None:
    """The bot is silent, but for what the person's own command made it ask since ("wis alles"). What a brake or
    "verkeerd begrepen" means for it holds all the same."""
    if awaiting.answered(turn, asked, text):
        return
    turn.note("to_human")
    if said is Command.BRAKE:
        brake.pull(turn)
    if turn.subscriber.alarm is not None:
        alarm.note_dispute(turn, text)


def _is_yes(turn: Turn, asked: Awaiting | None, said: Command, text: str) -> bool:
    """ "Ja, begin maar" right after a question is its answer, though "begin maar" alone is START; as is "ja, wis alles"
    to whether everything should be erased."""
    if said is Command.ERASE:
        return words(text)[:1] == ["ja"] and asked is not None and asked.what == "erase"
    begins = said in (Command.START, Command.NEXT) and words(text)[:1] == ["ja"]
    return begins and asked is not None and asked.what in ("consent1", "consent2", "yes") and not turn.frozen


def _open_pause(turn: Turn, text: str, silent_since: timedelta | None) -> None:
    if turn.subscriber.braked and turn.subscriber.stopped_at is None:
        brake.listen(turn)
        return
    welcome.fallback(turn, text, silent_since)
    if turn.subscriber.paused_until == date.max and turn.messages:
        newest = turn.messages[-1]
        turn.messages[-1] = replace(newest, buttons=(Button("Ga weer verder", "resume"), *newest.buttons))


def _keyword(turn: Turn, found: Match) -> bool:
    """Gives the keyword; False when the word belongs to another practice and none of ours stands for it."""
    if found.name not in set(turn.practice.names()):
        return False
    if not gates.waits(turn):
        keywords.give(turn, turn.practice.keyword_named(found.name), found.name)
    return True


def _label(turn: Turn, text: str) -> bool:
    """Somebody types what stands on a button of the newest keyboard."""
    action = buttons.named(turn, text)
    if action is None or action.startswith(("consent1:", "consent2:", "given:")):
        return False
    if action == "stop":
        stopping.stop(turn)
    else:
        buttons.tap(turn, action)
    return True


def _question(turn: Turn, text: str) -> bool:
    """The newest open question for which the text parses: a nudge's, then a check-in's."""
    if turn.frozen and turn.subscriber.stopped_at is None:
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

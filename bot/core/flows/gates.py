"""What has to wait while something stands in the way: an alarm, an age under 16, a STOP, a human who talks.

An alarm and an age let through what is named here and nothing else, so that a new action has to be let in on purpose.
"""

from __future__ import annotations

from bot.core.commands import Command
from bot.core.flows import alarm
from bot.core.messages import Button
from bot.core.turn import Turn

BEGIN_AGAIN = Button("Weer beginnen", "start")
HARD = Button("Ik heb het moeilijk", "hard")
ALWAYS = frozenset(
    {"alarm", "hard", "release", "menu", "pause-or-stop", "data", "why", "start", "stop", "closed", "enough"}
    | {"time", "place", "zone", "plan", "ground", "ground-enough", "calm", "discreet", "discreet-off"}
    | {"export", "consents", "give", "given", "withdraw", "erase", "keep"}
)
"""Names of actions that bring no lesson, exercise, question or offer and that schedule nothing."""
NOT_ON_STOP = frozenset(
    {"consent1", "consent2", "daily", "hour", "where", "now", "switch", "continue", "restart", "finish-first"}
    | {"next", "resume", "pause", "programs", "normal"}
)
"""Names of actions that would enrol, or have a program go on."""
TO_HUMAN = frozenset(
    {Command.GREETING, Command.NEXT, Command.RESEND, Command.WEEK, Command.OPEN, Command.NORMAL, Command.BRAKE}
    | {Command.HUMAN}
)
"""Words that people say to each other too, or that would bring a lesson into a talk with a human."""
_BRINGS_SOMETHING = frozenset({Command.PAUSE, Command.WEEK, Command.RESEND, Command.OPEN, Command.NORMAL})
_LED_ON = frozenset({Command.GREETING, Command.NEXT, Command.HELP, Command.BRAKE})
"""Words whose usual answers speak of programs."""


def action_waits(turn: Turn, action: str) -> bool:
    """True when the action is not carried out now; that is said kindly."""
    name = action.partition(":")[0]
    if name not in ALWAYS and waits(turn):
        return True
    if name in NOT_ON_STOP and turn.subscriber.stopped_at is not None:
        stopped_line(turn)
        return True
    return False


def waits(turn: Turn) -> bool:
    """True when no lesson or exercise may go out, asked for or not."""
    if turn.subscriber.alarm is not None:
        alarm.hold(turn)
        return True
    if turn.subscriber.minor:
        turn.say("minor_line", HARD)
        return True
    return False


def command_waits(turn: Turn, said: Command, text: str) -> bool:
    """True when the plain command has its answer here, since an alarm, an age or a STOP stands in its way."""
    if turn.subscriber.alarm is not None:
        return _in_alarm(turn, said, text)
    if turn.subscriber.minor and said in _BRINGS_SOMETHING | _LED_ON:
        return waits(turn)
    if turn.subscriber.braked and said is Command.HELP:
        alarm.hard(turn)
        return True
    if turn.subscriber.stopped_at is not None and said in {Command.NEXT, Command.PAUSE, Command.NORMAL}:
        stopped_line(turn)
        return True
    return False


def _in_alarm(turn: Turn, said: Command, text: str) -> bool:
    if said is Command.NEXT:
        alarm.release(turn)
    elif said is Command.HELP:
        alarm.hard(turn)
    elif said is Command.GREETING and alarm.may_release(turn):
        alarm.hold(turn)
    elif said in {Command.GREETING, Command.BRAKE}:
        alarm.answer(turn, text)
    elif said in _BRINGS_SOMETHING:
        alarm.hold(turn)
    else:
        return False
    return True


def words_wait(turn: Turn, text: str) -> bool:
    """True for words that nothing else understood, from somebody in alarm or under 16."""
    if turn.subscriber.alarm is not None:
        alarm.answer(turn, text)
        return True
    if turn.subscriber.minor:
        turn.note("unmatched")
        if turn.rested():
            waits(turn)
        return True
    return False


def stopped_line(turn: Turn) -> None:
    turn.say("stopped_asks_daily", BEGIN_AGAIN)

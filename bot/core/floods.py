"""Floods and bot loops: who sends too much is told once and then only heard, until it is quiet again.

Everything is still stored and passes the safety check; this only says what gets an answer. Times are float seconds
of real time: a flood is an abuse of the machine, whatever the bot's own clock says.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

BURST: Final = 20
BURST_SECONDS: Final = 10.0
HOURLY: Final = 200
HOUR: Final = 3600.0
ECHOES: Final = 8
ECHO_SECONDS: Final = 600.0
"""The same text this often within ten minutes is a machine that answers ours."""
QUIET_AFTER: Final = 60.0
"""Seconds below the limits before a flood is over and the next one is told about again."""
DANGER_EVERY: Final = 60.0
"""During a flood a crisis text is repeated at most this often."""

_ADDRESSES_KEPT: Final = 20_000


class Hearing(Enum):
    ANSWER = "answer"
    SAY_ONCE = "say once"
    """The first message too many: one kind line."""
    SILENT = "silent"


@dataclass(slots=True)
class _Sender:
    moments: deque[float] = field(default_factory=lambda: deque(maxlen=HOURLY + 1))
    echo: int = 0
    echoes: deque[float] = field(default_factory=lambda: deque(maxlen=ECHOES + 1))
    flooding_until: float | None = None
    danger_at: float | None = None


class Floods:
    """What each address sent lately, for one process. Forgets whoever has been silent the longest.

    The caller names an address by its `hash`, which Python salts anew for each process: nobody is kept here by name,
    also not after everything of a person was erased.
    """

    def __init__(self) -> None:
        self._senders: OrderedDict[int, _Sender] = OrderedDict()

    def hear(self, address: int, text: str, now: float) -> Hearing:
        """Counts one message of `address` and says whether it gets an answer."""
        sender = self._senders.setdefault(address, _Sender())
        self._senders.move_to_end(address)
        if len(self._senders) > _ADDRESSES_KEPT:
            self._senders.popitem(last=False)
        sender.moments.append(now)
        if _too_many(sender, text, now):
            first = sender.flooding_until is None or now >= sender.flooding_until
            sender.flooding_until = now + QUIET_AFTER
            return Hearing.SAY_ONCE if first else Hearing.SILENT
        if sender.flooding_until is not None and now < sender.flooding_until:
            return Hearing.SILENT
        return Hearing.ANSWER

    def may_answer_danger(self, address: int, now: float) -> bool:
        """True at most once a minute for an address that floods: an echo of the crisis text must not run for ever."""
        sender = self._senders.setdefault(address, _Sender())
        if sender.danger_at is not None and now - sender.danger_at < DANGER_EVERY:
            return False
        sender.danger_at = now
        return True


def _too_many(sender: _Sender, text: str, now: float) -> bool:
    burst = sum(1 for moment in sender.moments if now - moment < BURST_SECONDS)
    hourly = sum(1 for moment in sender.moments if now - moment < HOUR)
    return burst > BURST or hourly > HOURLY or _is_echo(sender, text, now)


def _is_echo(sender: _Sender, text: str, now: float) -> bool:
    if not text:
        return False
    said = hash(text)
    if said != sender.echo:
        sender.echo = said
        sender.echoes.clear()
    sender.echoes.append(now)
    return sum(1 for moment in sender.echoes if now - moment < ECHO_SECONDS) > ECHOES

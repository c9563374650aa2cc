"""The next due moment that anybody knows of: planner and senders each keep theirs, the clock never passes the first."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.clock import Clock


class Horizon:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moments: dict[str, datetime | None] = {}

    def busy(self, who: str) -> None:
        """`who` has work that is due now, or has to look whether it has."""
        self.due(who, self._clock.now())

    def due(self, who: str, when: datetime | None) -> None:
        """`who` has nothing to do before `when`; None: not before it hears of something."""
        if not self._clock.is_demo:
            # Nothing holds real time back, and there may be thousands of accounts to look through.
            return
        self._moments[who] = when
        self._clock.limit(min((moment for moment in self._moments.values() if moment is not None), default=None))

    def gone(self, who: str) -> None:
        """`who` will never work again."""
        self.due(who, None)


def at(seconds: float) -> datetime:
    """The moment of a limiter's float seconds, never before it: a microsecond is lost in rounding."""
    return datetime.fromtimestamp(seconds + 1e-6, UTC)

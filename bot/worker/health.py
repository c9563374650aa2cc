"""Whether an account may send, learned from how its sends end: a pure state, the sender acts on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.core.delivery import AccountDown, Ambiguous, NotSent, Outcome
from bot.worker.status import AccountMode

UNCLEAR_IN_A_ROW: Final = 5
FIRST_PROBE: Final = timedelta(seconds=5)
LONGEST_PROBE: Final = timedelta(minutes=5)


class Health:
    """Of one account, from its first question to the platform on. Times are the clock's."""

    def __init__(self) -> None:
        self.mode = AccountMode.STARTING
        self.reason = ""
        self.on_trial = False
        """After a pause, until the first clear answer: one message at a time."""
        self.probe_at: datetime | None = None
        """When the platform may be asked again, during a pause."""
        self._unclear = 0
        self._probe_wait = FIRST_PROBE

    @property
    def may_send(self) -> bool:
        return self.mode is AccountMode.ON

    @property
    def is_off(self) -> bool:
        return self.mode is AccountMode.OFF

    def refused(self, reason: str) -> None:
        """The platform does not accept the account itself."""
        self.mode, self.reason, self.probe_at = AccountMode.OFF, reason, None

    def may_probe(self, now: datetime) -> bool:
        """Whether the platform may be asked. A clock that was set back would stretch the pause by as much."""
        if self.probe_at is not None:
            self.probe_at = min(self.probe_at, now + LONGEST_PROBE)
        return self.probe_at is None or now >= self.probe_at

    def unanswered(self, now: datetime) -> None:
        """The platform was asked, and gave no clear answer. At the start nothing speaks against sending, which tries
        again by itself; during a pause each message sent would end as unknown, so it lasts."""
        if self.mode is AccountMode.PAUSED:
            self._wait_for_probe(now)
        else:
            self.probed()

    def probed(self) -> None:
        """The platform was asked whether it knows the account, and did not say no."""
        self.on_trial = self.mode is AccountMode.PAUSED
        self.mode, self.reason, self.probe_at = AccountMode.ON, "", None

    def learn(self, outcome: Outcome, now: datetime) -> None:
        match outcome:
            case AccountDown(reason):
                self.refused(reason)
            case Ambiguous(reason):
                self._unclear += 1
                if self.may_send and (self.on_trial or self._unclear >= UNCLEAR_IN_A_ROW):
                    self._pause(reason, now)
            case NotSent(retry_after=None):
                """No connection came about: the platform has said nothing."""
            case _:
                self._unclear = 0
                if self.on_trial:
                    self.on_trial = False
                    self._probe_wait = FIRST_PROBE

    def _pause(self, reason: str, now: datetime) -> None:
        self.mode, self.reason = AccountMode.PAUSED, reason
        self._unclear = 0
        self._wait_for_probe(now)

    def _wait_for_probe(self, now: datetime) -> None:
        self.probe_at = now + self._probe_wait
        self._probe_wait = min(LONGEST_PROBE, self._probe_wait * 2)

"""What one process has counted since it started, for Prometheus. Labels name accounts and lanes, never a person.

Whatever happens a thousand times a second is counted here; what the database knows is read from it when somebody asks
(`bot.web.metrics`). Every app has a registry of its own, so that tests can open several.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest

from bot.core.delivery import Message, MessageState
from bot.core.messages import Lane
from bot.core.retry import Transition

LATENESS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds, by the bot's clock."""
INBOUND: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds of real time."""

_OF_STATE: Final = {
    MessageState.ACCEPTED: "accepted",
    MessageState.SENDING: "offered",
    MessageState.DEAD: "failed",
    MessageState.UNKNOWN: "unknown",
    MessageState.EXPIRED: "expired",
}


class Metrics:
    """Safe to call from the event loop only; each call takes a few microseconds."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry, of_account = self._registry, ("account",)
        self._ended = Counter(
            "nabij_messages_ended",
            "Messages by how they ended here: accepted, offered (web chat: to be seen), failed, unknown, expired.",
            ("account", "lane", "outcome"),
            registry=registry,
        )
        self._resent = Counter(
            "nabij_duplicates_possible",
            "Attempts that may have arrived and are made once more.",
            ("account", "lane"),
            registry=registry,
        )
        self._retried = Counter(
            "nabij_retries",
            "Attempts that surely sent nothing, and are repeated.",
            ("account", "lane"),
            registry=registry,
        )
        self._lateness = Histogram(
            "nabij_lateness_seconds",
            "From the decision that a message goes out to its acceptance or offer, by the bot's clock.",
            ("account", "lane"),
            buckets=LATENESS,
            registry=registry,
        )
        self._rate_waits = Counter(
            "nabij_rate_waits", "Times that messages waited for the account's own rate.", of_account, registry=registry
        )
        self._pauses = Counter(
            "nabij_rate_pauses", "Times that the platform said: too many.", of_account, registry=registry
        )
        self._paused = Counter(
            "nabij_rate_paused_seconds", "Seconds that the platform asked to wait.", of_account, registry=registry
        )
        self._inbound = Histogram(
            "nabij_inbound_seconds",
            "From an update's arrival here to its commit, in real time.",
            of_account,
            buckets=INBOUND,
            registry=registry,
        )
        self._alerts = Counter(
            "nabij_alert_attempts",
            "Attempts to tell a practice of an alarm: accepted, ready (to be repeated), dead, unknown, expired.",
            ("practice", "route", "outcome"),
            registry=registry,
        )
        self._refused = Counter(
            "nabij_inbound_not_committed",
            "Batches that were not acknowledged: no commit.",
            of_account,
            registry=registry,
        )

    def alerted(self, practice: str, route: str, outcome: str) -> None:
        """An attempt to tell a practice of an alarm ended; `ready` is one that will be repeated."""
        self._alerts.labels(practice, route, outcome).inc()

    def ended(self, message: Message, transition: Transition, now: datetime) -> None:
        """An attempt's outcome was committed at `now`, by the bot's clock."""
        account, lane = message.address.account, _name(message.lane)
        if transition.duplicate_possible:
            self._resent.labels(account, lane).inc()
        elif transition.state is MessageState.READY:
            self._retried.labels(account, lane).inc()
        outcome = _OF_STATE.get(transition.state)
        if outcome is not None:
            self._ended.labels(account, lane, outcome).inc()
        if transition.state in {MessageState.ACCEPTED, MessageState.SENDING}:
            late = (now - message.created_at).total_seconds()
            self._lateness.labels(account, lane).observe(max(0.0, late))

    def expired(self, account: str, lane: Lane, count: int) -> None:
        """Housekeeping ended messages whose time was over."""
        self._ended.labels(account, _name(lane), "expired").inc(count)

    def waited_for_rate(self, account: str) -> None:
        """Something is due and the account has no token for it."""
        self._rate_waits.labels(account).inc()

    def paused_by_platform(self, account: str, seconds: float) -> None:
        """A 429, with the wait that follows from it."""
        self._pauses.labels(account).inc()
        self._paused.labels(account).inc(max(0.0, seconds))

    def received(self, account: str, seconds: float) -> None:
        """A batch was committed, so many real seconds after it had come in."""
        self._inbound.labels(account).observe(max(0.0, seconds))

    def not_received(self, account: str) -> None:
        """A batch could not be committed; the platform will send it again."""
        self._refused.labels(account).inc()

    def text(self) -> bytes:
        """Prometheus' text format."""
        return generate_latest(self._registry)


def _name(lane: Lane) -> str:
    return lane.name.lower()

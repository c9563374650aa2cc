"""How fast an account may send: a bucket of tokens for the account, a small one for each chat, a pause that holds.

Times are float seconds of one clock (`datetime.timestamp()` of the clock's now). The sender serves its lanes in
order from one bucket, so the limiter is work-conserving: replies first, the rest takes what is left.

Source of the figures: Telegram allows about one message a second in a private chat with short bursts, and some 30 a
second in all (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

CHAT_BURST: Final = 3
CHAT_RATE: Final = 1.0
BURST_SECONDS: Final = 0.2
"""An account saves up tokens for this long, so that a late wake-up loses nothing and no second sees a real burst."""

_MOST_KEPT: Final = 20
_SLACK: Final = 1e-6
_PRUNE_ABOVE: Final = 1024


@dataclass(slots=True)
class Bucket:
    """`size` tokens at most, refilled at `rate` a second. A clock that is set back takes nothing away."""

    rate: float
    size: float
    level: float
    at: float

    def settle(self, now: float) -> float:
        """The tokens that are there at `now`."""
        self.level = min(self.size, self.level + max(0.0, now - self.at) * self.rate)
        self.at = now
        return self.level

    def holds_one(self, now: float) -> bool:
        return self.settle(now) >= 1 - _SLACK

    def next_at(self, tokens: int = 1) -> float:
        """When there will be so many tokens, if nothing is taken until then."""
        return self.at + max(0.0, tokens - self.level) / self.rate


class Pace:
    """The limiter of one account. Take tokens first, claim only as many messages, give back what was not used."""

    def __init__(self, rate: float, now: float) -> None:
        """`rate` in messages a second; infinity when nothing limits the account or its chats."""
        if not rate > 0:
            raise ValueError(f"an account's rate must be above 0 messages a second, not {rate}")
        self._limited = math.isfinite(rate)
        size = max(1.0, rate * BURST_SECONDS) if self._limited else 1.0
        self._account = Bucket(rate if self._limited else 1.0, size, size, now)
        self._chats: dict[int, Bucket] = {}
        self._empty: set[int] = set()
        self._paused_until: float | None = None
        self._pause = 0.0
        self._prune_at = _PRUNE_ABOVE

    def take(self, now: float, wanted: int, least: int = 1) -> int:
        """Takes up to `wanted` tokens of the account and says how many it got; none during a pause, and none when
        fewer than `least` (at most a burst) are there."""
        if self.is_paused(now):
            return 0
        if not self._limited:
            return wanted
        there = math.floor(self._account.settle(now) + _SLACK)
        if there < least:
            return 0
        got = min(wanted, there)
        self._account.level -= got
        return got

    def give_back(self, tokens: int) -> None:
        """Returns tokens for which there was nothing to send."""
        self._account.level = min(self._account.size, self._account.level + tokens)

    def sent_to(self, chat: int, now: float) -> None:
        """Counts a message that starts now in this chat's own bucket."""
        if not self._limited:
            return
        bucket = self._chats.get(chat)
        if bucket is None:
            self._prune(now)
            bucket = self._chats[chat] = Bucket(CHAT_RATE, CHAT_BURST, CHAT_BURST, now)
        bucket.level = bucket.settle(now) - 1
        if not bucket.holds_one(now):
            self._empty.add(chat)

    def not_sent_to(self, chat: int) -> None:
        """Takes `sent_to` and its token back: the message was not started after all."""
        self.give_back(1)
        bucket = self._chats.get(chat)
        if bucket is not None:
            bucket.level = min(bucket.size, bucket.level + 1)

    def waiting_chats(self, now: float) -> Collection[int]:
        """The chats that may not get a message at `now`."""
        self._empty = {chat for chat in self._empty if not self._chats[chat].holds_one(now)}
        return frozenset(self._empty)

    def pause(self, now: float, seconds: float) -> None:
        """Nothing at all for so long, whatever else finishes meanwhile; a shorter pause never ends a longer one.

        Afterwards the account starts with a single token: a platform that just said "too many" gets no burst.
        """
        if self.is_paused(now) and self._paused_until is not None and self._paused_until >= now + seconds:
            return
        self._paused_until = now + seconds
        self._pause = seconds

    @property
    def bulk(self) -> int:
        """Tokens worth waiting for when nobody waits for an answer: half a burst, so that a late look loses none."""
        return max(1, int(self._account.size) // 2)

    @property
    def kept_for_replies(self) -> int:
        """Tokens that lessons leave in the bucket, so that a reply behind a long queue goes at once. None where a burst
        has no room for them beside what lessons wait for, and a late look."""
        if not self._limited:
            return 0
        size = int(self._account.size)
        return max(0, min(_MOST_KEPT, size // 3 + 1, size - self.bulk - 1))

    def for_lessons(self, taken: int) -> int:
        """How many of the tokens that were just taken may go to what nobody waits for."""
        if not self._limited:
            return taken
        lacking = math.ceil(self.kept_for_replies - self._account.level - _SLACK)
        return max(0, taken - max(0, lacking))

    def next_at(self, now: float, tokens: int = 1) -> float:
        """When so many tokens of the account (at most a burst) may be taken; `now` when they are there already."""
        if self.is_paused(now) and self._paused_until is not None:
            return self._paused_until
        if not self._limited or self._account.settle(now) >= tokens - _SLACK:
            return now
        return self._account.next_at(tokens)

    def next_chat_at(self, now: float) -> float | None:
        """When the first of the waiting chats may get a message again; None when none waits."""
        return min((self._chats[chat].next_at() for chat in self.waiting_chats(now)), default=None)

    def is_paused(self, now: float) -> bool:
        """Whether the platform wants to be asked nothing at `now`."""
        if self._paused_until is None:
            return False
        self._account.settle(now)
        # A clock that was set back would stretch the pause by as much.
        self._paused_until = min(self._paused_until, now + self._pause)
        if now < self._paused_until:
            return True
        self._paused_until = None
        self._account.level = min(self._account.level, 1.0)
        return False

    def _prune(self, now: float) -> None:
        if len(self._chats) < self._prune_at:
            return
        self._chats = {chat: bucket for chat, bucket in self._chats.items() if bucket.settle(now) < bucket.size}
        self._empty &= self._chats.keys()
        self._prune_at = max(_PRUNE_ABOVE, 2 * len(self._chats))

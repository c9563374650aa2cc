"""What an account has in flight, and how much more it may have: one message per address, and room kept for replies."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from bot.core.delivery import Message
from bot.store.outbox import UNASKED_LANES

_FEWEST_AT_ONCE: Final = 4
MOST_AT_ONCE: Final = 512
"""Enough for 1,000 lessons a second that each take 0.38 s; nobody sells more than 1,000."""
_UNLIMITED_AT_ONCE: Final = 64
"""Where nothing limits the rate nothing takes time either: a web chat is handed its messages in this process."""


class Slots:
    def __init__(self, rate: float) -> None:
        """`rate` in messages a second. A second's worth at most: what is in flight may become a duplicate when the
        process is killed."""
        self._size = _at_once(rate)
        self._out: dict[int, Message] = {}

    def __len__(self) -> int:
        return len(self._out)

    def fill(self, message: Message) -> None:
        self._out[message.id] = message

    def empty(self, message: Message) -> None:
        self._out.pop(message.id, None)

    def addresses(self) -> set[int]:
        return {message.address_id for message in self._out.values()}

    def free(self, *, on_trial: bool) -> int:
        return max(0, (1 if on_trial else self._size) - len(self._out))

    def room_for_unasked(self) -> int:
        """A quarter of the slots is kept for replies, so that slow answers to a broadcast delay nobody's reply."""
        return max(0, self._size - self._size // 4 - unasked(self._out.values()))


def unasked(messages: Iterable[Message]) -> int:
    return sum(message.lane in UNASKED_LANES for message in messages)


def _at_once(rate: float) -> int:
    return min(MOST_AT_ONCE, max(_FEWEST_AT_ONCE, round(rate))) if math.isfinite(rate) else _UNLIMITED_AT_ONCE

"""Web chat: what a practice sends is a row already; the browsers that look at the chat are told to come and read it.

The hub carries no texts of the conversation: it wakes the event streams of one chat, and each of them reads from the
database what it has not sent yet. So nothing depends on who was connected when, and order is that of the rows.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import blake2b

from bot.channels.protocol import Deliver
from bot.core.delivery import Handed, Message, Outcome
from bot.core.messages import Address, Channel, Inbound

STREAMS_PER_CHAT = 8
"""Open event streams of one chat (tabs and devices with one cookie); one more ends the oldest."""
SPOKEN_KEPT = 8


class Ended(StrEnum):
    """Why a stream is to be closed; the page is told by this word."""

    GONE = "gone"
    """The visitor left this chat: nothing of it may stay on the screen."""
    FULL = "full"
    """A newer stream took its place: no reason to come back unless the person looks again."""
    CLOSING = "closing"
    """The process stops: come back later."""


class Listener:
    """One open event stream. Woken any number of times before it looks, it looks once."""

    __slots__ = ("_spoken", "_woken", "ended")

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._spoken: deque[Message] = deque(maxlen=SPOKEN_KEPT)
        self.ended: Ended | None = None

    def wake(self) -> None:
        self._woken.set()

    def speak(self, message: Message) -> None:
        self._spoken.append(message)
        self._woken.set()

    def end(self, reason: Ended) -> None:
        self.ended = self.ended or reason
        self._woken.set()

    def spoken(self) -> tuple[Message, ...]:
        """What was said past the database since the last call."""
        said = tuple(self._spoken)
        self._spoken.clear()
        return said

    async def wait(self, at_most: float) -> None:
        """Returns when woken since the last call, or after `at_most` seconds of real time."""
        try:
            async with asyncio.timeout(at_most):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()


def mark_of(address: Address) -> str:
    """Names a chat to other processes without giving away its key."""
    return blake2b(f"{address.account}/{address.external_id}".encode(), digest_size=9).hexdigest()


class Hub:
    """Who is looking at which chat, in this process; other processes are told by `tell`."""

    def __init__(self, tell: Callable[[str, Ended | None], None] | None = None) -> None:
        """`tell` gets the mark of a chat with something new, or with why its streams are to end."""
        self._tell = tell
        self._listeners: dict[Address, deque[Listener]] = {}
        self._of_mark: dict[str, deque[Listener]] = {}
        self._closed = False

    @contextmanager
    def listen(self, address: Address) -> Iterator[Listener]:
        """A listener for as long as the context lasts. It comes woken, so that its first look is at once."""
        listener = Listener()
        listener.wake()
        if self._closed:
            listener.end(Ended.CLOSING)
        present = self._listeners.setdefault(address, deque())
        self._of_mark[mark_of(address)] = present
        if len(present) >= STREAMS_PER_CHAT:
            present.popleft().end(Ended.FULL)
        present.append(listener)
        try:
            yield listener
        finally:
            if listener in present:
                present.remove(listener)
            if not present and self._listeners.get(address) is present:
                del self._listeners[address], self._of_mark[mark_of(address)]

    def wake(self, address: Address) -> None:
        """There is something new in the database for this chat."""
        for listener in self._listeners.get(address, ()):
            listener.wake()
        if self._tell is not None:
            self._tell(mark_of(address), None)

    def heard(self, new: Collection[str], left: Collection[str]) -> None:
        """Another process tells of chats, by their marks."""
        for mark in new:
            for listener in self._of_mark.get(mark, ()):
                listener.wake()
        for mark in left:
            for listener in self._of_mark.get(mark, ()):
                listener.end(Ended.GONE)

    def wake_all(self) -> None:
        """Something may have been missed."""
        for present in self._listeners.values():
            for listener in present:
                listener.wake()

    def speak(self, message: Message) -> None:
        """Says something that is in no row: the built-in crisis text while the database is away."""
        for listener in self._listeners.get(message.address, ()):
            listener.speak(message)

    def end(self, address: Address) -> None:
        """The visitor left this chat: ends its streams."""
        for listener in self._listeners.get(address, ()):
            listener.end(Ended.GONE)
        if self._tell is not None:
            self._tell(mark_of(address), Ended.GONE)

    def close(self) -> None:
        """Ends every stream, now and later: a server that stops waits for its open connections."""
        self._closed = True
        for present in self._listeners.values():
            for listener in present:
                listener.end(Ended.CLOSING)

    @property
    def streams(self) -> int:
        return sum(len(present) for present in self._listeners.values())


class WebChat:
    """The web chat of one practice, as a ChannelPort. `public_url` is the site's address without a closing slash."""

    channel = Channel.WEBCHAT
    rate = math.inf

    def __init__(self, practice: str, hub: Hub, public_url: str = "") -> None:
        self.practice = practice
        self.account = f"{practice}:{Channel.WEBCHAT}"
        self._hub = hub
        self._public_url = public_url.rstrip("/")

    async def start(self) -> bool:
        """Nothing to check: the platform is this process."""
        return True

    async def stop(self) -> None:
        """Nothing to give back; the hub is closed by who made it."""

    async def prepare(self, message: Message) -> None:
        """The browser fetches pictures by itself."""

    async def send(self, message: Message) -> Outcome:
        """Offers the message to the open tabs; it is accepted when a browser acknowledges its `seq`."""
        if message.seq:
            self._hub.wake(message.address)
        else:
            self._hub.speak(message)
        return Handed()

    async def acknowledge(self, inbound: Inbound) -> None:
        """A tap needs no word here: the page itself shows the choice."""

    async def receive(self, deliver: Deliver) -> None:
        """Returns at once: the chat page posts what people say."""

    def link(self, code: str) -> str:
        return f"{self._public_url}/chat/{self.practice}?start={code}"

"""One practice's platform account is in trouble: the people of the others are answered as fast as before."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from tests.bench.report import percentile
from tests.faults.nursery import Nursery
from tests.faults.posting import Poster, poster, webhooks_at
from tests.faults.reporting import Figures, Report
from tests.faults.serving import BOTS, WORDS, Serving, platform
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Fault

TROUBLED, OTHER = "mariposha", "bellein-academie"
SPEED: Final = 10.0
"""Slow answers and the whole time are a tenth of what they stand for. The bot's clock is the real one all the same: a
stepping one stands still while a send is out, and with it the rate of everybody."""
EVERY: Final = 0.1
"""Real seconds between two newcomers at each practice."""
SETTLES: Final = 0.5
FORGIVEN: Final = 0.25
"""Real seconds within which an answer is never called slow: the machine is not ours alone."""
TRIES: Final = 3
"""Something else on the machine may slow the others now and then; a bot that lets them wait fails each time."""
POSTS: Final = 3
FIRST_OF_OTHER: Final = 1_000_000
"""Chats from here on are the other practice's, so that a fault can be the one practice's alone."""

TROUBLES: Final = ("5xx and slow answers", "429 storm", "an outage", "a revoked token")


@dataclass
class Trouble:
    """What the platform does to the one practice."""

    stub: TelegramStub
    chance: random.Random = field(default_factory=lambda: random.Random("trouble"))
    kind: str = ""

    def decide(self, method: str, parameters: dict[str, Any]) -> Fault | None:
        if not self.kind or method != "sendMessage" or int(parameters["chat_id"]) >= FIRST_OF_OTHER:
            return None
        match self.kind:
            case "5xx and slow answers":
                slow = self.chance.uniform(1, 60) / SPEED
                return Fault(status=502 if self.chance.random() < 0.3 else 0, delay=slow)
            case "429 storm":
                return Fault(status=429, retry_after=self.chance.randint(1, 30))
            case "an outage":
                return Fault(delay=300.0)
            case _:
                return None

    @asynccontextmanager
    async def happening(self, kind: str) -> AsyncIterator[None]:
        self.kind = kind
        bot = self.stub.bots[BOTS[TROUBLED]]
        if kind == "a revoked token":
            del self.stub.bots[BOTS[TROUBLED]]
        try:
            yield
        finally:
            self.kind = ""
            self.stub.bots[BOTS[TROUBLED]] = bot


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_the_others_are_answered_as_fast_as_before(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    seconds = fault_times(300) / SPEED
    chats = count(1)
    async with platform(tmp_path, latency=0.02) as stub:
        trouble = Trouble(stub)
        stub.decide = trouble.decide
        settings = webhooks_at() | {"CLOCK_START": "", "CLOCK_SPEED": ""}
        serving = Serving(tmp_path, stub, nursery, settings)
        async with serving.process() as run, poster(stub, await serving.address(run)) as telegram:
            await _answered(stub, telegram, chats, 2.0)
            for kind in TROUBLES:
                tries = [await _measured(trouble, kind, telegram, chats, seconds)]
                while tries[-1].is_slow and len(tries) < TRIES:
                    tries.append(await _measured(trouble, kind, telegram, chats, seconds))
                last = tries[-1]
                assert not last.is_slow, "; ".join(f"{kind}: {one}" for one in tries)
                report(Figures(fault=f"one practice: {kind}", times=last.count, seen=str(last)))
            run.send(signal.SIGKILL)


@dataclass(frozen=True)
class Measured:
    count: int
    usual: float
    """p99 of the others without the trouble, in real seconds."""
    during: float

    @property
    def is_slow(self) -> bool:
        return self.during > max(2 * self.usual, FORGIVEN)

    def __str__(self) -> str:
        ratio = self.during / self.usual
        return f"p99 of the others {self.during * 1e3:.0f} ms, {ratio:.2f} x of {self.usual * 1e3:.0f} ms"


async def _measured(trouble: Trouble, kind: str, telegram: Poster, chats: "count[int]", seconds: float) -> Measured:
    """The usual before and after the trouble, so that a busy machine slows both."""
    usual = await _answered(trouble.stub, telegram, chats, seconds / 2)
    async with trouble.happening(kind):
        await asyncio.sleep(SETTLES)
        during = await _answered(trouble.stub, telegram, chats, seconds)
    usual += await _answered(trouble.stub, telegram, chats, seconds / 2)
    return Measured(len(during), percentile(usual, 99), percentile(during, 99))


async def _answered(stub: TelegramStub, telegram: Poster, chats: "count[int]", seconds: float) -> list[float]:
    """Newcomers at both practices for so long; the real seconds until each one of the other practice had its first
    answer, counted from when it was due to be posted."""
    posts: list[asyncio.Task[None]] = []
    due: dict[int, float] = {}
    began = time.time()
    for number in range(round(seconds / EVERY)):
        await asyncio.sleep(max(0.0, began + number * EVERY - time.time()))
        chat = next(chats)
        chats_of = {TROUBLED: chat, OTHER: FIRST_OF_OTHER + chat}
        due[chats_of[OTHER]] = time.time()
        # A bot whose token was revoked is no bot any more: nobody can write to it.
        for practice in (practice for practice in chats_of if BOTS[practice] in stub.bots):
            stub.user(chats_of[practice], bot=practice).says(WORDS[practice])
            posts += [asyncio.create_task(_post(telegram, practice, one)) for one in telegram.taken(practice)]
    await asyncio.gather(*posts)
    others = stub.bot(OTHER)
    everybody = lambda: all(others.people[chat].received for chat in due)  # noqa: E731
    assert await stub.bell.until(everybody, 30)
    return [others.people[chat].received[0].at - at for chat, at in due.items()]


async def _post(telegram: Poster, practice: str, update: dict[str, Any]) -> None:
    """As a platform does: again when the connection broke, as one that the server just closed as idle does."""
    status = 0
    for _ in range(POSTS):
        status = await telegram.post(practice, update)
        if status:
            break
    assert status == 200

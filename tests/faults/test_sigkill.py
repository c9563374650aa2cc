"""The process is killed at every named point, again and again: nothing is lost, and no copy is silent."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.serving import Row, Serving, comes_true
from tests.journeys.people import content_of
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Person, Sent

POINTS = {
    "after-receive": 3,
    "before-commit": 12,
    "after-commit": 12,
    "after-claim": 6,
    "after-send": 6,
    "before-outcome": 6,
}
"""Each point, and up to how many passings of it may go by before the kill."""
BETWEEN_SEND_AND_COMMIT = {"after-send", "before-outcome"}
"""Killed here, the platform has the message and the database does not know it: there must be copies to be counted."""
RESENT = 1
"""A reply is sent once more after an unclear end, never twice."""


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_point_loses_nobody_and_hides_no_copy(
    point: str, tmp_path: Path, fault_times: Callable[[int], int]
) -> None:
    chance = random.Random(point)
    async with TelegramStub(ledger=tmp_path / "ledger") as stub:
        serving = Serving(tmp_path, stub, content_of("mariposha", tmp_path / "content"))
        newcomers = (stub.user(chat) for chat in range(1, 100_000))
        people: list[Person] = []
        for _ in range(fault_times(50)):
            async with serving.process(f"{point}:{chance.randint(1, POINTS[point])}") as process:
                talking = asyncio.create_task(keep_coming(newcomers, people))
                await serving.dies(process)
                talking.cancel()
                await asyncio.wait([talking])
        async with serving.process() as process:
            await comes_true(lambda: all_answered(people, stub, serving), 60, lambda: story_so_far(people, serving))
            await serving.stops(process)
        assert people
        nothing_is_lost(people, serving.rows(), stub.sent)
        no_copy_is_silent(serving.rows(), stub.sent)
        everyone_is_answered_in_order(people, stub.sent)
        if point in BETWEEN_SEND_AND_COMMIT:
            assert any(row.duplicate_possible for row in serving.rows())


async def keep_coming(newcomers: Iterator[Person], people: list[Person]) -> None:
    """Somebody new every so often, until the process is dead."""
    while True:
        person = next(newcomers)
        person.says("HECHTING")
        people.append(person)
        await asyncio.sleep(0.5)


def all_answered(people: list[Person], stub: TelegramStub, serving: Serving) -> bool:
    heard = {sent.chat for sent in stub.sent}
    rows = serving.rows()
    asked = {person.chat for person in people}
    return asked <= heard and asked == {row.chat for row in rows} and not open_rows(rows)


def open_rows(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.state in {"ready", "sending"}]


def story_so_far(people: list[Person], serving: Serving) -> str:
    rows = serving.rows()
    missing = {person.chat for person in people} - {row.chat for row in rows}
    return f"without a row: {missing}; open: {open_rows(rows)[:5]}\n{serving.log.read_text()[-2000:]}"


def nothing_is_lost(people: list[Person], rows: list[Row], sent: list[Sent]) -> None:
    assert Counter(row.state for row in rows).keys() <= {"accepted", "unknown"}
    for row in rows:
        assert row.state == "accepted" or row.duplicate_possible
    causes = defaultdict(set)
    for row in rows:
        causes[row.chat].add(row.cause)
    for person in people:
        assert len(causes[person.chat]) == 1, "one update, one effect"


def no_copy_is_silent(rows: list[Row], sent: list[Sent]) -> None:
    """Every message has a text of its own within its chat, so a copy is a text that came twice."""
    per_chat: dict[int, Counter[str]] = defaultdict(Counter)
    for one in sent:
        per_chat[one.chat][one.text] += 1
    for chat, copies in per_chat.items():
        own = [row for row in rows if row.chat == chat]
        assert len(copies) == len(own)
        assert max(copies.values()) <= 1 + RESENT
        extra = sum(copies.values()) - len(copies)
        assert extra <= sum(row.resends for row in own)
        if not any(row.duplicate_possible for row in own):
            assert extra == 0


def everyone_is_answered_in_order(people: list[Person], sent: list[Sent]) -> None:
    """The explanation first, the exercise with its buttons after it."""
    for person in people:
        heard = [one for one in sent if one.chat == person.chat]
        first_exercise = next(at for at, one in enumerate(heard) if "Gedaan" in one.labels)
        assert not any("Gedaan" in one.labels for one in heard[:first_exercise])
        assert first_exercise >= 1
        assert len({one.text for one in heard}) == 2

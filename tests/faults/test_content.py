"""A file of the content is broken while people write: the last good version answers, and the crisis text needs none."""

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.bench.people import PRACTICE
from tests.faults.hooks import look_at_content_often
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import WORDS, Serving, comes_true, platform

DANGER: Final = "ik wil niet meer leven"
SEEN_WITHIN: Final = 30.0
Mutation = Callable[[bytes, random.Random], bytes | None]


def _cut_off(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _flipped(content: bytes, chance: random.Random) -> bytes:
    broken = bytearray(content)
    for _ in range(20):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def _without_a_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def _with_a_stray_line(content: bytes, chance: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), b"\t- {[: *&!\n")
    return b"".join(lines)


def _no_text_at_all(content: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(len(content))


def _emptied(content: bytes, chance: random.Random) -> bytes:
    return b""


def _gone(content: bytes, chance: random.Random) -> None:
    return None


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _cut_off,
    _flipped,
    _without_a_line,
    _with_a_stray_line,
    _no_text_at_all,
    _emptied,
    _gone,
)


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_broken_file_changes_nothing_for_who_writes(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    chance = random.Random("content")
    times = fault_times(50)
    chats = count(1)
    refused = 0
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        # In the evening the exercise says something more.
        morning = {"CLOCK_START": "2026-03-02T09:00:00+01:00"}
        serving = Serving(tmp_path, stub, nursery, morning, practices=[PRACTICE], before=look_at_content_often)
        folder = Path(serving.environment["NABIJ_CONTENT_DIR"]) / "practices" / PRACTICE
        files = sorted(file for kind in ("*.md", "*.yaml") for file in folder.rglob(kind) if file.name != "README.md")

        async def answers() -> list[str]:
            person = stub.user(next(chats))
            person.says(WORDS[PRACTICE])
            return [sent.text for sent in await person.hears(2, SEEN_WITHIN)]

        async with serving.process() as run:
            good = await answers()
            for number in range(times):
                file = chance.choice(files)
                was = file.read_bytes()
                broken = MUTATIONS[number % len(MUTATIONS)](was, chance)
                looks = _looks(serving)
                if broken is None:
                    file.unlink()
                else:
                    file.write_bytes(broken)
                await _seen(serving, looks)
                is_taken = serving.said().count("content_not_taken") == refused
                if not is_taken:
                    refused += 1
                    assert await answers() == good
                else:
                    # What is still valid is taken, and may say something else; everybody is answered by it.
                    assert all(await answers())
                person = stub.user(next(chats))
                person.says(DANGER)
                [crisis] = await person.hears(1, SEEN_WITHIN)
                assert "113" in crisis.text
                looks = _looks(serving)
                file.write_bytes(was)
                if is_taken:
                    await _seen(serving, looks)
            assert await answers() == good
            await serving.drains()
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert refused > times / 3
    seen = f"{refused} refused, {times - refused} still valid and taken"
    report(Figures(fault="corrupt content file", times=times, judged=judged, seen=seen))


def _looks(serving: Serving) -> int:
    """How often the bot has told what it thinks of a changed folder."""
    said = serving.said()
    return said.count("content_taken") + said.count("content_not_taken")


async def _seen(serving: Serving, before: int) -> None:
    await comes_true(lambda: _looks(serving) > before, SEEN_WITHIN, serving.end_of_log)

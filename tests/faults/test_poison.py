"""One row among a thousand can't be sent, one update among a hundred breaks our code: the others never know."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import bindparam, update

from bot.core.delivery import MessageState
from bot.store.crypt import Keys
from bot.store.rows import write_body
from bot.store.tables import MessageRow
from tests.bench import people
from tests.bench.people import FIRST_CHAT, KEY, PRACTICE
from tests.faults.hooks import BROKEN_WORD, break_on_a_word
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import ANSWERS, WORDS, Serving, platform

ROWS: Final = 1_000
UPDATES: Final = 100
_NOT_OURS: Final = b"written with no key of ours"


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_a_row_that_cannot_be_sent_is_dead_and_its_neighbours_are_sent(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(20)
    chance = random.Random("row")
    poisoned = [ROWS * thousand + chance.randint(1, ROWS) for thousand in range(times)]
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        fast = {f"PRACTICES__{PRACTICE.upper()}__TELEGRAM__RATE": "1000"}
        serving = Serving(tmp_path, stub, nursery, fast, practices=[PRACTICE], before=break_on_a_word)
        await serving.settle(ROWS * times, ROWS * times)
        await _poison(serving, poisoned)
        async with serving.process() as run:
            await serving.drains(300)
            await serving.stops_by_itself(run)
        rows = serving.records.rows()
    states = Counter(row.state for row in rows)
    assert states == {MessageState.ACCEPTED: (ROWS - 1) * times, MessageState.DEAD: times}
    dead = {row.chat: row.reason for row in rows if row.state == MessageState.DEAD}
    assert dead.keys() == {FIRST_CHAT + number for number in poisoned}
    assert Counter(sent.chat for sent in stub.sent) == {row.chat: 1 for row in rows if row.chat not in dead}
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(Counter(dead.values()).items()))
    seen = f"{len(stub.sent):,} sent; dead: {reasons}"
    report(Figures(fault="poison row among 1,000", times=times, judged=serving.judged(), seen=seen))


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_an_update_that_breaks_our_code_gets_one_kind_line_and_its_neighbours_their_answers(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(20)
    chance = random.Random("update")
    broken = {UPDATES * hundred + chance.randint(1, UPDATES) for hundred in range(times)}
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        fast = {f"PRACTICES__{PRACTICE.upper()}__TELEGRAM__RATE": "1000"}
        serving = Serving(tmp_path, stub, nursery, fast, practices=[PRACTICE], before=break_on_a_word)
        for chat in range(1, UPDATES * times + 1):
            stub.user(chat).says(BROKEN_WORD if chat in broken else WORDS[PRACTICE])
        async with serving.process() as run:
            await serving.drains(300)
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert len(stub.bot(PRACTICE).confirmed) == UPDATES * times
    heard = Counter(sent.chat for sent in stub.sent)
    assert heard == {chat: 1 if chat in broken else ANSWERS for chat in range(1, UPDATES * times + 1)}
    seen = f"{(UPDATES - 1) * times:,} answered, {len(broken)} kind lines"
    report(Figures(fault="poison update among 100", times=times, judged=judged, seen=seen))


async def _poison(serving: Serving, numbers: list[int]) -> None:
    """By turns a body that nobody can decrypt, and one whose rendering raises."""
    unrenderable = Keys([KEY]).encrypt(write_body(BROKEN_WORD, (), None))
    rows = [
        {"its_id": number, "its_body": _NOT_OURS if place % 2 else unrenderable} for place, number in enumerate(numbers)
    ]
    database = await people.opened(serving.database_url)
    try:
        to = update(MessageRow).where(MessageRow.id == bindparam("its_id")).values(body=bindparam("its_body"))
        await database.write(lambda conn: conn.execute(to, rows))
    finally:
        await database.close()

"""The platform posts each update five times, in any order and at once: it has one effect. (That a status of "read"
comes before "delivered" is WhatsApp's, which has no channel yet.)"""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.bench.people import PRACTICE
from tests.faults.nursery import Nursery
from tests.faults.posting import poster, webhooks_at
from tests.faults.reporting import Figures, Report
from tests.faults.serving import ANSWERS, WORDS, Serving, account, platform

COPIES: Final = 5
AT_ONCE: Final = 20


@pytest.mark.faults
@pytest.mark.timeout(1200)
async def test_an_update_that_comes_five_times_has_one_effect(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    updates = fault_times(2_000)
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        settings = webhooks_at([PRACTICE]) | {f"PRACTICES__{PRACTICE.upper()}__TELEGRAM__RATE": "1000"}
        serving = Serving(tmp_path, stub, nursery, settings, practices=[PRACTICE])
        async with serving.process() as run, poster(stub, await serving.address(run)) as telegram:
            for chat in range(1, updates + 1):
                stub.user(chat).says(WORDS[PRACTICE])
            posts = telegram.taken(PRACTICE) * COPIES
            random.Random(COPIES).shuffle(posts)
            at_once = asyncio.Semaphore(AT_ONCE)

            async def post(update: dict[str, Any]) -> int:
                async with at_once:
                    return await telegram.post(PRACTICE, update)

            statuses = await asyncio.gather(*map(post, posts))
            await serving.drains(300)
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert statuses == [200] * len(posts)
    assert judged.messages == len(stub.sent) == ANSWERS * updates
    assert {row.cause for row in serving.records.rows()} == {
        f"in:{account(PRACTICE)}:{update['update_id']}" for update in posts
    }
    report(Figures(fault="duplicate webhooks x5, shuffled", times=updates, judged=judged, seen=f"{len(posts):,} posts"))

"""The connection to the platform is cut: only what may have arrived is unknown, and comes twice at most."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.bench.people import PRACTICE
from tests.faults.nursery import Nursery
from tests.faults.posting import poster, webhooks_at
from tests.faults.reporting import Figures, Report
from tests.faults.serving import WORDS, Serving, comes_true, platform
from tests.stubs.telegram_world import Fault

AT_ONCE = 10


@pytest.mark.faults
@pytest.mark.timeout(900)
async def test_what_met_no_connection_is_surely_not_sent(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    """Nothing is on its way when the platform goes away, so that every send of that time is refused a connection."""
    cuts = fault_times(100)
    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        stub.keeps_alive = False
        serving = Serving(tmp_path, stub, nursery, webhooks_at([PRACTICE]), practices=[PRACTICE])
        async with serving.process() as run, poster(stub, await serving.address(run)) as telegram:
            await comes_true(lambda: "getMe" in {method for method, _ in stub.requests}, 60, serving.story_so_far)
            for first in range(1, cuts + 1, AT_ONCE):
                await stub.goes_away()
                some = range(first, min(first + AT_ONCE, cuts + 1))
                for chat in some:
                    stub.user(chat).says(WORDS[PRACTICE])
                for update in telegram.taken(PRACTICE):
                    assert await telegram.post(PRACTICE, update) == 200
                refused = lambda: {row.chat for row in serving.records.rows() if row.retries} >= set(some)  # noqa: B023, E731 -- used within the loop
                await comes_true(refused, 60, serving.story_so_far)
                await stub.comes_back()
                await serving.drains()
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert judged.unknown == judged.duplicates == 0
    report(Figures(fault="network cut before", times=cuts, judged=judged))


@pytest.mark.faults
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cut", ["middle", "after"])
async def test_what_was_cut_later_is_unknown_and_resent_once(
    cut: Literal["middle", "after"], tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    cuts = fault_times(100)
    to_cut = set(range(3, 3 * cuts + 1, 3))

    def every_third_once(method: str, parameters: dict[str, Any]) -> Fault | None:
        chat = int(parameters.get("chat_id", 0))
        if method != "sendMessage" or chat not in to_cut:
            return None
        to_cut.remove(chat)
        return Fault(cut=cut)

    async with platform(tmp_path, practices=[PRACTICE]) as stub:
        stub.decide = every_third_once
        serving = Serving(tmp_path, stub, nursery, practices=[PRACTICE])
        for chat in range(1, 3 * cuts + 1):
            stub.user(chat).says(WORDS[PRACTICE])
        async with serving.process() as run:
            await serving.drains(120)
            await serving.stops_by_itself(run)
        judged = serving.judged()
    judged.must_hold()
    assert not to_cut
    assert judged.unknown == judged.duplicates == cuts
    report(Figures(fault=f"network cut {'amid' if cut == 'middle' else 'after'}", times=cuts, judged=judged))

"""A backup under load is restored: it is whole, what was open is held, who said STOP since stays stopped, and who was
erased since stays away."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.bench.people import PRACTICE
from tests.faults.nursery import Nursery
from tests.faults.reporting import Figures, Report
from tests.faults.serving import Load, Serving, comes_true, platform
from tests.stubs.telegram import TelegramStub
from tests.stubs.telegram_world import Person


def heard(stub: TelegramStub) -> int:
    return len(stub.sent)


def stopped(serving: Serving) -> set[int]:
    with serving.records.connected() as conn:
        assert conn.scalar(text("PRAGMA integrity_check")) == "ok"
        rows = conn.execute(
            text(
                "SELECT a.external_id FROM addresses a JOIN subscribers s ON s.id = a.subscriber_id"
                " WHERE s.stopped_at IS NOT NULL AND a.practice = :practice"
            ),
            {"practice": PRACTICE},
        )
        return {int(row.external_id) for row in rows}


def known(serving: Serving, person: Person) -> bool:
    with serving.records.connected() as conn:
        whose = {"practice": PRACTICE, "chat": str(person.chat)}
        found = conn.execute(text("SELECT 1 FROM addresses WHERE practice = :practice AND external_id = :chat"), whose)
        return found.first() is not None


async def say_stop(people: list[Person], serving: Serving) -> None:
    for person in people:
        serving.says_stop(PRACTICE, person)
    await comes_true(lambda: stopped(serving) >= {person.chat for person in people}, 60, serving.story_so_far)


@pytest.mark.faults
@pytest.mark.timeout(1200)
async def test_a_backup_under_load_forgets_no_stop_and_sends_nothing_by_itself(
    tmp_path: Path, fault_times: Callable[[int], int], nursery: Nursery, report: Report
) -> None:
    times = fault_times(10)
    held = 0
    async with platform(tmp_path, latency=0.2) as stub:
        serving = Serving(tmp_path, stub, nursery)
        await serving.settle(400 * times, 400 * times)
        leavers = _by_threes(400 * times)
        load = Load(serving)
        for number in range(times):
            file = tmp_path / f"{number}.backup"
            erased, *leaving = [serving.person(one) for one in next(leavers)]
            async with serving.process() as run:
                await serving.address(run)
                async with load.coming():
                    before = heard(stub)
                    assert await stub.bell.until(lambda: heard(stub) > before + 20, 60)  # noqa: B023 -- used within the loop
                    await serving.command("backup", str(file))
                assert known(serving, erased)
                await say_stop(leaving, serving)
                await serving.command("erase", PRACTICE, f"telegram:{erased.chat}", "--yes")
                assert not known(serving, erased)
                await serving.stops_by_itself(run)
            await serving.command("restore", str(file))
            states = serving.records.states()
            assert {person.chat for person in leaving} <= stopped(serving)
            assert not known(serving, erased)
            assert not states.keys() & {"ready", "sending"}
            held += states["held"]
            said_before = heard(stub)
            async with serving.process() as run:
                newcomers = load.newcomer()
                assert await stub.bell.until(lambda: all(len(one.received) >= 2 for one in newcomers), 60)  # noqa: B023 -- used within the loop
                await serving.stops_by_itself(run)
            assert heard(stub) == said_before + 2 * len(newcomers)
            await serving.command("release", "--drop")
            assert not serving.records.states()["held"]
    assert held > 0
    seen = f"{len(serving.stops)} STOPs and {times} erasures since kept, integrity ok"
    report(Figures(fault="backup under load, restore", times=times, held=held, seen=seen))


def _by_threes(last: int) -> Iterator[tuple[int, int, int]]:
    return ((number, number - 1, number - 2) for number in range(last, 2, -3))

"""Killed around an alert: the practice is told all the same, at most twice, and the second time says so."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.nursery import Nursery
from tests.faults.serving import Serving, platform

STAFF = 4711
DANGER = "ik wil niet meer leven"


def states(serving: Serving) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(serving.data / "nabij.sqlite3")) as database:
        return list(database.execute("SELECT state, resends FROM alerts ORDER BY id"))


@pytest.mark.faults
@pytest.mark.timeout(180)
@pytest.mark.parametrize(("point", "copies"), [("after-alert-claim", 1), ("after-alert-send", 2)])
async def test_a_kill_around_an_alert_leaves_nobody_untold(
    point: str, copies: int, tmp_path: Path, nursery: Nursery
) -> None:
    async with platform(tmp_path) as stub:
        told = {"PRACTICES__MARIPOSHA__ALERT__TELEGRAM_CHAT": str(STAFF)}
        serving = Serving(tmp_path, stub, nursery, settings=told)
        person, staff = stub.user(7, bot="mariposha"), stub.user(STAFF, "Lotte", bot="mariposha")
        async with serving.process(NABIJ_CRASH_AT=point) as run:
            person.says(DANGER)
            await serving.dies(run)
        assert states(serving) == [("sending", 0)]
        async with serving.process() as run:
            async with asyncio.timeout(60):
                while states(serving) != [("accepted", 1)]:  # noqa: ASYNC110 -- another process writes it
                    await asyncio.sleep(0.1)
            await serving.stops_by_itself(run)
        assert len(staff.received) == copies
        assert "kan dubbel zijn" in staff.received[-1].text
        assert "113" in person.received[0].text
        assert all(DANGER not in alert.text for alert in staff.received)

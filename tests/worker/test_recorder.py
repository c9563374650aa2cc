"""Outcomes of many accounts in few transactions; what holds up one account holds up no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.clock import RealClock
from bot.core.delivery import Accepted, Message, Refused
from bot.core.messages import Address, Channel, Kind, Lane
from bot.core.retry import after
from bot.store import outbox, subscribers
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.worker.outcomes import Outcomes
from bot.worker.recorder import Outcome, Recorder

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def message(number: int, account: str, lane: Lane = Lane.LESSON) -> Message:
    return Message(
        id=number,
        practice=account.partition(":")[0],
        subscriber_id=number,
        address_id=number,
        address=Address(Channel.TELEGRAM, account, str(number)),
        kind=Kind.LESSON,
        lane=lane,
        text="les",
        unasked=True,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        created_at=NOW,
    )


class Office:
    """A recorder whose transactions are listed, each as the ids that it wrote."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[list[int]] = []
        self.recorded: dict[str, list[int]] = {}
        self.away = 0
        self.unwritable: set[int] = set()
        self.recorder = Recorder(cast("Database", self), RealClock())
        monkeypatch.setattr(outbox, "record_outcomes", self._record)

    async def write(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await work(None)

    async def _record(self, _: Any, outcomes: Sequence[Outcome], now: datetime) -> int:
        ids = [message.id for message, _ in outcomes]
        if self.away:
            self.away -= 1
            raise DatabaseUnavailable("away")
        if self.unwritable & set(ids):
            raise ValueError("a row that nobody understands")
        self.groups.append(ids)
        return len(ids)

    def account(self, name: str) -> Outcomes:
        def recorded(outcomes: Sequence[Outcome]) -> None:
            self.recorded.setdefault(name, []).extend(message.id for message, _ in outcomes)

        return Outcomes(self.recorder, name, recorded)


def ends(outcomes: Outcomes, sent: Message, outcome: Accepted | Refused | None = None) -> None:
    outcomes.add(sent, after(sent, outcome or Accepted("1"), NOW, 0.0))


async def all_written(*accounts: Outcomes) -> None:
    for account in accounts:
        account.close()
    async with asyncio.timeout(10):
        await asyncio.gather(*(account.run() for account in accounts))


async def test_lessons_of_many_accounts_are_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch)
    accounts = [office.account(f"practice-{number}:telegram") for number in range(20)]
    for number, account in enumerate(accounts):
        ends(account, message(number, f"practice-{number}:telegram"))
        await asyncio.sleep(0)
    await all_written(*accounts)
    assert office.groups == [list(range(20))]
    assert office.recorded == {f"practice-{number}:telegram": [number] for number in range(20)}


async def test_where_somebody_waits_nothing_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch)
    monkeypatch.setattr("bot.worker.recorder.GATHERS", 3600.0)
    one, two = office.account("een:telegram"), office.account("twee:telegram")
    ends(one, message(1, "een:telegram"))
    ends(two, message(2, "twee:telegram", Lane.REPLY))
    async with asyncio.timeout(10):
        await two.settled()
    assert office.groups == [[1, 2]]


async def test_they_are_written_until_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch)
    office.away = 2
    one, two = office.account("een:telegram"), office.account("twee:telegram")
    ends(one, message(1, "een:telegram"))
    ends(two, message(2, "twee:telegram"))
    await all_written(one, two)
    assert office.groups == [[1, 2]]


async def test_one_that_cannot_be_written_keeps_no_other_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch)
    office.unwritable = {1}
    one, two = office.account("een:telegram"), office.account("twee:telegram")
    for number in range(3):
        ends(one, message(number, "een:telegram"))
    ends(two, message(7, "twee:telegram"))
    await all_written(one, two)
    assert office.groups == [[0], [2], [7]]


async def test_a_mistake_at_one_account_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(_: Sequence[Outcome]) -> None:
        raise KeyError("zeldzaamwoord")

    office = Office(monkeypatch)
    broken = Outcomes(office.recorder, "een:telegram", mistaken)
    two = office.account("twee:telegram")
    with capture_logs() as log:
        ends(broken, message(1, "een:telegram"))
        ends(two, message(2, "twee:telegram"))
        await all_written(two)
    assert office.recorded == {"twee:telegram": [2]}
    assert [entry["event"] for entry in log] == ["outcomes_not_told"] and "zeldzaamwoord" not in str(log)


async def test_an_account_that_people_have_left_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(monkeypatch)
    may_go_on = asyncio.Event()
    left: list[int] = []

    async def slowly(conn: Any, practice: str, address_id: int, now: datetime) -> None:
        await may_go_on.wait()
        left.append(address_id)

    monkeypatch.setattr(subscribers, "mark_unreachable", slowly)
    one, two = office.account("een:telegram"), office.account("twee:telegram")
    for number in range(3):
        ends(one, message(number, "een:telegram"), Refused("blocked", address_gone=True))
    ends(two, message(7, "twee:telegram"))
    await all_written(two)
    assert office.recorded == {"twee:telegram": [7]} and left == []
    may_go_on.set()
    await all_written(one)
    assert office.recorded["een:telegram"] == left == [0, 1, 2]

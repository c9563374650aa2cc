"""Claims of many accounts in few transactions, and each of them answers for itself alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest

from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.worker.claiming import AT_ONCE, CLAIMS, Claiming


class Transactions:
    """A database that commits what `gate` lets through, and counts."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()
        self.is_away = False

    async def write(self, work: Callable[[Any], Awaitable[Any]], *, urgent: bool) -> Any:
        self.begun += 1
        await self.gate.wait()
        result = await work(None)
        if self.is_away:
            raise DatabaseUnavailable("the connection broke at the commit")
        return result


def says(number: int) -> Callable[[Any], Awaitable[int]]:
    async def work(_: Any) -> int:
        return number

    return work


async def breaks(_: Any) -> int:
    raise ValueError("a row that nobody understands")


def claiming(database: Transactions) -> Claiming:
    return Claiming(cast("Database", database))


async def asked(*claims: Awaitable[int]) -> Sequence[asyncio.Future[int]]:
    """Claims that have been asked for, in this order."""
    futures = [asyncio.ensure_future(claim) for claim in claims]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return futures


async def test_what_waits_for_its_turn_goes_together() -> None:
    database = Transactions()
    claims = claiming(database)
    some = await asked(*(claims.claim(says(number), 1) for number in range(11)))
    assert database.begun == AT_ONCE
    database.gate.set()
    assert await asyncio.gather(*some) == list(range(11))
    assert database.begun < 11 - CLAIMS


async def test_large_claims_do_not_wait_for_each_other() -> None:
    database = Transactions()
    database.gate.set()
    claims = claiming(database)
    await asyncio.gather(*(claims.claim(says(number), 100) for number in range(5)))
    assert database.begun == 5


async def test_one_that_fails_takes_back_nobody_elses() -> None:
    database = Transactions()
    claims = claiming(database)
    some = await asked(*(claims.claim(breaks if number == 4 else says(number), 1) for number in range(8)))
    database.gate.set()
    results = await asyncio.gather(*some, return_exceptions=True)
    assert [one for one in results if not isinstance(one, ValueError)] == [0, 1, 2, 3, 5, 6, 7]
    assert isinstance(results[4], ValueError)


async def test_a_commit_without_an_answer_is_told_to_each_of_them() -> None:
    database = Transactions()
    database.is_away = True
    claims = claiming(database)
    some = await asked(*(claims.claim(says(number), 1) for number in range(6)))
    database.gate.set()
    problems = await asyncio.gather(*some, return_exceptions=True)
    assert all(isinstance(problem, DatabaseUnavailable) for problem in problems)
    assert len({id(problem) for problem in problems}) == 6
    database.is_away = False
    assert await claims.claim(says(7), 1) == 7


async def test_who_is_cancelled_before_its_turn_has_claimed_nothing() -> None:
    database = Transactions()
    claims, done = claiming(database), list[int]()

    async def claims_something(_: Any) -> int:
        done.append(1)
        return 1

    some = await asked(*(claims.claim(says(number), 100) for number in range(AT_ONCE)))
    [late] = await asked(claims.claim(claims_something, 1))
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    database.gate.set()
    await asyncio.gather(*some)
    assert await claims.claim(says(9), 1) == 9
    assert done == []


async def test_whoever_claims_again_the_moment_its_claim_is_there_does_not_wait_for_nobody() -> None:
    database = Transactions()
    claims = claiming(database)

    async def twice() -> int:
        return await claims.claim(says(1), 1) + await claims.claim(says(2), 1)

    (first,) = await asked(twice())
    others = [await asked(claims.claim(says(number), 1)) for number in range(1, AT_ONCE)]
    assert database.begun == AT_ONCE
    database.gate.set()
    async with asyncio.timeout(5):
        assert await first == 3
        assert [await other for (other,) in others] == list(range(1, AT_ONCE))

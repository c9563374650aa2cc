"""An owner, a teammate and a stranger: whoever asks for another practice gets nothing, and changes nothing.

The teammate is another person of the owner's practice, whose rows lie beside the owner's; the stranger is a practice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.decision import Decision, Join
from bot.core.delivery import Accepted, Message
from bot.core.messages import Button, Channel, Lane
from bot.core.retry import after
from bot.core.subscriber import Subscriber
from bot.store import accounts, decisions, inbound, outbox, subscribers
from bot.store.base import Base
from bot.store.database import Database
from bot.store.errors import Missing, WrongPractice
from bot.store.tables import AccountRow, AddressRow, InboundRow, MessageRow, SubscriberRow
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    TELEGRAM,
    WEBCHAT,
    at,
    claim,
    record,
    reply,
    says,
    sends,
    telegram,
    webchat,
)

pytestmark = pytest.mark.slow

Attempt = Callable[[AsyncConnection, "House"], Awaitable[Any]]


class House:
    """The owner's rows: one visitor in the web chat with an offered message and a code, and a teammate beside it."""

    def __init__(self, visitor: Subscriber, address_id: int, inbound_row: int, message: Message) -> None:
        self.visitor = visitor
        self.address_id = address_id
        self.inbound_row = inbound_row
        self.message = message


async def furnish(database: Database) -> House:
    visitor = await at(database, webchat())
    await at(database, telegram(2))
    await at(database, telegram(1, STRANGER))
    await database.write(lambda conn: accounts.own(conn, OWNER, WEBCHAT, "one", NOW))
    row = await database.write(lambda conn: inbound.admit(conn, OWNER, visitor, says("hoi", "1", webchat()), NOW))
    join = Join(code="CODE", channel=Channel.TELEGRAM)
    decision = Decision(subscriber=visitor, messages=(reply(buttons=(Button("Ja", "yes"),)),), join=join, next_at=NOW)
    await record(database, decision, "in:1")
    [message] = await claim(database, account=WEBCHAT)
    return House(visitor, message.address_id, row or 0, message)


async def everything(database: Database) -> list[Any]:
    tables: tuple[type[Base], ...] = (SubscriberRow, AddressRow, MessageRow, InboundRow, AccountRow)
    async with database.read() as conn:
        return [sorted(map(tuple, (await conn.execute(select(table))).all()), key=repr) for table in tables]


ATTEMPTS: dict[str, tuple[Attempt, Any]] = {
    "load": (lambda conn, house: subscribers.load(conn, STRANGER, house.visitor.id), Missing),
    "find_or_create": (
        lambda conn, house: subscribers.find_or_create(
            conn, STRANGER, house.visitor.address, zone="Europe/Amsterdam", now=NOW
        ),
        WrongPractice,
    ),
    "due": (lambda conn, _: subscribers.due(conn, [STRANGER], LATER, 10), []),
    "next_due": (lambda conn, _: subscribers.next_due(conn, [STRANGER]), None),
    "postpone": (lambda conn, house: subscribers.postpone(conn, STRANGER, house.visitor.id, LATER), Missing),
    "join": (lambda conn, _: subscribers.join(conn, STRANGER, "CODE", telegram(9, STRANGER), NOW), None),
    "mark_unreachable": (
        lambda conn, house: subscribers.mark_unreachable(conn, STRANGER, house.address_id, NOW),
        Missing,
    ),
    "move_address": (lambda conn, house: subscribers.move_address(conn, STRANGER, house.address_id, "9"), Missing),
    "address_id_of": (lambda conn, house: subscribers.address_id_of(conn, STRANGER, house.visitor.address), None),
    "admit": (lambda conn, _: inbound.admit(conn, STRANGER, None, says("x", "2", webchat()), NOW), WrongPractice),
    "attach": (
        lambda conn, house: inbound.attach(conn, STRANGER, house.inbound_row, house.visitor),
        WrongPractice,
    ),
    "poison": (lambda conn, _: inbound.poison(conn, STRANGER, says("x", "2", webchat()), NOW), WrongPractice),
    "button_action": (
        lambda conn, house: inbound.button_action(conn, STRANGER, house.visitor.address, house.message.id, 0),
        None,
    ),
    "record": (
        lambda conn, house: decisions.record(conn, STRANGER, sends(house.visitor, reply()), "x", NOW, "v"),
        WrongPractice,
    ),
    "claim": (lambda conn, _: outbox.claim(conn, f"{STRANGER}:webchat", Lane.REPLY, LATER, 9, 10), []),
    "acknowledge": (lambda conn, house: outbox.acknowledge(conn, STRANGER, house.address_id, 9, LATER), 0),
    "history": (lambda conn, house: outbox.history(conn, STRANGER, house.visitor.address, None, 9), []),
    "since": (lambda conn, house: outbox.since(conn, STRANGER, house.visitor.address, 0), []),
    "own": (lambda conn, _: accounts.own(conn, STRANGER, WEBCHAT, "x", NOW), WrongPractice),
    "set_state": (
        lambda conn, _: accounts.set_state(conn, STRANGER, WEBCHAT, accounts.AccountState.OFF),
        Missing,
    ),
}


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_a_stranger_gets_nothing_and_changes_nothing(database: Database, name: str) -> None:
    attempt, expected = ATTEMPTS[name]
    house = await furnish(database)
    before = await everything(database)
    if isinstance(expected, type):
        with pytest.raises(expected):
            await database.write(lambda conn: attempt(conn, house))
    else:
        assert await database.write(lambda conn: attempt(conn, house)) == expected
    assert await everything(database) == before


async def test_an_outcome_told_for_another_practice_does_not_count(database: Database) -> None:
    house = await furnish(database)
    told = replace(house.message, practice=STRANGER)
    outcome = (told, after(told, Accepted("x"), LATER, 0.5))
    assert await database.write(lambda conn: outbox.record_outcomes(conn, [outcome], LATER)) == 0


async def test_a_teammates_rows_are_told_apart_from_the_owners(database: Database) -> None:
    house = await furnish(database)
    async with database.read() as conn:
        teammate = await subscribers.address_id_of(conn, OWNER, telegram(2))
        assert teammate is not None
        assert teammate != house.address_id
        assert await outbox.history(conn, OWNER, telegram(2), None, 9) == []
        assert await inbound.button_action(conn, OWNER, telegram(2), house.message.id, 0) is None
        assert await inbound.button_action(conn, OWNER, webchat(), house.message.id, 0) == "yes"
    assert await database.write(lambda conn: outbox.acknowledge(conn, OWNER, teammate, 9, LATER)) == 0
    before = await database.write(lambda conn: subscribers.due(conn, [OWNER], LATER, 10))
    assert [who.id for who in before] == [house.visitor.id]
    await database.write(lambda conn: subscribers.mark_unreachable(conn, OWNER, teammate, NOW))
    assert (await database.write(lambda conn: subscribers.load(conn, OWNER, house.visitor.id))).reachable
    assert await claim(database, account=TELEGRAM) == []

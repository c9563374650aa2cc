"""What came in is stored once, before anybody acknowledges it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.core.messages import Button, Inbound, InboundKind
from bot.store import inbound
from bot.store.crypt import Keys
from bot.store.database import Database
from bot.store.errors import Missing, WrongPractice
from bot.store.tables import InboundRow
from tests.store.builders import (
    NOW,
    OWNER,
    STRANGER,
    at,
    record,
    reply,
    says,
    sends,
    somebody,
    telegram,
    webchat,
)


async def admit(database: Database, message: Inbound) -> int | None:
    return await database.write(lambda conn: inbound.admit(conn, OWNER, None, message, NOW))


async def test_a_message_is_admitted_once(database: Database, keys: Keys) -> None:
    anna = await somebody(database)
    first = await database.write(lambda conn: inbound.admit(conn, OWNER, anna, says("hoi \x00", "77"), NOW))
    assert first is not None
    assert await admit(database, says("hoi again", "77")) is None
    assert await admit(database, says("hoi", "78")) is not None
    async with database.read() as conn:
        row = (await conn.execute(select(InboundRow).where(InboundRow.id == first))).one()
    assert (row.subscriber_id, row.kind, row.received_at, row.poisoned) == (anna.id, "text", NOW, False)
    assert keys.decrypt(row.text) == "hoi \x00"


async def test_the_same_id_on_another_account_is_another_message(database: Database) -> None:
    assert await admit(database, says("hoi", "1", telegram())) is not None
    assert await admit(database, says("hoi", "1", webchat())) is not None


async def test_who_sent_it_may_be_known_later(database: Database) -> None:
    row = await admit(database, says("hoi", "1"))
    assert row is not None
    anna = await somebody(database)
    await database.write(lambda conn: inbound.attach(conn, OWNER, row, anna))
    async with database.read() as conn:
        assert (await conn.scalars(select(InboundRow.subscriber_id))).all() == [anna.id]
    with pytest.raises(Missing):
        await database.write(lambda conn: inbound.attach(conn, OWNER, row + 1, anna))
    with pytest.raises(WrongPractice):
        await database.write(lambda conn: inbound.attach(conn, STRANGER, row, anna))


async def test_web_chat_lines_are_numbered(database: Database) -> None:
    visitor = await at(database, webchat())
    first, second = [says("hoi", number, webchat()) for number in ("1", "2")]
    await database.write(lambda conn: inbound.admit(conn, OWNER, visitor, first, NOW))
    await database.write(lambda conn: inbound.admit(conn, OWNER, visitor, second, NOW))
    async with database.read() as conn:
        assert (await conn.scalars(select(InboundRow.seq).order_by(InboundRow.id))).all() == [1, 2]


async def test_poison_is_stored_once_whatever_is_in_it(database: Database) -> None:
    odd = Inbound(
        address=telegram(),
        external_id="\x00" * 5,
        kind=InboundKind.BUTTON,
        text="\ud800",
        payload="\x00" * 5000,
        message_id=2**70,
        button=-(2**70),
    )
    assert await database.write(lambda conn: inbound.poison(conn, OWNER, odd, NOW)) is not None
    assert await database.write(lambda conn: inbound.poison(conn, OWNER, odd, NOW)) is None
    async with database.read() as conn:
        row = (await conn.execute(select(InboundRow))).one()
    assert (row.poisoned, row.message_id, row.button, len(row.payload)) == (True, None, None, 1000)


async def test_an_account_of_another_practice_is_refused(database: Database) -> None:
    with pytest.raises(WrongPractice):
        await database.write(lambda conn: inbound.admit(conn, STRANGER, None, says("hoi", "1"), NOW))


async def test_a_button_means_what_our_own_row_says_and_only_where_it_was_sent(database: Database) -> None:
    anna = await somebody(database)
    buttons = (Button("Gedaan", "done:HECHTING"), Button("Liever niet", "no:HECHTING"))
    [message] = await record(database, sends(anna, reply(buttons=buttons)), "in:1")

    async def action(message_id: int, index: int, number: int = 1) -> str | None:
        async with database.read() as conn:
            return await inbound.button_action(conn, OWNER, telegram(number), message_id, index)

    assert await action(message, 0) == "done:HECHTING"
    assert await action(message, 1) == "no:HECHTING"
    for wrong in ((message, 2), (message, -1), (message + 1, 0), (2**70, 0)):
        assert await action(*wrong) is None
    assert await action(message, 0, number=2) is None
    async with database.read() as conn:
        elsewhere = replace(telegram(), account="eik:telegram")
        assert await inbound.button_action(conn, STRANGER, elsewhere, message, 0) is None

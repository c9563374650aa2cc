"""What a web chat shows."""

from datetime import timedelta

from bot.core.delivery import Handed
from bot.core.messages import Button, Inbound, InboundKind
from bot.core.subscriber import Subscriber
from bot.store import inbound, outbox
from bot.store.database import Database
from bot.store.outbox import Line
from bot.store.subscribers import address_id_of
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    WEBCHAT,
    at,
    claim,
    ended,
    record,
    reply,
    says,
    sends,
    states,
    webchat,
)

GEDAAN = Button("Gedaan", "done:HECHTING")


async def chat(database: Database) -> Subscriber:
    """hechting -> explanation, exercise with a button -> the tap on it."""
    visitor = await at(database, webchat())
    await hears(database, visitor, says("hechting", "1", webchat()))
    await record(database, sends(visitor, reply("uitleg"), reply("oefening", buttons=(GEDAAN,))), "in:1")
    offered = [(await claim(database, account=WEBCHAT))[0] for _ in range(2)]
    for message in offered:
        await ended(database, message, Handed())
    exercise = offered[1].id
    tap = Inbound(address=webchat(), external_id="2", kind=InboundKind.BUTTON, message_id=exercise, button=0)
    await hears(database, visitor, tap)
    return visitor


async def hears(database: Database, visitor: Subscriber, message: Inbound) -> None:
    await database.write(lambda conn: inbound.admit(conn, OWNER, visitor, message, NOW))


async def history(database: Database, before: int | None = None, limit: int = 10) -> list[Line]:
    async with database.read() as conn:
        return await outbox.history(conn, OWNER, webchat(), before, limit)


async def since(database: Database, seq: int, limit: int = 10) -> list[Line]:
    async with database.read() as conn:
        return await outbox.since(conn, OWNER, webchat(), seq, limit)


async def test_both_sides_are_shown_in_one_order(database: Database) -> None:
    await chat(database)
    lines = await history(database)
    assert [(line.seq, line.from_person, line.text) for line in lines] == [
        (1, True, "hechting"),
        (2, False, "uitleg"),
        (3, False, "oefening"),
        (4, True, "Gedaan"),
    ]
    assert lines[2].buttons == (GEDAAN,)
    assert (lines[3].message_id, lines[3].button) == (lines[2].message_id, 0)


async def test_history_goes_back_page_by_page(database: Database) -> None:
    await chat(database)
    assert [line.seq for line in await history(database, limit=2)] == [3, 4]
    assert [line.seq for line in await history(database, before=3, limit=1)] == [2]
    assert [line.seq for line in await history(database, before=1)] == []


async def test_a_browser_that_reconnects_misses_nothing(database: Database) -> None:
    await chat(database)
    assert [line.seq for line in await since(database, 1)] == [2, 3, 4]
    assert [line.seq for line in await since(database, 0, limit=2)] == [1, 2]
    assert await since(database, 4) == []


async def test_messages_are_accepted_when_the_browser_has_shown_them(database: Database) -> None:
    visitor = await chat(database)
    await record(database, sends(visitor, reply("not yet offered")), "in:2")
    async with database.read() as conn:
        address_id = await address_id_of(conn, OWNER, webchat()) or 0
    assert await acknowledge(database, address_id, 2) == 1
    assert await states(database) == ["accepted", "sending", "ready"]
    assert await acknowledge(database, address_id, 99) == 1
    assert await acknowledge(database, address_id, 99) == 0
    assert await states(database) == ["accepted", "accepted", "ready"]


async def test_what_expired_unseen_is_accepted_when_it_is_seen_after_all(database: Database) -> None:
    await chat(database)
    await database.write(lambda conn: outbox.expire(conn, NOW + timedelta(days=31), 10))
    assert await states(database) == ["expired", "expired"]
    assert [line.text for line in await since(database, 1)] == ["uitleg", "oefening", "Gedaan"]
    async with database.read() as conn:
        address_id = await address_id_of(conn, OWNER, webchat()) or 0
    assert await acknowledge(database, address_id, 3) == 2


async def acknowledge(database: Database, address_id: int, seq: int, practice: str = OWNER) -> int:
    return await database.write(lambda conn: outbox.acknowledge(conn, practice, address_id, seq, LATER))


async def test_another_practice_sees_nothing_of_a_chat(database: Database) -> None:
    await chat(database)
    async with database.read() as conn:
        assert await outbox.history(conn, STRANGER, webchat(), None, 10) == []
        assert await outbox.since(conn, STRANGER, webchat(), 0) == []
        assert await outbox.history(conn, OWNER, webchat("somebody else"), None, 10) == []

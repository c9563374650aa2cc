"""A picture is a value that a message carries through the store, and nobody else's."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.decision import EVERYTHING
from bot.core.delivery import Handed
from bot.core.messages import Button, Lane, Picture, Series
from bot.core.subscriber import Subscriber
from bot.store import transcript
from bot.store.database import Database
from bot.store.rows import Body, read_body, write_body
from tests.store.builders import NOW, OWNER, STRANGER, WEBCHAT, at, claim, ended, record, reply, sends, states, webchat

WEEK = Picture(
    alt="Spanning: maandag 9 maart een 7.",
    series=(Series("Spanning", ((date(2026, 3, 9), 7), (date(2026, 3, 10), 3))),),
    first=date(2026, 3, 9),
    last=date(2026, 3, 15),
)
SERIES = st.builds(
    Series, st.text(max_size=20), st.lists(st.tuples(st.dates(), st.integers(0, 10)), max_size=4).map(tuple)
)
PICTURES = st.builds(
    Picture, alt=st.text(max_size=40), series=st.lists(SERIES, max_size=2).map(tuple), first=st.dates(), last=st.dates()
)


@given(
    st.text(max_size=40), st.lists(st.builds(Button, st.text(), st.text(), st.text()), max_size=2), st.none() | PICTURES
)
def test_what_a_row_says_is_read_as_it_was_written(text: str, buttons: list[Button], picture: Picture | None) -> None:
    assert read_body(write_body(text, tuple(buttons), picture)) == Body(text, tuple(buttons), picture)


def test_a_row_of_before_pictures_has_none() -> None:
    assert read_body('{"text": "dag"}') == Body("dag", (), None)


async def week_in_webchat(database: Database) -> tuple[Subscriber, int]:
    visitor = await at(database, webchat())
    await record(database, sends(visitor, reply("je week", picture=WEEK)), "plan:1")
    [message] = await claim(database, account=WEBCHAT)
    assert message.picture == WEEK
    await ended(database, message, Handed())
    return visitor, message.id


async def seen(database: Database, message: int, practice: str = OWNER, name: str = "visitor") -> Picture | None:
    async with database.read() as conn:
        return await transcript.picture_of(conn, practice, webchat(name), message)


async def test_the_chat_that_it_was_sent_to_shows_it(database: Database) -> None:
    _, message = await week_in_webchat(database)
    async with database.read() as conn:
        [line] = await transcript.history(conn, OWNER, webchat(), None, 10)
    assert (line.text, line.picture) == ("je week", WEEK)
    assert await seen(database, message) == WEEK


async def test_nobody_else_sees_it(database: Database) -> None:
    _, message = await week_in_webchat(database)
    await at(database, webchat("somebody else"))
    await at(database, webchat("visitor", STRANGER))
    assert await seen(database, message, name="somebody else") is None
    assert await seen(database, message, name="a stranger") is None
    assert await seen(database, message, practice=STRANGER) is None
    assert await seen(database, message + 1) is None


async def test_a_message_that_was_not_offered_yet_has_nothing_to_show(database: Database) -> None:
    visitor, message = await week_in_webchat(database)
    [later] = await record(database, sends(visitor, reply("je week", picture=WEEK)), "plan:2")
    assert later > message
    assert await seen(database, later) is None


async def test_stop_cancels_a_week_that_waits(database: Database) -> None:
    visitor = await at(database, webchat())
    week = reply(
        "je week", picture=WEEK, unasked=True, lane=Lane.LESSON, topic="program:p", expires=NOW + timedelta(hours=9)
    )
    await record(database, sends(visitor, week), "plan:1")
    await record(database, sends(visitor, cancel=frozenset({EVERYTHING})), "in:1")
    assert await states(database) == ["cancelled"]
    assert await claim(database, lane=Lane.LESSON, account=WEBCHAT) == []

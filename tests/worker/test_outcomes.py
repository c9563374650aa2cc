"""What follows from how a send ends, for the message, the person and the account."""

from datetime import timedelta

from sqlalchemy import select

from bot.core.delivery import AccountDown, Ambiguous, Message, Moved, NotSent, Outcome, Refused
from bot.core.messages import Kind, Lane
from bot.store import accounts
from bot.store.tables import AddressRow
from bot.worker.status import AccountMode
from tests.fakes import (
    TELEGRAM,
    FakeChannel,
)
from tests.world import NOW, OTHER, MakeWorld


async def test_a_broken_connection_is_tried_again_with_growing_patience(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.answers = [NotSent("connect")] * 4
        await world.decided("antwoord")
        await world.passes(minutes=3)
    [row] = await world.rows()
    assert (row.state, row.attempt, row.duplicate_possible) == ("accepted", 5, False)


async def test_what_could_not_go_out_in_time_expires_and_is_seen(make_world: MakeWorld) -> None:
    world = make_world()
    world.channel.answers = [NotSent("connect")] * 1000
    async with world.running():
        await world.decided("les", lane=Lane.LESSON, unasked=True, expires=NOW + timedelta(hours=1))
        await world.passes(hours=2)
    assert await world.states() == {"expired": 1}
    assert all(at < NOW + timedelta(hours=1) for at in world.channel.sent_at)


async def test_an_unclear_outcome_is_resent_once_and_then_left_as_unknown(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.answers = [Ambiguous("read timeout")] * 2
        await world.decided("antwoord")
        await world.passes(hours=1)
    [row] = await world.rows()
    assert (row.state, row.attempt, row.duplicate_possible) == ("unknown", 2, True)


async def test_a_nudge_of_unclear_outcome_is_not_sent_again(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.answers = [Ambiguous("reset")]
        await world.decided("Hoe ging het?", kind=Kind.NUDGE, lane=Lane.LESSON, unasked=True)
        await world.passes(hours=1)
    assert await world.states() == {"unknown": 1}
    assert len(world.channel.sent) == 1


async def test_five_unclear_answers_pause_the_account_and_the_platform_is_asked_before_anything_more_goes(
    make_world: MakeWorld,
) -> None:
    world = make_world(FakeChannel(rate=25))
    async with world.running():
        await world.passes(seconds=1)
        assert world.channel.starts == 1
        world.channel.answers = [Ambiguous("502")] * 5
        for person in range(5):
            await world.decided("antwoord", to=str(person))
        await world.passes(seconds=4)
        assert len(world.channel.sent) == 5
        assert world.worker.accounts()[0].mode is AccountMode.PAUSED
        await world.passes(seconds=10)
        assert world.channel.starts == 2
        assert world.worker.accounts()[0].mode is AccountMode.ON
    assert await world.states() == {"accepted": 5}
    assert world.channel.sent_at[5] >= NOW + timedelta(seconds=6)


async def test_while_the_platform_stays_unclear_it_is_tried_with_one_message_at_a_time(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.answers = [Ambiguous("502")] * 7
        for person in range(40):
            await world.decided("antwoord", to=str(person))
        await world.passes(hours=1)
    states = await world.states()
    assert states["accepted"] + states["unknown"] == 40
    assert states["unknown"] <= 2


async def test_a_refused_account_stops_alone_and_says_so(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(), FakeChannel(account=OTHER))
    async with world.running():
        world.channel.answers = [AccountDown("token revoked")]
        await world.decided("een", to="1")
        await world.decided("twee", to="2")
        await world.decided("drie", account=OTHER)
        await world.passes(minutes=5)
        modes = {status.account: (status.mode, status.reason) for status in world.worker.accounts()}
    assert modes == {TELEGRAM: (AccountMode.OFF, "token revoked"), OTHER: (AccountMode.ON, "")}
    assert world.channels[1].texts == ["drie"]
    states = {row.text: row.state for row in await world.rows()}
    assert states["drie"] == "accepted"
    assert states["een"] == "ready"
    async with world.database.read() as conn:
        assert (await accounts.states(conn))[TELEGRAM] == (accounts.AccountState.OFF, "token revoked")


async def test_a_wrong_token_at_the_start_stops_nobody_else(make_world: MakeWorld) -> None:
    world = make_world(FakeChannel(refused="Telegram kent dit token niet."), FakeChannel(account=OTHER))
    async with world.running():
        await world.decided("een")
        await world.decided("twee", account=OTHER)
        await world.passes(days=1)
        assert [status.mode for status in world.worker.accounts()] == [AccountMode.OFF, AccountMode.ON]
    assert world.channel.sent == []
    assert world.channels[1].texts == ["twee"]


async def test_a_message_that_cannot_be_rendered_is_dead_after_three_times_and_its_neighbours_go(
    make_world: MakeWorld,
) -> None:
    def renders(message: Message) -> Outcome:
        if message.text == "gif":
            raise RuntimeError("unrenderable")
        return FakeChannel()._usual(message)

    world = make_world(FakeChannel(rate=25))
    world.channel.answers = [renders] * 100
    async with world.running():
        for person in range(20):
            await world.decided("gif" if person == 7 else "goed", to=str(person))
        await world.passes(minutes=1)
    assert await world.states() == {"accepted": 19, "dead": 1}
    [poison] = [row for row in await world.rows() if row.state == "dead"]
    assert (poison.reason, poison.attempt) == ("poison", 3)


async def test_somebody_who_blocked_the_bot_is_left_in_peace(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.answers = [Refused("blocked", address_gone=True)]
        who = await world.decided("antwoord")
        await world.passes(seconds=1)
    assert await world.states() == {"dead": 1}
    assert (await world.state_of(who)).reachable is False


async def test_a_chat_that_moved_gets_its_message_at_the_new_place(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        world.channel.answers = [Moved("-1004711")]
        await world.decided("antwoord")
        await world.passes(seconds=1)
    assert [message.address.external_id for message in world.channel.sent] == ["4711", "-1004711"]
    assert await world.states() == {"accepted": 1}


async def test_a_chat_that_moved_to_a_known_one_does_not_run_in_a_circle(make_world: MakeWorld) -> None:
    world = make_world()
    async with world.running():
        await world.decided("antwoord", to="-1004711")
        world.channel.answers = [FakeChannel()._usual, *[Moved("-1004711")] * 200]
        await world.decided("les", to="4711", unasked=True, lane=Lane.LESSON)
        await world.passes(days=1)
    async with world.database.read() as conn:
        gone = (await conn.scalars(select(AddressRow.external_id).where(~AddressRow.reachable))).all()
    assert gone == ["4711"]
    assert len(world.channel.sent) <= 4

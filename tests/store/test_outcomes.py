"""How attempts end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.decision import EVERYTHING, Decision
from bot.core.delivery import Accepted, Ambiguous, Handed, Message, NotSent, Refused
from bot.core.messages import Kind, Lane
from bot.core.retry import after
from bot.store import accounts, outbox, subscribers
from bot.store.database import Database
from bot.store.errors import Missing, WrongPractice
from tests.store.builders import (
    LATER,
    NOW,
    OWNER,
    STRANGER,
    TELEGRAM,
    WEBCHAT,
    at,
    claim,
    ended,
    nudge,
    record,
    reply,
    row,
    sends,
    somebody,
    states,
    webchat,
)

MUCH_LATER = LATER + timedelta(hours=1)


@pytest.fixture
async def sending(database: Database) -> Message:
    anna = await somebody(database)
    await record(database, sends(anna, reply(), reply("next")), "in:1")
    [message] = await claim(database)
    return message


async def recover(database: Database, account: str = TELEGRAM, epoch: int = 2) -> int:
    return await database.write(lambda conn: outbox.recover(conn, account, epoch, LATER))


async def test_an_accepted_message_keeps_the_platforms_id(database: Database, sending: Message) -> None:
    await ended(database, sending, Accepted("tg:77"))
    kept = await row(database, sending.id)
    assert (kept.state, kept.provider_id, kept.ended_at) == ("accepted", "tg:77", LATER)


async def test_what_was_surely_not_sent_is_ready_again_later(database: Database, sending: Message) -> None:
    then = await ended(database, sending, NotSent("429", retry_after=30))
    kept = await row(database, sending.id)
    assert (kept.state, kept.due_at, kept.retries, kept.reason) == ("ready", LATER + timedelta(seconds=30), 1, "429")
    assert (await row(database, sending.id + 1)).due_at == then.due_at
    assert kept.ended_at is None


async def test_a_refused_message_is_dead_with_its_reason(database: Database, sending: Message) -> None:
    await ended(database, sending, Refused("chat not found"))
    kept = await row(database, sending.id)
    assert (kept.state, kept.reason) == ("dead", "chat not found")


async def test_an_unclear_message_is_resent_once_and_counted(database: Database, sending: Message) -> None:
    await ended(database, sending, Ambiguous("read timeout"))
    kept = await row(database, sending.id)
    assert (kept.state, kept.resends, kept.duplicate_possible) == ("ready", 1, True)
    [again] = await claim(database, now=MUCH_LATER)
    assert (again.id, again.attempt, again.resends) == (sending.id, 2, 1)
    await ended(database, again, Ambiguous("read timeout"), MUCH_LATER)
    assert (await row(database, sending.id)).state == "unknown"
    async with database.read() as conn:
        assert await outbox.counts(conn) == {
            (TELEGRAM, "ready"): 1,
            (TELEGRAM, "unknown"): 1,
            (TELEGRAM, "duplicate_possible"): 1,
        }


async def test_an_outcome_of_an_older_attempt_does_not_count(database: Database, sending: Message) -> None:
    await ended(database, sending, NotSent("no connection"))
    [again] = await claim(database, now=MUCH_LATER)
    await ended(database, sending, Refused("late news"))
    assert (await row(database, sending.id)).state == "sending"
    await ended(database, again, Accepted("2"))
    await ended(database, again, Refused("told twice"))
    assert (await row(database, sending.id)).state == "accepted"


async def test_an_acceptance_counts_even_after_another_owner_gave_the_attempt_up(
    database: Database, sending: Message
) -> None:
    assert await recover(database) == 1
    assert (await row(database, sending.id)).state == "ready"
    await ended(database, sending, Accepted("1"))
    assert (await row(database, sending.id)).state == "accepted"


async def test_an_acceptance_counts_even_after_a_cancellation(database: Database, sending: Message) -> None:
    await recover(database)
    anna = await somebody(database)
    await record(database, Decision(subscriber=anna, cancel=frozenset({EVERYTHING})), "in:stop")
    assert await states(database) == ["cancelled", "cancelled"]
    await ended(database, sending, NotSent("late news"))
    assert (await row(database, sending.id)).state == "cancelled"
    await ended(database, sending, Accepted("1"))
    assert await states(database) == ["accepted", "cancelled"]


async def test_outcomes_are_written_in_groups_and_counted(database: Database) -> None:
    people = [await somebody(database, number) for number in range(1, 6)]
    for who in people:
        await record(database, sends(who, reply()), f"in:{who.id}")
    claimed = await claim(database)
    outcomes = [(message, after(message, Accepted("x"), LATER, 0.5)) for message in claimed]
    stale = (replace(claimed[0], attempt=9), outcomes[0][1])
    counted = await database.write(lambda conn: outbox.record_outcomes(conn, [*outcomes, stale], LATER))
    assert counted == 5
    assert await states(database) == ["accepted"] * 5
    assert await database.write(lambda conn: outbox.record_outcomes(conn, [], LATER)) == 0


async def test_attempts_of_an_earlier_owner_become_unknown_and_are_resent_by_the_rule(database: Database) -> None:
    people = [await somebody(database, number) for number in (1, 2, 3)]
    await record(database, sends(people[0], reply()), "in:1")
    await record(database, sends(people[1], nudge(kind=Kind.NUDGE)), "plan:1")
    await record(database, sends(people[2], reply("of the new owner")), "in:2")
    await claim(database, limit=1)
    await claim(database, Lane.LESSON)
    await claim(database, epoch=2)
    assert await recover(database, epoch=2) == 2
    assert await states(database) == ["ready", "unknown", "sending"]
    assert await recover(database, epoch=2) == 0


async def test_recovery_gets_past_more_than_one_batch(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.outcomes._AT_ONCE", 2)
    for number in range(1, 6):
        who = await somebody(database, number)
        await record(database, sends(who, nudge(kind=Kind.NUDGE)), f"plan:{number}")
    assert len(await claim(database, Lane.LESSON)) == 5
    assert await recover(database) == 5
    assert await states(database) == ["unknown"] * 5


async def test_web_chat_attempts_are_left_alone(database: Database) -> None:
    visitor = await at(database, webchat())
    await record(database, sends(visitor, reply()), "in:1")
    [message] = await claim(database, account=WEBCHAT)
    await ended(database, message, Handed())
    assert await recover(database, WEBCHAT) == 0
    assert await states(database) == ["sending"]


async def test_what_is_over_expires_and_what_is_being_sent_waits_for_its_outcome(database: Database) -> None:
    anna, visitor = await somebody(database), await at(database, webchat())
    await record(database, sends(anna, reply("sent", expires=LATER), reply("waits", expires=LATER), reply()), "in:1")
    await record(database, sends(visitor, reply("shown to nobody", expires=LATER)), "in:2")
    await claim(database, now=NOW)
    await claim(database, account=WEBCHAT, now=NOW)
    assert await database.write(lambda conn: outbox.expire(conn, NOW, 10)) == 0
    assert await database.write(lambda conn: outbox.expire(conn, LATER, 1)) == 1
    assert await database.write(lambda conn: outbox.expire(conn, LATER, 10)) == 1
    assert await states(database) == ["sending", "expired", "ready", "expired"]


async def test_each_owner_of_an_account_has_a_higher_epoch(database: Database) -> None:
    async def own(owner: str) -> int:
        return await database.write(lambda conn: accounts.own(conn, OWNER, TELEGRAM, owner, NOW))

    assert [await own("a"), await own("b"), await own("a")] == [1, 2, 3]
    await database.write(
        lambda conn: accounts.set_state(conn, OWNER, TELEGRAM, accounts.AccountState.OFF, "wrong token")
    )
    async with database.read() as conn:
        assert await accounts.states(conn) == {TELEGRAM: (accounts.AccountState.OFF, "wrong token")}
    with pytest.raises(WrongPractice):
        await database.write(lambda conn: accounts.own(conn, STRANGER, TELEGRAM, "a", NOW))
    with pytest.raises(Missing):
        await database.write(lambda conn: accounts.set_state(conn, STRANGER, TELEGRAM, accounts.AccountState.ON))


async def cancelled_on_the_way(database: Database, message: Message, *topics: str, now: datetime = NOW) -> None:
    """The person has answered, or said STOP, while the message was being sent."""
    who = await database.write(lambda conn: subscribers.load(conn, OWNER, message.subscriber_id))
    await record(database, Decision(subscriber=who, cancel=frozenset(topics or {EVERYTHING})), "in:2", now)


async def test_what_was_cancelled_on_its_way_and_surely_not_sent_is_not_tried_again(
    database: Database, sending: Message
) -> None:
    await cancelled_on_the_way(database, sending)
    assert (await row(database, sending.id)).state == "sending"
    await ended(database, sending, NotSent("429", retry_after=30))
    kept = await row(database, sending.id)
    assert (kept.state, kept.due_at, kept.ended_at) == ("cancelled", sending.due_at, LATER)


async def test_what_was_cancelled_on_its_way_and_is_unclear_stays_unknown(database: Database, sending: Message) -> None:
    await cancelled_on_the_way(database, sending)
    await ended(database, sending, Ambiguous("reset"))
    kept = await row(database, sending.id)
    assert (kept.state, kept.duplicate_possible, kept.resends) == ("unknown", False, 0)


async def test_what_a_dead_owner_took_along_and_was_cancelled_since_stays_unknown(
    database: Database, sending: Message
) -> None:
    await cancelled_on_the_way(database, sending)
    assert await recover(database) == 1
    assert (await row(database, sending.id)).state == "unknown"


async def test_what_was_cancelled_on_its_way_and_arrived_is_accepted(database: Database, sending: Message) -> None:
    await cancelled_on_the_way(database, sending)
    await ended(database, sending, Accepted("tg:1"))
    assert (await row(database, sending.id)).state == "accepted"


async def test_an_answer_takes_back_only_what_was_asked_of_it(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, nudge()), "visit:1")
    [message] = await claim(database, Lane.LESSON)
    await cancelled_on_the_way(database, message, "followup:SLAAP")
    await ended(database, message, NotSent("connect"))
    assert (await row(database, message.id)).state == "ready"
    [message] = await claim(database, Lane.LESSON, now=LATER + timedelta(hours=1))
    await record(database, Decision(subscriber=anna, cancel=frozenset({"followup:HECHTING"})), "in:3")
    await ended(database, message, NotSent("connect"))
    assert (await row(database, message.id)).state == "cancelled"


async def test_help_in_danger_is_never_taken_back_on_its_way(database: Database) -> None:
    anna = await somebody(database)
    await record(database, sends(anna, reply("Bel 113", lane=Lane.CRISIS)), "in:1")
    [message] = await claim(database, Lane.CRISIS)
    await cancelled_on_the_way(database, message)
    await ended(database, message, NotSent("connect"))
    assert (await row(database, message.id)).state == "ready"


async def test_whatever_a_platform_gives_as_its_reason_can_be_written(database: Database, sending: Message) -> None:
    await ended(database, sending, Refused("a\x00b\ud800c"))
    kept = await row(database, sending.id)
    assert (kept.state, kept.reason) == ("dead", "a\ufffdb?c")


async def test_a_wait_of_the_platform_is_kept_for_a_while_and_not_by_a_clock_that_was_wrong(database: Database) -> None:
    async def asked(seconds: float, now: datetime) -> None:
        until = now + timedelta(seconds=seconds)
        await database.write(lambda conn: accounts.pause(conn, OWNER, TELEGRAM, until, now))

    async def until(now: datetime) -> datetime | None:
        async with database.read() as conn:
            return await accounts.paused_until(conn, OWNER, TELEGRAM, now)

    await database.write(lambda conn: accounts.own(conn, OWNER, TELEGRAM, "a", NOW))
    assert await until(NOW) is None
    await asked(30, NOW)
    await asked(10, NOW)
    assert await until(NOW) == NOW + timedelta(seconds=30)
    assert await until(NOW + timedelta(seconds=30)) is None
    await asked(86_400, NOW)
    assert await until(NOW) == NOW + accounts.KEPT
    yesterday = NOW - timedelta(days=1)
    assert await until(yesterday) is None
    await asked(30, yesterday)
    assert await until(yesterday) == yesterday + timedelta(seconds=30)

"""What comes in, told with a core that says what it heard."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.clock import SteppingClock
from bot.core.content.model import Practice
from bot.core.decision import AlertRoute, Decision, Join
from bot.core.delivery import NotSent, Outcome
from bot.core.floods import BURST
from bot.core.messages import Address, Button, Channel, Inbound, InboundKind, Kind, Outgoing
from bot.core.subscriber import AlarmState, Subscriber
from bot.core.turn import Reach
from bot.inbox import Core, Crisis, Inbox
from bot.inbox.aside import PRIVATE_ONLY, TOO_MUCH, WENT_WRONG
from bot.store import decisions, subscribers
from bot.store.database import Database
from bot.store.errors import DatabaseUnavailable
from bot.store.tables import AddressRow, AlertRow, InboundRow, SubscriberRow
from tests.fakes import PRACTICE, TELEGRAM, FakeChannel, address, database_at, inbound, library, outbox_rows

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
DANGER = "ik wil niet meer leven"
CRISIS_TEXT = "Bel 113, dag en nacht."


class Unforeseen(Exception):
    """What a message that nobody thought of does to the core."""


def respond(heard: Inbound, subscriber: Subscriber, practice: Practice, now: datetime, reach: Reach | None) -> Decision:
    if "BOEM" in heard.text:
        raise Unforeseen
    stopped = now if heard.text == "STOP" else subscriber.stopped_at
    said = Outgoing(text=f"je zei: {heard.text or heard.action}", buttons=(Button("Gedaan", "done:HECHTING"),))
    return Decision(
        subscriber=replace(subscriber, stopped_at=stopped, last_inbound_at=now), messages=(said,), next_at=TOMORROW
    )


def joined(subscriber: Subscriber, practice: Practice, now: datetime) -> Decision:
    return Decision(subscriber=subscriber, messages=(Outgoing(text="Fijn, hier ben je."),))


def crisis(text: str, recent: Sequence[str], practice: Practice | None, now: datetime) -> Crisis | None:
    if DANGER not in text:
        return None
    alarm = AlarmState(tier="B", third_party=False, rule="test", at=now, last_at=now)
    return Crisis(text=CRISIS_TEXT, buttons=(), alarm=alarm)


CORE = Core(
    respond=respond,
    joined=joined,
    next_at=lambda *_: TOMORROW,
    is_stop=lambda text: text == "STOP",
    crisis=crisis,
)


class House:
    """An inbox with everything around it that a story may want to look at."""

    def __init__(self, database: Database, core: Core = CORE) -> None:
        self.database = database
        self.channel = FakeChannel()
        self.clock = SteppingClock(NOW, 1)
        self.seconds = 1000.0
        self.woken: list[tuple[set[str], datetime | None]] = []
        self.committed = asyncio.Event()
        self.inbox = self.made_with(core)

    def made_with(self, core: Core, reach: Reach = Reach()) -> Inbox:  # noqa: B008 -- a frozen value
        return Inbox(
            self.database,
            library,
            self.clock,
            self.wake,
            lambda *_: reach,
            core=core,
            channels={TELEGRAM: self.channel},
            real_seconds=lambda: self.seconds,
        )

    def wake(self, accounts: Collection[str], next_at: datetime | None) -> None:
        self.woken.append((set(accounts), next_at))
        self.clock.limit(self.clock.now() if accounts else next_at)
        self.committed.set()

    async def receives(self, *batch: Inbound) -> None:
        await self.inbox.receive(PRACTICE, batch)

    async def said(self) -> list[str]:
        return [row.text for row in await outbox_rows(self.database)]

    async def count(self, what: type[SubscriberRow | InboundRow | AddressRow]) -> int:
        async with self.database.read() as conn:
            return await conn.scalar(select(func.count()).select_from(what)) or 0

    async def subscriber(self, who: Address | None = None) -> Subscriber:
        async def load(conn: AsyncConnection) -> Subscriber:
            return await subscribers.find_or_create(conn, PRACTICE, who or address(), zone="Europe/Amsterdam", now=NOW)

        return await self.database.write(load)


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with database_at(database_url) as database:
        made = House(database)
        yield made
        await made.inbox.close()


async def test_a_message_is_answered_and_the_worker_is_woken_after_the_commit(house: House) -> None:
    await house.receives(inbound("HECHTING", id="1"))
    [row] = await outbox_rows(house.database)
    assert (row.text, row.cause, row.state) == ("je zei: HECHTING", f"in:{TELEGRAM}:1", "ready")
    assert house.woken == [({TELEGRAM}, TOMORROW)]


async def test_an_update_that_comes_twice_is_handled_once(house: House) -> None:
    await house.receives(inbound("HECHTING", id="1"))
    with capture_logs() as logged:
        await house.receives(inbound("HECHTING", id="1"), inbound("HECHTING", id="1"))
    assert await house.said() == ["je zei: HECHTING"]
    assert len(house.woken) == 1
    assert logged == []


async def test_five_copies_at_the_same_moment_have_one_effect(house: House) -> None:
    await asyncio.gather(*(house.receives(inbound("HECHTING", id="1")) for _ in range(5)))
    assert await house.said() == ["je zei: HECHTING"]
    assert await house.count(SubscriberRow) == 1


async def test_a_batch_of_several_people_is_answered_in_each_ones_order(house: House) -> None:
    batch = [inbound(f"{n}", id=str(n), sender=address(str(n % 3))) for n in range(9)]
    await house.receives(*batch)
    said = await house.said()
    assert sorted(said) == [f"je zei: {n}" for n in range(9)]
    for person in range(3):
        own = [text for text in said if int(text[-1]) % 3 == person]
        assert own == sorted(own)


async def test_one_message_that_breaks_the_core_is_kept_and_its_neighbours_are_answered(house: House) -> None:
    batch = [inbound("BOEM" if n == 57 else str(n), id=str(n), sender=address(str(n))) for n in range(100)]
    await house.receives(*batch)
    said = await house.said()
    assert len(said) == 100
    assert said.count(WENT_WRONG) == 1
    async with house.database.read() as conn:
        poisoned = (await conn.scalars(select(InboundRow.external_id).where(InboundRow.poisoned))).all()
    assert poisoned == ["57"]


async def test_what_broke_once_is_not_tried_again_when_the_platform_repeats_it(house: House) -> None:
    for _ in range(3):
        await house.receives(inbound("BOEM", id="1"))
    assert await house.said() == [WENT_WRONG]


async def test_the_kind_line_after_a_failure_comes_once_in_ten_minutes(house: House) -> None:
    await house.receives(inbound("BOEM", id="1"), inbound("BOEM!", id="2"))
    assert await house.said() == [WENT_WRONG]


async def test_a_failure_costs_nobody_the_next_step(house: House) -> None:
    await house.receives(inbound("BOEM", id="1"))
    async with house.database.read() as conn:
        assert await conn.scalar(select(SubscriberRow.next_at)) == TOMORROW


async def test_somebody_in_danger_gets_help_even_when_the_message_breaks_the_core(house: House) -> None:
    await house.receives(inbound(f"BOEM {DANGER}", id="1"))
    [row] = await outbox_rows(house.database)
    assert (row.text, row.kind) == (CRISIS_TEXT, Kind.ALARM.value)
    after = await house.subscriber()
    assert after.alarm is not None
    async with house.database.read() as conn:
        assert await conn.scalar(select(SubscriberRow.next_at)) is None


async def test_the_practice_is_told_of_an_alarm_that_broke_the_handling_once(house: House) -> None:
    inbox = house.made_with(CORE, Reach(alerts=(AlertRoute.MAIL,)))
    for number in range(3):
        await inbox.receive(PRACTICE, [inbound(f"BOEM {DANGER}", id=str(number))])
    async with house.database.read() as conn:
        assert list(await conn.scalars(select(AlertRow.tier))) == ["B"]
    assert "alerts" in house.woken[0][0] and "alerts" not in house.woken[1][0]


async def test_an_alarm_that_stands_gets_no_lighter_by_a_message_that_breaks_the_core(house: House) -> None:
    await house.receives(inbound(f"BOEM {DANGER}", id="1"))

    def lighter(*given: Any) -> Crisis | None:
        found = crisis(*given)
        return replace(found, alarm=replace(found.alarm, tier="C")) if found is not None else None

    await house.made_with(replace(CORE, crisis=lighter)).receive(PRACTICE, [inbound(f"BOEM {DANGER}", id="2")])
    after = await house.subscriber()
    assert after.alarm is not None and after.alarm.tier == "B"


async def test_a_tap_means_what_our_own_row_says(house: House) -> None:
    await house.receives(inbound("HECHTING", id="1"))
    [row] = await outbox_rows(house.database)
    tap = inbound(id="2", kind=InboundKind.BUTTON, message_id=row.id, button=0)
    await house.receives(replace(tap, action="erase:everything"))
    assert (await house.said())[1] == "je zei: done:HECHTING"
    await house.channel.until(lambda: len(house.channel.acknowledged) == 1)


@pytest.mark.parametrize(("message_id", "button"), [(10_000, 0), (1, 99), (None, None), (1, -1), (2**70, 0)])
async def test_a_tap_on_a_button_that_never_was_means_nothing(
    house: House, message_id: int | None, button: int | None
) -> None:
    await house.receives(inbound("HECHTING", id="1"))
    await house.receives(inbound(id="2", kind=InboundKind.BUTTON, message_id=message_id, button=button))
    assert (await house.said())[1] == "je zei: "


async def test_a_tap_on_somebody_elses_button_means_nothing(house: House) -> None:
    await house.receives(inbound("HECHTING", id="1"))
    [row] = await outbox_rows(house.database)
    stranger = address("9999")
    await house.receives(inbound(id="2", sender=stranger, kind=InboundKind.BUTTON, message_id=row.id, button=0))
    assert (await house.said())[1] == "je zei: "


async def test_somebody_who_blocks_the_bot_becomes_unreachable_until_they_write_again(house: House) -> None:
    await house.receives(inbound("hoi", id="1"))
    await house.receives(inbound(id="2", kind=InboundKind.BLOCKED))
    async with house.database.read() as conn:
        assert await conn.scalar(select(SubscriberRow.reachable)) is False
    await house.receives(inbound("ik ben er weer", id="3"))
    async with house.database.read() as conn:
        assert await conn.scalar(select(SubscriberRow.reachable)) is True


async def test_a_stranger_who_blocks_the_bot_becomes_nobody(house: House) -> None:
    await house.receives(inbound(id="1", kind=InboundKind.BLOCKED))
    assert await house.count(SubscriberRow) == 0


async def test_a_group_gets_one_kind_line_and_is_nobodys_chat(house: House) -> None:
    group = address("-100200")
    for n in range(3):
        await house.receives(inbound("HECHTING", id=str(n), sender=group, kind=InboundKind.GROUP))
    await house.channel.until(lambda: bool(house.channel.sent))
    await house.inbox.close()
    assert house.channel.texts == [PRIVATE_ONLY]
    assert [left.kind for left in house.channel.acknowledged] == [InboundKind.GROUP]
    assert await house.count(SubscriberRow) == 0
    assert await house.said() == []


async def test_many_groups_at_once_do_not_use_up_what_people_may_get(house: House) -> None:
    groups = [inbound("hoi", id=str(n), sender=address(f"-{n}"), kind=InboundKind.GROUP) for n in range(40)]
    await house.receives(*groups)
    await house.inbox.close()
    assert len(house.channel.sent) == 10


async def test_a_shape_that_nobody_knows_is_kept_and_does_nothing(house: House) -> None:
    await house.receives(inbound(id="1", kind=InboundKind.UNKNOWN))
    assert await house.count(InboundRow) == 1
    assert await house.count(SubscriberRow) == 0
    assert house.woken == []


async def test_a_one_time_code_joins_the_new_address_to_the_same_person(house: House) -> None:
    at_home = Address(Channel.WEBCHAT, f"{PRACTICE}:webchat", "browser")
    there = await house.subscriber(at_home)

    async def make_code(conn: AsyncConnection) -> None:
        decision = Decision(subscriber=there, join=Join(code="EENMALIG", channel=Channel.TELEGRAM))
        await decisions.record(conn, PRACTICE, decision, "in:test:0", NOW, "v1")

    await house.database.write(make_code)
    await house.receives(inbound(id="1", kind=InboundKind.START, payload="EENMALIG"))
    [row] = await outbox_rows(house.database)
    assert (row.text, row.account) == ("Fijn, hier ben je.", TELEGRAM)
    assert await house.count(SubscriberRow) == 1


async def test_a_link_that_is_no_one_time_code_is_a_start_like_any_other(house: House) -> None:
    await house.receives(inbound("HECHTING", id="1", kind=InboundKind.START, payload="camp-7"))
    assert await house.said() == ["je zei: HECHTING"]


async def test_a_flood_is_stored_told_once_and_otherwise_silent(house: House) -> None:
    for n in range(BURST + 10):
        await house.receives(inbound(f"bericht {n}", id=str(n)))
    said = await house.said()
    assert len(said) == BURST + 1
    assert said[-1] == TOO_MUCH
    assert await house.count(InboundRow) == BURST + 10


async def test_in_a_flood_danger_is_heard_and_stop_is_obeyed(house: House) -> None:
    await house.receives(*(inbound(f"bericht {n}", id=str(n)) for n in range(BURST + 5)))
    before = len(await house.said())
    await house.receives(inbound(DANGER, id="danger"), inbound("STOP", id="stop"), inbound("STOP", id="stop again"))
    assert (await house.said())[before:] == [f"je zei: {DANGER}", "je zei: STOP"]
    assert (await house.subscriber()).stopped_at is not None


async def test_what_a_flood_says_is_still_there_for_the_next_safety_check(house: House) -> None:
    await house.receives(*(inbound(f"bericht {n}", id=f"{n:03}") for n in range(BURST + 5)))
    assert [text for _, text in (await house.subscriber()).recent][-1] == f"bericht {BURST + 4}"


async def test_the_clock_stands_still_while_a_message_is_handled(database_url: str) -> None:
    async with database_at(database_url) as database:
        house = House(database)
        moments: list[datetime] = []

        def look_twice(
            heard: Inbound, subscriber: Subscriber, practice: Practice, now: datetime, reach: Reach | None
        ) -> Decision:
            moments.extend([now, house.clock.now()])
            return respond(heard, subscriber, practice, now, reach)

        house.clock.limit(None)
        house.clock.set_speed(20_000)
        await house.made_with(replace(CORE, respond=look_twice)).receive(PRACTICE, [inbound("hoi", id="1")])
        assert moments[0] == moments[1]
        # What was just said has to go out before time goes on.
        assert house.clock.now() == moments[0]


async def test_who_hangs_up_is_answered_all_the_same(house: House) -> None:
    handling = asyncio.create_task(house.receives(inbound("HECHTING", id="1")))
    await asyncio.sleep(0)
    handling.cancel()
    async with asyncio.timeout(10):
        await house.committed.wait()
    assert await house.said() == ["je zei: HECHTING"]


async def test_an_update_for_another_practice_is_refused(house: House) -> None:
    with pytest.raises(ValueError, match="another"):
        await house.inbox.receive("hersenz", [inbound("hoi", id="1")])
    await house.inbox.deliver([inbound("hoi", id="2")])
    assert await house.said() == ["je zei: hoi"]


class AwayDatabase(Database):
    """A database that is not there."""

    def __init__(self) -> None:
        """Opens nothing."""

    async def write(self, work: object, *, urgent: bool = False) -> None:  # type: ignore[override]
        raise DatabaseUnavailable("the disk is full")


async def test_without_a_database_somebody_in_danger_is_answered_at_once_and_once() -> None:
    house = House(AwayDatabase())
    for _ in range(4):
        with pytest.raises(DatabaseUnavailable):
            await house.receives(inbound(DANGER, id="1"), inbound("HECHTING", id="2", sender=address("5")))
    assert [(message.text, message.address) for message in house.channel.sent] == [(CRISIS_TEXT, address())]
    house.seconds += 601
    with pytest.raises(DatabaseUnavailable):
        await house.receives(inbound(DANGER, id="1"))
    assert len(house.channel.sent) == 2
    assert house.woken == []


@pytest.mark.parametrize("failure", [NotSent("429", 1.0, whole_account=True), Unforeseen()])
async def test_help_that_surely_did_not_go_out_is_tried_again_when_the_platform_posts_again(
    failure: Outcome | Exception,
) -> None:
    house = House(AwayDatabase())
    house.channel.answers = [failure]
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            await house.receives(inbound(DANGER, id="1"))
    assert [message.text for message in house.channel.sent] == [CRISIS_TEXT, CRISIS_TEXT]


async def test_a_safety_check_that_breaks_too_leaves_nobody_without_the_numbers(database_url: str) -> None:
    def broken(text: str, recent: Sequence[str], practice: Practice | None, now: datetime) -> Crisis | None:
        raise Unforeseen

    async with database_at(database_url) as database:
        house = House(database, replace(CORE, crisis=broken))
        await house.receives(inbound("BOEM", id="1"))
        [said] = await house.said()
        assert "112" in said
        assert "113" in said

"""What has been kept long enough goes, by each practice's own days (`bot.core.retention`).

Each rule finds some rows with a reader and ends them in one small transaction, until it finds none: on SQLite nobody
waits long for it, and who is killed in the middle goes on the next time. Open messages are never touched.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Kind
from bot.core.retention import SHORTEST_DEDUPE_DAYS, Retention
from bot.core.subscriber import EnrollmentState
from bot.store import erasure
from bot.store.database import Database
from bot.store.dialect import insert_into
from bot.store.rows import NO_BODY
from bot.store.tables import (
    AlertRow,
    AnswerRow,
    ConsentProofRow,
    EnrollmentRow,
    EventRow,
    InboundRow,
    LookRow,
    MessageRow,
    MetaRow,
    SubscriberRow,
)
from bot.store.waiting import drop_waiting

AT_ONCE: Final = 500
PEOPLE_AT_ONCE: Final = 20
_LAST_RUN: Final = "retention_on"
_AROUND_ALARM: Final = (timedelta(hours=24), timedelta(minutes=10))
"""What was said this long after, and this long before, counts as said in the crisis."""
_RECENT_FOR: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365.25)
_ENDED: Final = tuple(
    state.value for state in MessageState if state not in {MessageState.READY, MessageState.SENDING, MessageState.HELD}
)
_NOTHING_SAID: Final = {"text": None, "payload": "", "message_id": None, "button": None, "seq": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doings:
    """How many rows each rule ended."""

    bodies: int = 0
    inbound: int = 0
    answers: int = 0
    waiting: int = 0
    events: int = 0
    records: int = 0
    people: int = 0
    proofs: int = 0
    looks: int = 0

    def __add__(self, other: Doings) -> Doings:
        return Doings(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Job:
    """The rules for one practice at one moment. `now` is by the bot's clock, `real_now` by the world's."""

    database: Database
    practice: str
    days: Retention
    now: datetime
    real_now: datetime

    async def run(self) -> Doings:
        """Raises DatabaseUnavailable; what was done so far stays done."""
        return Doings(
            bodies=await self._bodies(),
            inbound=await self._inbound(),
            answers=await self._answers(),
            waiting=await drop_waiting(self.database, self.practice, self._ago(self.days.waiting)),
            events=await self._alarms(),
            records=await self._records(),
            people=await self._people(),
            proofs=await self._proofs(),
            looks=await self._looks(),
        )

    async def _bodies(self) -> int:
        """What the bot wrote; in a crisis sooner. The row stays, to tell that something was sent."""
        of_alarm = MessageRow.kind == Kind.ALARM.value
        over = or_(
            MessageRow.created_at < self._ago(self.days.texts),
            and_(of_alarm, MessageRow.created_at < self._ago(self.days.crisis)),
        )
        has_body = MessageRow.body != NO_BODY
        ended = MessageRow.state.in_(_ENDED)
        found = select(MessageRow.id).where(MessageRow.practice == self.practice, has_body, ended, over)
        return await self._update(found, MessageRow, {"body": NO_BODY, "seq": 0}, ended)

    async def _inbound(self) -> int:
        """What the person wrote or tapped. The row stays for as long as a platform may send it again."""
        says = or_(InboundRow.text.is_not(None), InboundRow.payload != "", InboundRow.button.is_not(None))
        of_practice = InboundRow.practice == self.practice
        after, before = _AROUND_ALARM
        # Written for an index: an alarm of the same person not long before, or just after.
        near_alarm = exists().where(
            EventRow.subscriber_id == InboundRow.subscriber_id,
            EventRow.kind == "alarm",
            _within(EventRow.at, InboundRow.received_at, after, before, sqlite=self.database.is_sqlite),
        )
        unconsented = not_(
            exists().where(SubscriberRow.id == InboundRow.subscriber_id, _keeps_answers(sqlite=self.database.is_sqlite))
        )
        over = or_(
            InboundRow.received_at < self._ago(self.days.texts),
            and_(InboundRow.received_at < self._ago(self.days.crisis), near_alarm),
            and_(InboundRow.received_at < self._ago(min(self.days.unconsented, self.days.texts)), unconsented),
        )
        emptied = await self._update(
            select(InboundRow.id).where(of_practice, says, over), InboundRow, _NOTHING_SAID, true()
        )
        known_for = max(self.days.texts, SHORTEST_DEDUPE_DAYS)
        old = select(InboundRow.id).where(of_practice, InboundRow.received_at < self._ago(known_for))
        return emptied + await self._delete(old, InboundRow)

    async def _answers(self) -> int:
        """Free text only: numbers and choices stay for as long as the person lets them be kept."""
        old = and_(AnswerRow.text.is_not(None), AnswerRow.at < self._ago(self.days.texts))
        found = select(AnswerRow.id).where(AnswerRow.practice == self.practice, old)
        return await self._update(found, AnswerRow, {"text": None}, true())

    async def _alarms(self) -> int:
        """After its days an alarm is a count of the practice, and nobody's any more. A day later than the texts around
        it, which are found by it. The few texts that the safety check keeps by it go after a day of silence."""
        old = EventRow.at < self._ago(self.days.crisis) - _AROUND_ALARM[0]
        of_alarm = EventRow.kind.startswith("alarm")
        found = select(EventRow.id).where(
            EventRow.practice == self.practice, EventRow.subscriber_id.is_not(None), of_alarm, old
        )
        counted = await self._update(found, EventRow, {"subscriber_id": None, "cause": ""}, true())
        told = AlertRow.state.in_(_ENDED)
        alerts = select(AlertRow.id).where(
            AlertRow.practice == self.practice, told, AlertRow.at < self._ago(self.days.crisis) - _AROUND_ALARM[0]
        )
        counted += await self._delete(alerts, AlertRow)
        silent = SubscriberRow.last_inbound_at < self.now - _RECENT_FOR
        heard = and_(SubscriberRow.recent.is_not(None), silent)
        recent = select(SubscriberRow.id).where(SubscriberRow.practice == self.practice, heard)
        return counted + await self._update(recent, SubscriberRow, {"recent": None}, silent)

    async def _records(self) -> int:
        before = self._ago(self.days.records)
        of_practice = MessageRow.practice == self.practice
        ended = MessageRow.state.in_(_ENDED)
        messages = select(MessageRow.id).where(of_practice, MessageRow.created_at < before, ended)
        events = select(EventRow.id).where(EventRow.practice == self.practice, EventRow.at < before)
        return await self._delete(messages, MessageRow) + await self._delete(events, EventRow)

    async def _people(self) -> int:
        """Who was silent for so long and has nothing running is erased as if asked for: with proof and tombstone."""
        return await self._in_parts(self._silent(), PEOPLE_AT_ONCE, self._erase)

    def _silent(self) -> Select[int]:
        runs = exists().where(
            EnrollmentRow.subscriber_id == SubscriberRow.id, EnrollmentRow.state == EnrollmentState.ACTIVE.value
        )
        last_word = func.coalesce(SubscriberRow.last_inbound_at, SubscriberRow.created_at)
        return select(SubscriberRow.id).where(
            SubscriberRow.practice == self.practice,
            SubscriberRow.next_at.is_(None),
            last_word < self._ago(self.days.people),
            not_(runs),
        )

    async def _erase(self, conn: AsyncConnection, ids: Sequence[int]) -> int:
        # Asked once more under the lock: somebody may have written in between.
        still = self._silent().where(SubscriberRow.id.in_(ids)).with_for_update(of=SubscriberRow)
        silent = list(await conn.scalars(still))
        for subscriber_id in silent:
            await erasure.erase_person(conn, self.practice, subscriber_id, self.days.proof_years, self.now)
        return len(silent)

    async def _proofs(self) -> int:
        over = ConsentProofRow.kept_until < self.now
        found = select(ConsentProofRow.id).where(ConsentProofRow.practice == self.practice, over)
        return await self._delete(found, ConsentProofRow)

    async def _looks(self) -> int:
        over = LookRow.at < self.real_now - self.days.audit_years * _YEAR
        return await self._delete(select(LookRow.id).where(LookRow.practice == self.practice, over), LookRow)

    def _ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    async def _update(
        self, found: Select[int], table: type[Any], values: dict[str, Any], still: ColumnElement[bool]
    ) -> int:
        async def end(conn: AsyncConnection, ids: Sequence[int]) -> int:
            return (await conn.execute(update(table).where(table.id.in_(ids), still).values(**values))).rowcount

        return await self._in_parts(found, AT_ONCE, end)

    async def _delete(self, found: Select[int], table: type[Any]) -> int:
        async def end(conn: AsyncConnection, ids: Sequence[int]) -> int:
            return (await conn.execute(delete(table).where(table.id.in_(ids)))).rowcount

        return await self._in_parts(found, AT_ONCE, end)

    async def _in_parts(
        self, found: Select[int], at_once: int, end: Callable[[AsyncConnection, Sequence[int]], Awaitable[int]]
    ) -> int:
        """Forward by id, so that a row that cannot be ended does not hold up those behind it."""
        [column] = found.selected_columns
        ended, after = 0, 0
        while True:
            async with self.database.read() as conn:
                ids = list(await conn.scalars(found.where(column > after).order_by(column).limit(at_once)))
            if not ids:
                return ended
            ended += await self.database.write(partial(_called, end, ids))
            after = ids[-1]


async def _called(
    end: Callable[[AsyncConnection, Sequence[int]], Awaitable[int]], ids: Sequence[int], conn: AsyncConnection
) -> int:
    return await end(conn, ids)


async def practices_with_people(conn: AsyncConnection) -> list[str]:
    """Also those whose content is no longer there: what is kept of their people has to go all the same."""
    return list(await conn.scalars(select(SubscriberRow.practice).distinct().order_by(SubscriberRow.practice)))


async def last_run(conn: AsyncConnection) -> str:
    """The date (ISO, UTC, by the bot's clock) of the last whole run; empty before the first."""
    return await conn.scalar(select(MetaRow.value).where(MetaRow.key == _LAST_RUN)) or ""


async def note_run(conn: AsyncConnection, on: str) -> None:
    noted = insert_into(conn, MetaRow).values(key=_LAST_RUN, value=on)
    await conn.execute(noted.on_conflict_do_update(index_elements=["key"], set_={"value": on}))


def _keeps_answers(*, sqlite: bool) -> ColumnElement[bool]:
    """Consent 2, as the memory has it."""
    if sqlite:
        return func.coalesce(func.json_extract(SubscriberRow.memory, "$.consents.answers.given"), 0) == 1
    return func.coalesce(cast(SubscriberRow.memory, JSON)[("consents", "answers", "given")].astext, "") == "true"


def _within(alarm: Any, said: Any, after: timedelta, before: timedelta, *, sqlite: bool) -> ColumnElement[bool]:
    """Whether something was said at most `after` an alarm or `before` it."""
    if sqlite:
        day = func.julianday(said) - func.julianday(alarm)
        return and_(day <= after / timedelta(days=1), day >= -(before / timedelta(days=1)))
    return and_(said <= alarm + literal(after, Interval()), said >= alarm - literal(before, Interval()))

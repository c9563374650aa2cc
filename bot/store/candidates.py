"""The one statement of a claim: which messages may start right now, over several lanes at once."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.core.delivery import MessageState
from bot.core.messages import Lane
from bot.store.dialect import is_among
from bot.store.rows import is_ready
from bot.store.tables import AccountRow, AddressRow, MessageRow, SubscriberRow

SILENCED: Final = "silenced"
"""The reason of an unasked message that was cancelled at its claim: STOP, alarm, takeover or an unreachable address."""
UNASKED_LANES: Final = frozenset({Lane.LESSON, Lane.BROADCAST})
"""Where nobody waits for an answer."""
_NOW: Final = bindparam("its_now", type_=MessageRow.due_at.type)


@cache
def taking(lanes: tuple[Lane, ...], sqlite: bool, webchat: bool) -> ReturningUpdate[*tuple[Any, ...]]:  # noqa: FBT001 -- facts
    """One statement, built once: it marks the chosen rows and returns them as they are then. What RETURNING knows of
    other tables it has from a subquery: SQLite's knows only the updated table."""
    # Both databases walk an index to its first rows for one lane; for several lanes at once they would sort them all.
    first = union_all(*(select(_first_of(lane, sqlite, webchat).subquery()) for lane in lanes))
    candidates = first.cte("candidates").prefix_with("MATERIALIZED", dialect="postgresql")
    order = (candidates.c.lane, candidates.c.due_at, candidates.c.id)
    one_each = select(
        candidates,
        func.row_number().over(partition_by=candidates.c.address_id, order_by=order).label("of_address"),
    ).subquery()
    is_bulk = one_each.c.lane.in_([literal_column(str(lane.value)) for lane in sorted(UNASKED_LANES)])
    order = (one_each.c.lane, one_each.c.due_at, one_each.c.id)
    counted = (
        select(
            one_each.c.id,
            one_each.c.silenced,
            is_bulk.label("is_bulk"),
            func.row_number().over(order_by=order).label("place"),
            func.sum(case((is_bulk, 1), else_=0)).over(order_by=order).label("nth_unasked"),
        )
        .where(one_each.c.of_address == 1)
        .subquery()
    )
    chosen = (
        select(counted.c.id, counted.c.silenced)
        .where(
            counted.c.place <= bindparam("its_limit", type_=Integer),
            or_(not_(counted.c.is_bulk), counted.c.nth_unasked <= bindparam("its_room", type_=Integer)),
        )
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    external_id = select(AddressRow.external_id).where(AddressRow.id == MessageRow.address_id).correlate(MessageRow)
    return (
        update(MessageRow)
        .where(MessageRow.id == chosen.c.id)
        .values(_marks(chosen.c.silenced))
        .returning(
            MessageRow.id,
            MessageRow.practice,
            MessageRow.subscriber_id,
            MessageRow.address_id,
            MessageRow.account,
            MessageRow.kind,
            MessageRow.lane,
            MessageRow.body,
            MessageRow.unasked,
            MessageRow.state,
            MessageRow.attempt,
            MessageRow.resends,
            MessageRow.retries,
            MessageRow.due_at,
            MessageRow.expires_at,
            MessageRow.created_at,
            MessageRow.seq,
            external_id.scalar_subquery().label("external_id"),
        )
    )


def _first_of(lane: Lane, sqlite: bool, webchat: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 -- facts
    newer_owner = exists().where(
        AccountRow.account == bindparam("its_account"),
        AccountRow.epoch > bindparam("its_fence", type_=BigInteger),
    )
    return (
        select(
            MessageRow.id,
            MessageRow.address_id,
            MessageRow.lane,
            MessageRow.due_at,
            silenced(lane).label("silenced"),
        )
        .join(SubscriberRow, SubscriberRow.id == MessageRow.subscriber_id)
        .join(AddressRow, AddressRow.id == MessageRow.address_id)
        .where(
            MessageRow.account == bindparam("its_account"),
            MessageRow.lane == literal_column(str(lane.value)),
            is_ready(),
            MessageRow.due_at <= _NOW,
            MessageRow.expires_at > _NOW,
            not_(is_among(MessageRow.address_id, "avoided", sqlite=sqlite)),
            not_(newer_owner),
            not_(_earlier_of_decision(webchat)),
            not_(_earlier_of_address()),
        )
        .order_by(MessageRow.due_at, MessageRow.id)
        .limit(bindparam("its_limit", type_=Integer))
        # Numbering a web chat writes the address too: both are locked here, where locking waits for nobody.
        .with_for_update(of=[MessageRow, AddressRow] if webchat else MessageRow, skip_locked=True)
    )


def silenced(lane: Lane) -> ColumnElement[bool]:
    """Whether a message of the lane may not go to its person, or its address, at this moment."""
    reasons: list[ColumnElement[bool]] = [
        SubscriberRow.stopped_at.is_not(None),
        SubscriberRow.reachable.is_(False),
        AddressRow.reachable.is_(False),
    ]
    if lane is not Lane.CRISIS:
        reasons += [SubscriberRow.alarm_tier != literal_column("''"), SubscriberRow.taken_over.is_(True)]
    return and_(MessageRow.unasked, or_(*reasons))


def _earlier_of_decision(webchat: bool) -> ColumnElement[bool]:  # noqa: FBT001 -- a fact, no switch
    """A web chat's row stays `sending` until the browser saw it, which the next one does not wait for."""
    earlier = aliased(MessageRow)
    ready = and_(earlier.state == literal_column("'ready'"), earlier.expires_at > _NOW)
    unfinished = ready if webchat else or_(ready, earlier.state == literal_column("'sending'"))
    return (
        select(earlier.id)
        .where(
            earlier.practice == MessageRow.practice,
            earlier.cause == MessageRow.cause,
            earlier.n < MessageRow.n,
            unfinished,
        )
        .correlate(MessageRow)
        .exists()
    )


def _earlier_of_address() -> ColumnElement[bool]:
    """Within the lane only. Rows wait for rows with a lower (due, id) alone, so they never wait in a circle."""
    earlier = aliased(MessageRow)
    return (
        select(earlier.id)
        .where(
            earlier.address_id == MessageRow.address_id,
            earlier.lane == MessageRow.lane,
            earlier.state == literal_column("'ready'"),
            earlier.expires_at > _NOW,
            or_(
                earlier.due_at < MessageRow.due_at,
                and_(earlier.due_at == MessageRow.due_at, earlier.id < MessageRow.id),
            ),
        )
        .correlate(MessageRow)
        .exists()
    )


def _marks(silenced: ColumnElement[bool]) -> dict[str, Any]:
    def either(if_silenced: object, if_sent: object) -> ColumnElement[Any]:
        return case((silenced, if_silenced), else_=if_sent)

    return {
        "state": either(MessageState.CANCELLED.value, MessageState.SENDING.value),
        "attempt": either(MessageRow.attempt, MessageRow.attempt + 1),
        "epoch": bindparam("its_epoch", type_=BigInteger),
        "reason": either(SILENCED, ""),
        "started_at": either(null(), _NOW),
        "ended_at": either(_NOW, null()),
    }

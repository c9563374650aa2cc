"""Who sends for an account. One worker owns it at a time; each new owner has a higher epoch, which claims carry.

An owner is named by its row in `workers`, whose lease is what ends: so a worker renews one row, however many accounts
it owns (`bot.store.workers`). An owner without a running lease there, and the owner '', are nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, all_, any_, bindparam, func, literal, not_, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.delivery import MessageState
from bot.core.messages import Channel
from bot.store.dialect import insert_into
from bot.store.errors import Missing, WrongPractice
from bot.store.rows import in_state
from bot.store.tables import AccountRow, MessageRow

NOBODY: Final = ""
KEPT: Final = timedelta(minutes=15)
"""How long a wait that a platform asked for is kept to by the next one who sends: it asks again, should that be too
short."""
_TEXTS: Final = postgresql.ARRAY(Text())
_LIVING: Final = all_(bindparam("living", type_=_TEXTS))


class AccountState(StrEnum):
    ON = "on"
    OFF = "off"
    """The platform refuses it; somebody has to mend its settings."""
    PAUSED = "paused"


_FRESH: Final = {"state": AccountState.ON.value, "reason": ""}


async def own(conn: AsyncConnection, practice: str, account: str, owner: str, now: datetime) -> int:
    """Takes the account for `owner` from `now`, whoever had it, and returns the new epoch. For a process that is the
    only one (SQLite); several `take`. Attempts of earlier epochs that are still `sending` are `outbox.recover`'s.
    Raises WrongPractice."""
    if account.partition(":")[0] != practice:
        raise WrongPractice("the account is another practice's")
    mine = {"owner": owner, "owned_since": now, **_FRESH}
    epoch = await conn.scalar(
        insert_into(conn, AccountRow)
        .values(account=account, practice=practice, epoch=1, **mine)
        .on_conflict_do_update(index_elements=["account"], set_={"epoch": AccountRow.epoch + 1, **mine})
        .returning(AccountRow.epoch)
    )
    return int(epoch or 0)


async def next_epoch(conn: AsyncConnection, practice: str, account: str, owner: str) -> int | None:
    """A new epoch for the owner of the account; None when that is not `owner` any more."""
    epoch: int | None = await conn.scalar(
        update(AccountRow)
        .where(AccountRow.account == account, AccountRow.practice == practice, AccountRow.owner == owner)
        .values(epoch=AccountRow.epoch + 1)
        .returning(AccountRow.epoch)
    )
    return epoch


async def register(conn: AsyncConnection, accounts: Collection[str]) -> int:
    """Makes a row without an owner for each account that has none yet (PostgreSQL), and returns for how many."""
    known = set(await conn.scalars(select(AccountRow.account)))
    missing = sorted(set(accounts) - known)
    if missing:
        names = func.unnest(bindparam("names", type_=_TEXTS)).column_valued("name")
        columns: dict[str, ColumnElement[Any]] = {
            "account": names,
            "practice": func.split_part(names, ":", 1),
            "owner": literal(NOBODY),
            "epoch": literal(0),
            "owned_since": func.now(),
            **{name: literal(value) for name, value in _FRESH.items()},
        }
        made = postgresql.insert(AccountRow).from_select(list(columns), select(*columns.values()))
        await conn.execute(made.on_conflict_do_nothing(), {"names": missing})
    return len(missing)


async def held(conn: AsyncConnection) -> Mapping[str, int]:
    """How many accounts each owner has, those whose lease is over among them."""
    rows = await conn.execute(select(AccountRow.owner, func.count()).group_by(AccountRow.owner))
    return {owner: int(number) for owner, number in rows}


async def orphans(conn: AsyncConnection, living: Collection[str]) -> list[str]:
    """The accounts whose owner is none of the `living`."""
    statement = select(AccountRow.account).where(AccountRow.owner != _LIVING).order_by(AccountRow.account)
    return list(await conn.scalars(statement, {"living": sorted(living)}))


async def take(conn: AsyncConnection, names: Collection[str], owner: str, living: Collection[str]) -> dict[str, int]:
    """Those of the accounts that still belong to none of the `living` are `owner`'s from now on; returns their new
    epochs. Attempts of earlier epochs that are still `sending` are `outbox.recover`'s (`left_behind`)."""
    taken = await conn.execute(
        update(AccountRow)
        .where(AccountRow.account == any_(bindparam("names", type_=_TEXTS)), AccountRow.owner != _LIVING)
        .values(owner=owner, epoch=AccountRow.epoch + 1, owned_since=func.now(), **_FRESH)
        .returning(AccountRow.account, AccountRow.epoch),
        {"names": sorted(names), "living": sorted(living)},
    )
    return {account: int(epoch) for account, epoch in taken}


async def release(conn: AsyncConnection, names: Collection[str], owner: str) -> None:
    """Gives the accounts back, as far as they are `owner`'s: anybody may take them."""
    await conn.execute(
        update(AccountRow)
        .where(AccountRow.account == any_(bindparam("names", type_=_TEXTS)), AccountRow.owner == owner)
        .values(owner=NOBODY),
        {"names": sorted(names)},
    )


async def owner_of(conn: AsyncConnection, practice: str, account: str) -> str:
    """The name of whoever owns the account; `NOBODY` when nobody does."""
    owner = await conn.scalar(
        select(AccountRow.owner).where(AccountRow.account == account, AccountRow.practice == practice)
    )
    return owner or NOBODY


async def owned_by(conn: AsyncConnection, owner: str) -> list[str]:
    return list(await conn.scalars(select(AccountRow.account).where(AccountRow.owner == owner)))


async def left_behind(conn: AsyncConnection, owner: str) -> dict[str, int]:
    """The epochs of those accounts of `owner` that have attempts of an earlier epoch which are still `sending`. In
    a web chat there is no such thing: what the browser has not seen yet is `sending` as well."""
    earlier = select(MessageRow.id).where(
        MessageRow.account == AccountRow.account, MessageRow.epoch < AccountRow.epoch, in_state(MessageState.SENDING)
    )
    rows = await conn.execute(
        select(AccountRow.account, AccountRow.epoch).where(
            AccountRow.owner == owner,
            not_(AccountRow.account.endswith(f":{Channel.WEBCHAT.value}")),
            earlier.exists(),
        )
    )
    return {account: int(epoch) for account, epoch in rows}


async def set_state(conn: AsyncConnection, practice: str, account: str, state: AccountState, reason: str = "") -> None:
    """Says that an account is on, off or paused, and in a few words why. Raises Missing."""
    told = await conn.execute(
        update(AccountRow)
        .where(AccountRow.account == account, AccountRow.practice == practice)
        .values(state=state.value, reason=reason)
    )
    if told.rowcount == 0:
        raise Missing("no such account at this practice")


async def pause(conn: AsyncConnection, practice: str, account: str, until: datetime, now: datetime) -> None:
    """The platform wants to be asked nothing before `until`, whoever sends. A shorter wait never ends a longer one."""
    longer = or_(
        AccountRow.paused_until.is_(None), AccountRow.paused_until < until, AccountRow.paused_until > now + KEPT
    )
    await conn.execute(
        update(AccountRow)
        .where(AccountRow.account == account, AccountRow.practice == practice, longer)
        .values(paused_until=min(until, now + KEPT))
    )


async def paused_until(conn: AsyncConnection, practice: str, account: str, now: datetime) -> datetime | None:
    """Before when the platform wants to be asked nothing; None when it may be asked."""
    until: datetime | None = await conn.scalar(
        select(AccountRow.paused_until).where(AccountRow.account == account, AccountRow.practice == practice)
    )
    # One that ends too far ahead is of before the clock was set back.
    return until if until is not None and now < until <= now + KEPT else None


async def states(conn: AsyncConnection) -> dict[str, tuple[AccountState, str]]:
    """Of every account that was ever owned: its state and why."""
    rows = await conn.execute(select(AccountRow.account, AccountRow.state, AccountRow.reason))
    return {account: (AccountState(state), reason) for account, state, reason in rows}

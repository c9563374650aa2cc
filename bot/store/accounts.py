"""Who sends for an account. One process owns it at a time; each new owner has a higher epoch, which claims carry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert_into
from bot.store.errors import Missing, WrongPractice
from bot.store.tables import AccountRow


class AccountState(StrEnum):
    ON = "on"
    OFF = "off"
    """The platform refuses it; somebody has to mend its settings."""
    PAUSED = "paused"


async def own(conn: AsyncConnection, practice: str, account: str, owner: str, now: datetime) -> int:
    """Takes the account for `owner` (a name of the process) from `now` and returns the new epoch. Attempts of earlier
    epochs that are still `sending` are `outbox.recover`'s. `lease_until` is the place of issue C's leases: without
    one an owner keeps its accounts for as long as it runs. Raises WrongPractice."""
    if account.partition(":")[0] != practice:
        raise WrongPractice("the account is another practice's")
    mine = {"owner": owner, "owned_since": now, "lease_until": None, "state": AccountState.ON.value, "reason": ""}
    epoch = await conn.scalar(
        insert_into(conn, AccountRow)
        .values(account=account, practice=practice, epoch=1, **mine)
        .on_conflict_do_update(index_elements=["account"], set_={"epoch": AccountRow.epoch + 1, **mine})
        .returning(AccountRow.epoch)
    )
    return int(epoch or 0)


async def set_state(conn: AsyncConnection, practice: str, account: str, state: AccountState, reason: str = "") -> None:
    """Says that an account is on, off or paused, and in a few words why. Raises Missing."""
    told = await conn.execute(
        update(AccountRow)
        .where(AccountRow.account == account, AccountRow.practice == practice)
        .values(state=state.value, reason=reason)
    )
    if told.rowcount == 0:
        raise Missing("no such account at this practice")


async def states(conn: AsyncConnection) -> dict[str, tuple[AccountState, str]]:
    """Of every account that was ever owned: its state and why, for /readyz and metrics."""
    rows = await conn.execute(select(AccountRow.account, AccountRow.state, AccountRow.reason))
    return {account: (AccountState(state), reason) for account, state, reason in rows}

"""Everything that is encrypted, written anew under the newest key.

In `bot.store.tables` a column of bytes is an encrypted text and nothing else, so that all of them are found here, also
in a table that is added later. Each row is changed only if it still holds what was read, in small transactions: other
processes that have both keys may work meanwhile, and who is killed in the middle begins again and skips what is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, LargeBinary, Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.base import Base
from bot.store.crypt import KeyMissing, Keys
from bot.store.database import KEY_PROOF, Database
from bot.store.migrate import ROOT
from bot.store.roots import keep_root
from bot.store.rows import NO_BODY
from bot.store.tables import MetaRow

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Rotated:
    renewed: int = 0
    """Texts that were under an older key."""
    unreadable: int = 0
    """Texts that none of the keys wrote; they stay as they are."""

    def __add__(self, other: Rotated) -> Rotated:
        return Rotated(self.renewed + other.renewed, self.unreadable + other.unreadable)


def encrypted_columns() -> list[Column[Any]]:
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    ]


async def rotate(database: Database, keys: Keys) -> Rotated:
    """Renews what an older key wrote. Raises DatabaseUnavailable; what was done so far stays done."""
    await database.write(lambda conn: keep_root(conn, keys))
    done = Rotated()
    for column in encrypted_columns():
        done += await _walk(database, keys, column, renew=True)
    await database.write(partial(_renew_meta, keys=keys))
    await database.empty_log()
    return done


async def still_old(database: Database, keys: Keys) -> int:
    """How many texts need an older key."""
    old = Rotated()
    for column in encrypted_columns():
        old += await _walk(database, keys, column, renew=False)
    async with database.read() as conn:
        proofs = list(await conn.scalars(select(MetaRow.value).where(MetaRow.key.in_((KEY_PROOF, ROOT)))))
    return old.renewed + sum(not keys.is_newest(proof.encode("ascii")) for proof in proofs) + (2 - len(proofs))


async def _walk(database: Database, keys: Keys, column: Column[Any], *, renew: bool) -> Rotated:
    [key] = column.table.primary_key.columns
    after: Any = None
    done = Rotated()
    while True:
        found = select(key, column).where(column.is_not(None), column != NO_BODY).order_by(key).limit(AT_ONCE)
        async with database.read() as conn:
            rows = (await conn.execute(found if after is None else found.where(key > after))).all()
        if not rows:
            return done
        after = rows[-1][0]
        old = [(row_id, bytes(token)) for row_id, token in rows if not keys.is_newest(token)]
        renewed: list[tuple[Any, bytes, bytes]] = []
        for row_id, token in old:
            try:
                renewed.append((row_id, token, keys.renewed(token)))
            except KeyMissing:
                done += Rotated(unreadable=1)
        if renewed and renew:
            await database.write(partial(_write, column=column, key=key, renewed=renewed))
        done += Rotated(renewed=len(renewed))


async def _write(
    conn: AsyncConnection, column: Column[Any], key: Column[Any], renewed: list[tuple[Any, bytes, bytes]]
) -> None:
    table = column.table
    assert isinstance(table, Table)
    for row_id, before, after in renewed:
        # Who changed it meanwhile has written it with the newest key.
        await conn.execute(update(table).where(key == row_id, column == before).values({column.name: after}))


async def _renew_meta(conn: AsyncConnection, keys: Keys) -> None:
    """Last: as long as the proof is under an older key, a start without that key is refused."""
    proof = await conn.scalar(select(MetaRow.value).where(MetaRow.key == KEY_PROOF))
    if proof is not None:
        renewed = keys.renewed(proof.encode("ascii")).decode("ascii")
        await conn.execute(update(MetaRow).where(MetaRow.key == KEY_PROOF).values(value=renewed))

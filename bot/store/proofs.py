"""Proof of consents of who was erased: found only by who knows the address, and gone after its years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypt import keys_of
from bot.store.tables import ConsentProofRow
from bot.store.tombstones import Tombstones


@dataclass(frozen=True, slots=True)
class Proof:
    name: str
    given: bool
    version: str
    at: datetime


def whom_of(conn: AsyncConnection, practice: str, channel: str, external_id: str) -> str:
    return Tombstones.beside(Path(), keys_of(conn)).whom(practice, f"{practice}:{channel}", external_id)


async def of(conn: AsyncConnection, practice: str, whom: str) -> list[Proof]:
    """In the order in which they were given and taken back."""
    rows = await conn.execute(
        select(ConsentProofRow)
        .where(ConsentProofRow.practice == practice, ConsentProofRow.whom == whom)
        .order_by(ConsentProofRow.at, ConsentProofRow.id)
    )
    return [Proof(row.name, row.given, row.version, row.at) for row in rows]

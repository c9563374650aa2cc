"""What a practice does when somebody asks for their data or for erasure another way than in the chat; and who looked
at what. On the settings' database, beside a bot that may run; said in Dutch."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.content.model import Practice
from bot.core.schedule import local
from bot.exports import Export, as_json, as_page
from bot.refusals import Unusable
from bot.settings import Settings
from bot.store import erasure, export, looks, proofs, subscribers
from bot.store.crypt import keys_of
from bot.store.database import Database
from bot.store.errors import Missing
from bot.store.looks import Looked
from bot.store.proofs import Proof
from bot.upkeep import opened_database, operator, practice_of

_WHAT: Final = {
    "export": "gegevens uitgegeven",
    "answers": "antwoorden bekeken",
    "conversation": "gesprek gelezen",
    "erase": "alles gewist",
    "proof": "bewijs van toestemming opgezocht",
    "age": "leeftijd rechtgezet of bekeken",
    "alarm": "alarm bekeken of opgeheven",
}
_CONSENTS: Final = {"daily": "elke dag een stap", "answers": "bewaren", "offers": "nieuws", "sharing": "delen"}


@dataclass(frozen=True, slots=True)
class Files:
    data: Path
    page: Path


async def export_person(settings: Settings, slug: str, whom: str, folder: Path) -> list[str]:
    """Writes what is kept of `whom` (a number, or channel:address) to two files in `folder`, for the owner alone, and
    returns what to say about it. Raises Unusable."""
    practice = practice_of(settings, slug)

    async def read(conn: AsyncConnection) -> Export:
        subscriber_id = await _found(conn, slug, whom)
        await looks.note(conn, slug, operator(), Looked.EXPORT, subscriber_id)
        return await export.kept_of(conn, slug, subscriber_id, practice, datetime.now(UTC))

    async with _database(settings) as database:
        kept = await database.write(read)
    files = Files(folder / "mijn-gegevens.json", folder / "mijn-gegevens.html")
    _write_for_owner_alone(files.data, as_json(kept))
    _write_for_owner_alone(files.page, as_page(kept, practice))
    return [
        f"Geschreven: {files.page} (om te lezen) en {files.data} (voor een ander programma).",
        "Geef ze alleen aan de persoon zelf, en gooi ze daarna weg. Deze uitgifte staat in `nabij audit`.",
    ]


async def whom_it_is(settings: Settings, slug: str, whom: str) -> int:
    """The number of the subscriber, so that somebody can look twice before erasing. Raises Unusable."""
    practice_of(settings, slug)
    async with _database(settings) as database, database.read() as conn:
        return await _found(conn, slug, whom)


async def erase_person(settings: Settings, slug: str, whom: str) -> list[str]:
    """Erases everything of `whom`, tells them nothing, and returns what to say about it. Raises Unusable."""
    years = practice_of(settings, slug).retention.proof_years

    async def erase(conn: AsyncConnection) -> int:
        subscriber_id = await _found(conn, slug, whom)
        await looks.note(conn, slug, operator(), Looked.ERASE, subscriber_id)
        now = datetime.now(UTC)
        return await erasure.erase_person(conn, slug, subscriber_id, years, now)

    async with _database(settings) as database:
        addresses = await database.write(erase)
        await database.empty_log()
    return [
        f"Gewist, op een code zonder naam na, als bewijs, {years} jaar. Adressen: {addresses}.",
        "Er is niets verstuurd: zeg het de persoon zelf. Komt er een back-up terug, dan wist `nabij restore` opnieuw.",
    ]


async def proof_of(settings: Settings, slug: str, address: str) -> list[str]:
    """Which consents somebody at this address (channel:id) gave before being erased, one a line. Raises Unusable."""
    practice = practice_of(settings, slug)
    channel, _, external_id = address.partition(":")

    async def read(conn: AsyncConnection) -> list[Proof]:
        whom = proofs.whom_of(conn, slug, channel, external_id)
        await looks.note_code(conn, slug, operator(), Looked.PROOF, whom[:12])
        return await proofs.of(conn, slug, whom)

    async with _database(settings) as database:
        found = await database.write(read)
    return [
        f"{_moment(one.at, practice)}  {'ja ' if one.given else 'nee'}  {_CONSENTS.get(one.name, one.name)}"
        f"  (tekst {one.version})"
        for one in found
    ] or ["Onder dit adres is geen bewijs bewaard."]


async def audit(settings: Settings, slug: str, whom: str = "") -> list[str]:
    """Who looked at what, the newest first, one a line; with `whom` only at that subscriber. Raises Unusable."""
    practice = practice_of(settings, slug)
    async with _database(settings) as database, database.read() as conn:
        code = looks.code_of(keys_of(conn), slug, await _found(conn, slug, whom)) if whom else ""
        found = await looks.of_practice(conn, slug, whom=code)
    lines = [
        f"{_moment(look.at, practice)}  {look.who:<20}  {_WHAT.get(look.what, look.what)}  abonnee {look.whom}"
        for look in found
    ]
    return lines or ["Nog niemand heeft gegevens van een mens bekeken."]


def _moment(at: datetime, practice: Practice) -> str:
    return f"{local(at, practice.zone):%Y-%m-%d %H:%M}"


async def _found(conn: AsyncConnection, slug: str, whom: str) -> int:
    """By number, or by channel:address as the platform calls it. Raises Unusable."""
    try:
        return await subscribers.number_of(conn, slug, whom)
    except Missing as error:
        raise Unusable(
            f"'{whom}' vind ik niet bij deze praktijk. Geef het nummer van de abonnee, of het kanaal en het adres, "
            "zoals telegram:123456."
        ) from error


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    async with opened_database(settings) as database:
        yield database


def _write_for_owner_alone(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "w", encoding="utf-8", opener=partial(os.open, mode=0o600)) as opened:
            opened.write(text)
    except OSError as error:
        raise Unusable(f"{file} kan niet geschreven worden: {error.strerror}") from error

"""What a restored backup must not forget: who said STOP, may be in danger, is under 16, took a consent back or was
erased.

A file beside the database, only ever appended to. Each line is an instant (UTC), what happened, and a keyed hash of
practice and address: without the database's key nobody can tell whom it is about. A line is on the disk before the
change that it tells of is committed, so a restore never knows less than the person was told.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Address
from bot.store.crypt import Keys
from bot.store.errors import DatabaseUnavailable

FILE: Final = "tombstones.log"
_LINE: Final = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?\+00:00)"
    rb" (stop|start|alarm|calm|minor|grown_up|erased|(?:withdrew|gave)(?=:))(?::([a-z]+))? ([0-9a-f]{64})"
)
_HELD_BY_CONNECTION: Final = "nabij.tombstones"


class Happened(StrEnum):
    STOP = "stop"
    START = "start"
    ALARM = "alarm"
    """Programs froze: somebody may be in danger. Nothing of what was said is kept here."""
    CALM = "calm"
    MINOR = "minor"
    """Somebody said to be under 16: series ended, answers erased."""
    GROWN_UP = "grown_up"
    """A human of the practice knows that somebody who said so is not under 16."""
    WITHDREW = "withdrew"
    """A consent was taken back, and what it carried went."""
    GAVE = "gave"
    """One that was taken back before was given again."""
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Tombstone:
    at: datetime
    """Aware, UTC, by the bot's clock, as every time in the database."""
    happened: Happened
    whom: str
    consent: str = ""
    """Name of the consent that was taken back or given again."""


@dataclass(frozen=True, slots=True)
class Tombstones:
    """The log of one data folder."""

    file: Path
    secret: str

    @classmethod
    def beside(cls, data_dir: Path, keys: Keys) -> Self:
        """The log in `data_dir`. Its hashes are made with a secret of `keys`: with other keys it finds nobody."""
        return cls(data_dir / FILE, keys.derived("tombstones"))

    def whom(self, practice: str, account: str, external_id: str) -> str:
        """How the log calls an address."""
        name = json.dumps([practice, account, external_id])
        return hmac.new(self.secret.encode(), name.encode(), hashlib.sha256).hexdigest()

    async def append(
        self, practice: str, addresses: Iterable[Address], happened: Happened, at: datetime, consent: str = ""
    ) -> None:
        """Returns once it is on the disk. Call it before the commit, under the lock of the subscriber.

        Raises DatabaseUnavailable: the change must then not be committed, and is tried again as after any outage.
        """
        what = f"{happened}:{consent}" if consent else happened
        lines = "".join(
            f"{at.astimezone(UTC).isoformat()} {what} {self.whom(practice, one.account, one.external_id)}\n"
            for one in addresses
        )
        try:
            await asyncio.to_thread(_append, self.file, lines.encode("ascii"))
        except OSError as error:
            raise DatabaseUnavailable(f"{FILE} cannot be written: {error.strerror}") from error


def read(file: Path) -> Iterator[Tombstone]:
    """The log in its own order, which a clock that was set back does not change. A line that a power cut or a full
    disk left unfinished tells of a change that was not committed either, and is passed over.

    Raises OSError; FileNotFoundError where nothing was ever written.
    """
    with file.open("rb") as lines:
        for line in lines:
            tombstone = _parsed(line)
            if tombstone is not None:
                yield tombstone


def hold_tombstones(info: dict[str, object], tombstones: Tombstones | None) -> None:
    """Lets `tombstones_of` find the log on a new database connection, whose `info` this is."""
    info[_HELD_BY_CONNECTION] = tombstones


def tombstones_of(conn: AsyncConnection) -> Tombstones | None:
    """The log of the database that this connection belongs to; None for one that was opened without."""
    tombstones: object = conn.info.get(_HELD_BY_CONNECTION)
    return tombstones if isinstance(tombstones, Tombstones) else None


def _append(file: Path, lines: bytes) -> None:
    """In one write to the file's end, so that processes which share the file do not mix their lines."""
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines
        if os.write(descriptor, lines) != len(lines):
            raise OSError(28, "the disk is full")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Makes names in the folder as durable as the files they name. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parsed(line: bytes) -> Tombstone | None:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        return None
    at, happened, consent, whom = ((part or b"").decode("ascii") for part in found.groups())
    return Tombstone(datetime.fromisoformat(at), Happened(happened), whom, consent)

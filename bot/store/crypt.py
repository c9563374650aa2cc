"""Encryption at rest: texts of people, message bodies. Keys rotate: the first encrypts, all of them decrypt."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy.ext.asyncio import AsyncConnection

KEY_FILE: Final = "secret.key"
_HELD_BY_CONNECTION: Final = "nabij.keys"


class KeyMissing(Exception):
    """No key, or not the one that the rows were written with. The caller prints the sentence and exits: a new key
    would make every earlier text unreadable for good."""


class Keys:
    """One or more Fernet keys (cryptography's MultiFernet)."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: url-safe base64 of 32 bytes each, newest first. Raises KeyMissing for none or a malformed one."""
        self._oldest = keys[-1] if keys else ""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise KeyMissing(
                "A key is malformed: a key is 44 characters of url-safe base64, several are parted by commas."
            ) from error

    @classmethod
    def load(cls, data_dir: Path | None, explicit: str | None, *, rows_exist: bool) -> Self:
        """The keys that were given, else those of the key file in `data_dir`, else, where no row exists yet, a new
        one that is written there for its owner alone. `data_dir` is None where the key has to be given (PostgreSQL).

        Raises KeyMissing.
        """
        if explicit and explicit.strip():
            return cls(_parted(explicit))
        if data_dir is None:
            raise KeyMissing("On PostgreSQL the key is given explicitly: set NABIJ_SECRET_KEY.")
        path = data_dir / KEY_FILE
        if path.exists():
            return cls(_parted(path.read_text(encoding="ascii", errors="replace")))
        if rows_exist:
            raise KeyMissing(
                f"The database has rows but its key is gone: put {KEY_FILE} back into the data folder (it belongs to"
                " the backup) or set NABIJ_SECRET_KEY. No new key is made, it would make every text unreadable."
            )
        key = Fernet.generate_key().decode("ascii")
        _write_for_owner_alone(path, key)
        return cls([key])

    def derived(self, purpose: str) -> str:
        """A secret for another purpose, stored nowhere; the same for as long as the oldest key stays."""
        return hmac.new(self._oldest.encode("ascii"), purpose.encode(), hashlib.sha256).hexdigest()

    def encrypt(self, text: str) -> bytes:
        """Any text, lone surrogates and NUL included."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass"))

    def decrypt(self, token: bytes) -> str:
        """Raises KeyMissing when none of the keys made `token`."""
        try:
            return self._fernet.decrypt(bytes(token)).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise KeyMissing("A stored text was written with another key than the ones given.") from error


def hold_keys(info: dict[str, object], keys: Keys) -> None:
    """Lets `keys_of` find the keys on a new database connection, whose `info` this is."""
    info[_HELD_BY_CONNECTION] = keys


def keys_of(conn: AsyncConnection) -> Keys:
    """The keys of the database that this connection belongs to."""
    keys: object = conn.info[_HELD_BY_CONNECTION]
    if not isinstance(keys, Keys):
        raise TypeError("this connection was not made by open_database")
    return keys


def _parted(text: str) -> list[str]:
    return [key for key in text.replace(",", " ").split() if key]


def _write_for_owner_alone(path: Path, key: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())

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

    def __init__(self, keys: Sequence[str], root: str = "") -> None:
        """`keys`: url-safe base64 of 32 bytes each, newest first. `root` is what other secrets are derived from, when
        it is not the oldest of them. Raises KeyMissing for none or a malformed one."""
        self._keys = tuple(keys)
        self.root: Final = root or (keys[-1] if keys else "")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
            self._newest = Fernet(keys[0])
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

    @property
    def count(self) -> int:
        return len(self._keys)

    def rooted(self, root: str) -> Keys:
        """The same keys, with secrets derived from `root`: what the first key of this database was."""
        return Keys(self._keys, root)

    def is_newest(self, token: bytes) -> bool:
        """Whether the newest key wrote `token`."""
        try:
            self._newest.decrypt(bytes(token))
        except InvalidToken:
            return False
        return True

    def renewed(self, token: bytes) -> bytes:
        """The same text under the newest key. Raises KeyMissing."""
        return self.encrypt(self.decrypt(token))

    def derived(self, purpose: str) -> str:
        """A secret for another purpose (cookies, tombstones, codes of subscribers), stored nowhere; the same after
        every rotation, since `root` goes along (`bot.store.roots`)."""
        return hmac.new(self.root.encode("ascii"), purpose.encode(), hashlib.sha256).hexdigest()

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


def put_new_key(data_dir: Path) -> None:
    """A new key before those of the key file, in one step. Raises OSError, FileNotFoundError without a key file."""
    keys = _parted((data_dir / KEY_FILE).read_text(encoding="ascii"))
    _write_anew(data_dir / KEY_FILE, [Fernet.generate_key().decode("ascii"), *keys])


def keep_newest_key(data_dir: Path) -> None:
    """Leaves only the newest key in the key file, in one step. Raises OSError."""
    keys = _parted((data_dir / KEY_FILE).read_text(encoding="ascii"))
    _write_anew(data_dir / KEY_FILE, keys[:1])


def _write_anew(path: Path, keys: Sequence[str]) -> None:
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)
    _write_for_owner_alone(part, "\n".join(keys))
    part.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parted(text: str) -> list[str]:
    return [key for key in text.replace(",", " ").split() if key]


def _write_for_owner_alone(path: Path, key: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())

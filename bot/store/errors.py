"""What can go wrong with the database, by what the caller does about it."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_OUTAGES: Final = (OperationalError, InternalError, InterfaceError)


class DatabaseUnavailable(Exception):
    """The work was not committed, or that is not known: full or read-only disk, lost connection, failed commit. The
    caller acknowledges nothing (webhook: 503, poll: same offset again) and tries again later; whatever was committed
    after all is recognised then, by its external id or cause. The database recovers by itself once it can."""


class Missing(LookupError):
    """There is no such row at this practice. The caller treats it as something that never was; it may belong to
    another practice, and nobody is told."""


class WrongPractice(ValueError):
    """A value of one practice was handed over for another: a mistake in the calling code, never in its input."""


class AlreadyRunning(Exception):
    """Another process works on this data folder. The caller prints the sentence and exits."""


class UnknownDatabase(Exception):
    """The database URL is none that Nabij can use. The caller prints the sentence and exits."""


class NotMigrated(Exception):
    """The database lacks tables of this version. The caller prints the sentence and exits, or migrates first."""


def is_outage(error: BaseException) -> bool:
    """True when `error` means that the database failed, not the work: inside a unit it must be raised on, since
    whoever stores the work as poison instead would lose it when the database is back."""
    if isinstance(error, DatabaseUnavailable | PoolTimeout):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, _OUTAGES)


def sentence_of(error: BaseException) -> str:
    """The driver's own words on one line; it names hosts and files, never a password or a value of a row."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

"""Copies of the database that Nabij itself made beside it: before a migration, and of what a restore replaced."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

_MADE_BY_US: Final = ("{name}.before-migration*", "{name}.before-restore-*")


def drop_old_copies(database: Path, before: datetime) -> int:
    """Deletes those last written before an instant and returns how many. Who was erased since is still in them.

    Raises OSError.
    """
    old = [
        copy
        for pattern in _MADE_BY_US
        for copy in database.parent.glob(pattern.format(name=database.name))
        if copy.stat().st_mtime < before.timestamp()
    ]
    for copy in old:
        copy.unlink(missing_ok=True)
    return len(old)

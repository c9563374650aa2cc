"""Who has how many accounts: a decision as a value, from the rows of the workers and the database's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.store.workers import SET_BACK, Member

LEASE: Final = timedelta(seconds=14)
"""Real time that a worker has without renewing; then its accounts are anybody's."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a worker does now: takes so many orphans, or gives back so many of its own; never both."""

    take: int = 0
    give: int = 0


def living(members: Sequence[Member], now: datetime) -> frozenset[str]:
    """The workers whose lease runs at `now`. One that ends too far ahead is of before the clock was set back."""
    return frozenset(one.name for one in members if now < one.lease_until <= now + LEASE + SET_BACK)


def next_end(members: Sequence[Member], now: datetime) -> datetime | None:
    """When the first of the running leases ends, if it is not renewed before."""
    alive = living(members, now)
    return min((one.lease_until for one in members if one.name in alive), default=None)


def fair_share(accounts: int, workers: int) -> int:
    """How many accounts each of the workers has at most: ceil(accounts / workers)."""
    return -(-accounts // workers) if workers > 0 else 0


def change(
    me: str, members: Sequence[Member], now: datetime, held: Mapping[str, int], orphans: int, closing: int
) -> Change:
    """What `me` has to do. `held` is by owner, `orphans` are the accounts without a living owner that `me` knows, and
    `closing` those of its own that it is giving back already."""
    alive = living(members, now)
    mine = held.get(me, 0)
    sharing = [one.name for one in members if one.name in alive and not one.leaving]
    if me not in sharing:
        return Change(give=mine - closing)
    total = sum(held.get(name, 0) for name in alive) + orphans
    share = fair_share(total, len(sharing))
    return Change(take=max(0, min(orphans, share - mine)), give=max(0, mine - closing - share))

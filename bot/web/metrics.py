"""/metrics for Prometheus: what this process counted, and what the database knows of queues and owners.

Nothing here names a person. Whoever may see it sees which accounts there are: keep it from the outside at the proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge
from prometheus_client.exposition import generate_latest
from starlette.responses import Response

from bot.core.messages import Lane
from bot.crash import kind_and_place
from bot.store import tallies
from bot.store.errors import DatabaseUnavailable
from bot.store.tallies import DUPLICATE_POSSIBLE, Ownership
from bot.web.services import Services
from bot.worker.status import AccountStatus

FRESH_FOR: Final = 5.0
"""Real seconds: whoever asks more often gets the same figures of the database, which is not asked again."""
_ANSWER_WITHIN: Final = 5.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The database at one moment; None where it gave no answer."""

    at: float
    messages: Mapping[tuple[str, Lane, str], int] | None
    ownership: Mapping[str, Ownership] | None
    workers: int | None


def metrics_routes(services: Services) -> APIRouter:
    routes = APIRouter()
    asking = asyncio.Lock()
    seen: _Seen | None = None

    @routes.get("/metrics")
    async def metrics() -> Response:
        nonlocal seen
        async with asking:
            now = asyncio.get_running_loop().time()
            if seen is None or now - seen.at >= FRESH_FOR:
                seen = await _look(services, now)
        body = services.metrics.text() + _text(seen, services.accounts())
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})

    return routes


async def _look(services: Services, now: float) -> _Seen:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN), services.database.read() as conn:
            # On SQLite this process is the one that there is.
            workers = 1 if services.database.is_sqlite else len(await tallies.living_workers(conn))
            return _Seen(now, await tallies.messages(conn), await tallies.ownership(conn), workers)
    except (DatabaseUnavailable, TimeoutError) as problem:
        _log.warning("database_away", **kind_and_place(problem))
        return _Seen(now, None, None, None)


def _text(seen: _Seen, accounts: Sequence[AccountStatus]) -> bytes:
    registry = CollectorRegistry()
    up = Gauge("nabij_database_up", "1 when the database answers.", registry=registry)
    up.set(seen.messages is not None)
    state = Gauge("nabij_account_state", "1 for the account's state.", ("account", "state"), registry=registry)
    for one in accounts:
        state.labels(one.account, one.mode.value).set(1)
    if seen.messages is not None:
        _messages(seen.messages, registry)
    if seen.ownership is not None:
        epoch = Gauge(
            "nabij_account_epoch", "Grows by one with each new owner of the account.", ("account",), registry=registry
        )
        is_owned = Gauge(
            "nabij_account_owned", "1 when some worker sends for the account, 0 when none does.", ("account",),
            registry=registry,
        )  # fmt: skip
        for account, owned in seen.ownership.items():
            epoch.labels(account).set(owned.epoch)
            is_owned.labels(account).set(owned.is_owned)
    if seen.workers is not None:
        Gauge("nabij_workers", "Processes that send, by their leases.", registry=registry).set(seen.workers)
    return generate_latest(registry)


def _messages(counted: Mapping[tuple[str, Lane, str], int], registry: CollectorRegistry) -> None:
    of_lane = ("account", "lane")
    queue = Gauge("nabij_queue_messages", "Messages that wait to be sent.", of_lane, registry=registry)
    held = Gauge("nabij_held_messages", "Messages held back after a restore.", of_lane, registry=registry)
    doubled = Gauge(
        "nabij_duplicate_possible_messages", "Messages that may have arrived twice.", of_lane, registry=registry
    )
    others = Gauge(
        "nabij_messages", "Messages that are sending, unknown or dead.", (*of_lane, "state"), registry=registry
    )
    gauges = {"ready": queue, "held": held, DUPLICATE_POSSIBLE: doubled}
    for (account, lane, state), number in counted.items():
        gauge, name = gauges.get(state), lane.name.lower()
        if gauge is not None:
            gauge.labels(account, name).set(number)
        else:
            others.labels(account, name, state).set(number)

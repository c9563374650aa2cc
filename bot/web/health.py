"""For load balancers and for whoever wonders why nothing comes out. No name, no text, no token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from starlette.responses import Response

from bot.crash import kind_and_place
from bot.store import tallies
from bot.store.errors import DatabaseUnavailable
from bot.store.tallies import Ownership
from bot.web.services import Services
from bot.worker.status import AccountMode, AccountStatus

_ANSWER_WITHIN: Final = 2.0
"""Real seconds for the database to answer a question without work."""
_FRESH_FOR: Final = 5.0
_NOT_HERE: Final = frozenset({AccountMode.STARTING, AccountMode.ELSEWHERE})
_log = structlog.get_logger(__name__)


def health_routes(services: Services) -> APIRouter:
    routes = APIRouter()
    owners = _Owners(services)

    @routes.get("/healthz")
    async def alive() -> Response:
        """The process answers. `now` is the clock's time, ISO, UTC."""
        return JSONResponse(
            {"status": "ok", "now": services.clock.now().isoformat(), "version": services.version},
            headers={"Cache-Control": "no-store"},
        )

    @routes.get("/readyz")
    async def ready() -> Response:
        """503 without a database. An account that is off does not stop the others, so it is told and no more."""
        answers = await _database_answers(services)
        statuses = services.accounts()
        others = (
            await owners.known()
            if answers and owners.may_be_elsewhere and any(one.mode in _NOT_HERE for one in statuses)
            else {}
        )
        return JSONResponse(
            {
                "status": "ready" if answers else "unavailable",
                "database": answers,
                "accounts": [_told(one, others.get(one.account)) for one in statuses],
            },
            status_code=200 if answers else 503,
            headers={"Cache-Control": "no-store"},
        )

    return routes


class _Owners:
    """Who sends for what this process does not hold, asked of the database every so often."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: Mapping[str, Ownership] = {}
        self._asked_at = float("-inf")

    @property
    def may_be_elsewhere(self) -> bool:
        return not self._services.database.is_sqlite

    async def known(self) -> Mapping[str, Ownership]:
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= _FRESH_FOR:
            try:
                async with asyncio.timeout(_ANSWER_WITHIN), self._services.database.read() as conn:
                    self._known = await tallies.ownership(conn)
            except (DatabaseUnavailable, TimeoutError) as problem:
                _log.warning("database_away", **kind_and_place(problem))
            else:
                self._asked_at = now
        return self._known


def _told(here: AccountStatus, there: Ownership | None) -> dict[str, str]:
    """`owner` is `here`, `elsewhere` (with when that one took it) or `nobody`."""
    if here.mode not in _NOT_HERE:
        return {"account": here.account, "state": here.mode.value, "reason": here.reason, "owner": "here"}
    if there is None or not there.is_owned:
        return {"account": here.account, "state": here.mode.value, "reason": "", "owner": "nobody"}
    return {
        "account": here.account,
        "state": there.state,
        "reason": there.reason,
        "owner": "elsewhere",
        "since": there.since.isoformat(timespec="seconds"),
    }


async def _database_answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN), services.database.read() as conn:
            await conn.execute(text("SELECT 1"))
    except (DatabaseUnavailable, TimeoutError) as problem:
        _log.warning("database_away", **kind_and_place(problem))
        return False
    return True

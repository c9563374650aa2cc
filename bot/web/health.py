"""For load balancers and for whoever wonders why nothing comes out. No name, no text, no token."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import text
from starlette.responses import Response

from bot.crash import kind_and_place
from bot.store.errors import DatabaseUnavailable
from bot.web.services import Services

_ANSWER_WITHIN: Final = 2.0
"""Real seconds for the database to answer a question without work."""
_log = structlog.get_logger(__name__)


def health_routes(services: Services) -> APIRouter:
    routes = APIRouter()

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
        accounts = [
            {"account": one.account, "state": one.mode.value, "reason": one.reason} for one in services.accounts()
        ]
        return JSONResponse(
            {"status": "ready" if answers else "unavailable", "database": answers, "accounts": accounts},
            status_code=200 if answers else 503,
            headers={"Cache-Control": "no-store"},
        )

    return routes


async def _database_answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN), services.database.read() as conn:
            await conn.execute(text("SELECT 1"))
    except (DatabaseUnavailable, TimeoutError) as problem:
        _log.warning("database_away", **kind_and_place(problem))
        return False
    return True

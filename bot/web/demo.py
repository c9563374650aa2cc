"""The demo's clock bar: the time of the bot, and a hand to move it. Only there where the clock is a demo's."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.clock import FASTEST, SteppingClock
from bot.web.lines import local_time
from bot.web.origin import refuse_other_sites
from bot.web.services import Services

_STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_WAIT: Final = 5.0
"""Real seconds to wait for the arrival; a longer journey goes on by itself and the page sees it in its stream."""
_ZONE: Final = "Europe/Amsterdam"


class Turn(BaseModel):
    """One turn of the clock: a step ahead, or another speed (times real time)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    advance: Literal["hour", "day"] | None = None
    speed: Annotated[float, Field(gt=0, le=FASTEST)] | None = None


def demo_routes(services: Services, clock: SteppingClock) -> APIRouter:
    routes = APIRouter()

    def shown() -> Response:
        now = clock.now()
        return JSONResponse({"now": now.isoformat(), **local_time(now, _ZONE), "speed": clock.speed})

    @routes.get("/demo/clock")
    async def look() -> Response:
        return shown()

    @routes.post("/demo/clock")
    async def turn(request: Request, wanted: Turn) -> Response:
        refuse_other_sites(request, services.public_url)
        if (wanted.advance is None) == (wanted.speed is None):
            raise HTTPException(400)
        if wanted.speed is not None:
            clock.set_speed(wanted.speed)
        if wanted.advance is not None:
            try:
                async with asyncio.timeout(_WAIT):
                    await clock.advance(_STEPS[wanted.advance])
            except TimeoutError:
                pass  # The journey goes on without us.
        return shown()

    return routes

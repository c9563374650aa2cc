"""The chat page of a practice, with what it reads: the lines so far, those before, and those to come."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.core.content.model import Practice
from bot.core.messages import Address
from bot.pictures import png
from bot.web.asking import chat_of, new_visitor, practice_of, reader_of
from bot.web.lines import PAGE_OF_LINES, is_discreet, is_shown, latest, local_time, picture_of, shown
from bot.web.pages import page
from bot.web.said import BIGGEST_SEQ, CODE, LONGEST_TEXT
from bot.web.services import Services
from bot.web.stream import events
from bot.web.visitors import Visitors

_NEUTRAL: Final = "Berichten"
"""The name on the page in discreet mode: a practice's name alone can tell something about whoever reads it."""
SPEEDS: Final = {1: "gewoon", 60: "1 min/s", 600: "10 min/s", 3600: "1 uur/s"}


def chat_routes(services: Services, visitors: Visitors) -> APIRouter:
    routes = APIRouter()

    async def lines_of(practice: Practice, address: Address, before: int | None = None) -> dict[str, Any]:
        lines = await latest(services.database, practice, address, before)
        return {
            "lines": [shown(line, practice.zone) for line in lines if is_shown(line)],
            "more": len(lines) == PAGE_OF_LINES,
        }

    @routes.get("/chat/{slug}")
    async def chat(
        request: Request, slug: str, start: str = "", woord: Annotated[str, Query(max_length=64)] = ""
    ) -> Response:
        practice = practice_of(services, slug)
        visitor = visitors.known(request, slug)
        if visitor is None:
            if not services.is_open(practice):
                raise HTTPException(404)
            visitor = new_visitor(visitors, request)
        address = chat_of(slug, visitor)
        response = page(
            request,
            "chat.html",
            practice=practice,
            called=_NEUTRAL if await is_discreet(services.database, slug, address) else practice.name,
            token=visitors.token(slug, visitor),
            mark=visitors.mark(slug, visitor),
            **await lines_of(practice, address),
            now=local_time(services.clock.now(), practice.zone),
            # Only words that the practice knows: nobody else's words are put into a person's mouth.
            draft=woord if woord in practice.names() else "",
            # A link preview opens this page as well: the page itself says later that it was opened through the link.
            start=start if re.fullmatch(CODE, start) else "",
            longest=LONGEST_TEXT,
            speed=services.stepping.speed if services.demo and services.stepping is not None else None,
            speeds=SPEEDS,
        )
        visitors.remember(response, slug, visitor)
        return response

    @routes.get("/chat/{slug}/history")
    async def history(request: Request, slug: str, before: Annotated[int, Query(ge=1, le=BIGGEST_SEQ)]) -> Response:
        address = reader_of(services, visitors, request, slug)
        return JSONResponse(await lines_of(practice_of(services, slug), address, before))

    @routes.get("/chat/{slug}/picture/{message_id}.png")
    async def picture(request: Request, slug: str, message_id: Annotated[int, Path(ge=1, le=BIGGEST_SEQ)]) -> Response:
        """Kept by no cache: the next visitor of this browser may be somebody else."""
        shown_there = await picture_of(
            services.database, slug, reader_of(services, visitors, request, slug), message_id
        )
        if shown_there is None:
            raise HTTPException(404)
        return Response(await png(shown_there), media_type="image/png")

    @routes.get("/chat/{slug}/events")
    async def stream(
        request: Request, slug: str, who: str = "", after: Annotated[int, Query(ge=0, le=BIGGEST_SEQ)] = 0
    ) -> Response:
        address = reader_of(services, visitors, request, slug)
        last = request.headers.get("last-event-id", "")
        is_still_here = who == visitors.mark(slug, address.external_id)
        return StreamingResponse(
            events(
                services,
                practice_of(services, slug),
                address if is_still_here else None,
                int(last) if re.fullmatch(r"[0-9]{1,15}", last) else after,
            ),
            media_type="text/event-stream",
            # nginx holds a stream back until its buffer is full, unless told not to.
            headers={"X-Accel-Buffering": "no"},
        )

    return routes

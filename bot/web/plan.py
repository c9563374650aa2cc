"""The page with a person's safety plan, to keep or to print; whoever has the secret link reads it, for an hour."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.core.markup import to_web_html
from bot.core.safety import plan_texts, texts
from bot.store.plan_links import whose_plan
from bot.web.pages import page
from bot.web.services import Services

_GONE: Final = "Deze link is verlopen. Typ KRACHT in je gesprek; dan krijg je een nieuwe."


def plan_routes(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.get("/plan/{secret}")
    async def plan(request: Request, secret: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")]) -> Response:
        """No name of a person or a practice: who sees the sheet lie sees a plan, not whose it is."""
        async with services.database.read() as conn:
            subscriber = await whose_plan(conn, secret)
        if subscriber is None or subscriber.safety_plan is None:
            raise HTTPException(404, _GONE)
        # The template takes these as they are: to_web_html escapes whatever is not a mark or a checked link.
        parts = [
            (heading, [to_web_html(plan_texts.shown(line)) for line in lines])
            for heading, lines in subscriber.safety_plan.filled
        ]
        return page(request, "plan.html", parts=parts, need=to_web_html(texts.in_need(subscriber.zone)))

    return routes

"""The front door: in the demo the practices that can be texted, elsewhere no word about who uses this."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from bot.web.pages import page
from bot.web.services import Services


def home_routes(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.get("/")
    async def home(request: Request) -> Response:
        practices = sorted(
            (practice for practice in services.library().practices.values() if services.is_open(practice)),
            key=lambda practice: practice.name,
        )
        if services.demo:
            return page(request, "home.html", practices=practices)
        if len(practices) == 1:
            return RedirectResponse(f"/chat/{practices[0].slug}", 307)
        return page(request, "closed.html")

    return routes

"""What is kept of a person, behind a one-time link. Opening the link uses nothing up: link previews open links."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from bot.core.decision import EXPORT_PREFIX
from bot.exports import Export, as_json, as_page
from bot.store import export, export_links
from bot.store.errors import Missing
from bot.web.origin import refuse_other_sites
from bot.web.pages import page
from bot.web.services import Services

Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{20,64}$")]
_NAMES: Final = {"page": ("mijn-gegevens.html", "text/html"), "data": ("mijn-gegevens.json", "application/json")}


def export_routes(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.get("/gegevens/{code}")
    async def look(request: Request, code: Code) -> Response:
        return page(request, "export.html", code=code)

    @routes.post("/gegevens/{code}")
    async def show(request: Request, code: Code, als: Annotated[str, Form(pattern="^(page|data|look)$")]) -> Response:
        refuse_other_sites(request, services.public_url)
        again = services.one_time_code(EXPORT_PREFIX) if als == "look" else ""
        found = await services.database.write(lambda conn: _read(services, conn, code, again))
        if found is None:
            return page(request, "export_gone.html", status=410)
        practice = services.library().practices.get(found.practice.slug)
        if als == "look":
            shown = as_page(found, practice, nonce=request.state.nonce, again=f"/gegevens/{again}")
            return HTMLResponse(shown, headers={"Cache-Control": "no-store"})
        name, kind = _NAMES[als]
        content = as_json(found) if als == "data" else as_page(found, practice)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, media_type=kind, headers=headers)

    return routes


async def _read(services: Services, conn: AsyncConnection, code: str, again: str) -> Export | None:
    """Uses the code up. `again` is then good for saving once what was shown, until the first one's time is over."""
    used = await export_links.use_up(conn, code)
    if used is None:
        return None
    practice = services.library().practices.get(used.practice)
    try:
        found = await export.kept_of(conn, used.practice, used.subscriber_id, practice, datetime.now(UTC))
    except Missing:
        return None
    if again:
        await export_links.make(conn, used.practice, used.subscriber_id, again, used.made_at)
    return found

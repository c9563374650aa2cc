"""HTML from templates, and errors in words that a person can use."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"

_templates: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_ERRORS: Final = {
    400: ("Dat ging niet goed", "Je browser stuurde iets dat we niet begrijpen. Ga terug en probeer het nog eens."),
    403: ("Dat kan hier niet", "Vernieuw de pagina en probeer het nog eens."),
    404: ("Deze pagina is er niet", "Misschien is de link niet compleet. Kijk nog eens naar de link die je kreeg."),
    405: ("Dat kan hier niet", "Ga terug en probeer het op een andere manier."),
    413: ("Dat is te veel in één keer", "Stuur het in kleinere stukjes."),
    429: (
        "Even wachten",
        "Er zijn vanaf dit netwerk veel nieuwe gesprekken begonnen. Probeer het over een uur nog eens.",
    ),
    500: ("Er ging iets mis", "Dat ligt aan ons. Probeer het over een paar minuten nog eens."),
    503: ("Het lukt even niet", "Dat ligt aan ons. Probeer het over een paar minuten nog eens."),
}


def page(request: Request, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from `templates/<name>`; it may never be cached, for it can hold a conversation."""
    html = _templates.get_template(name).render(nonce=request.state.nonce, static=static_url, **values)
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


def error_response(request: Request, status: int, words: str = "") -> Response:
    """An error as a Dutch page for who reads one, else as JSON with the same sentence."""
    title, usual = _ERRORS.get(status, _ERRORS[500 if status >= 500 else 400])
    if "text/html" in request.headers.get("accept", ""):
        return page(request, "error.html", status=status, title=title, words=words or usual)
    return JSONResponse({"error": words or usual}, status_code=status)


@cache
def static_url(name: str) -> str:
    """The address of a file in `static/`, with its hash: it can be cached for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"

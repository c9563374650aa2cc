"""Who asks, and for which chat. Every route of a chat begins here."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.core.content.model import Practice
from bot.core.messages import Address, Channel
from bot.web.origin import refuse_other_sites
from bot.web.services import Services
from bot.web.visitors import TooManyVisitors, Visitors


def practice_of(services: Services, slug: str) -> Practice:
    """Raises HTTPException 404 for no such practice."""
    practice = services.library().practices.get(slug)
    if practice is None:
        raise HTTPException(404)
    return practice


def chat_of(slug: str, visitor: str) -> Address:
    return Address(Channel.WEBCHAT, f"{slug}:{Channel.WEBCHAT}", visitor)


def reader_of(services: Services, visitors: Visitors, request: Request, slug: str) -> Address:
    """The chat of who looks. Raises HTTPException: 404 for no such practice, 401 for a visitor that is unknown."""
    practice_of(services, slug)
    visitor = visitors.known(request, slug)
    if visitor is None:
        raise HTTPException(401, "Je browser heeft geen cookie van dit gesprek. Vernieuw de pagina.")
    return chat_of(slug, visitor)


def poster_of(services: Services, visitors: Visitors, request: Request, slug: str) -> Address:
    """The chat of who says something, from our own page only. Raises HTTPException as `reader_of`, and 403."""
    refuse_other_sites(request, services.public_url)
    address = reader_of(services, visitors, request, slug)
    if not visitors.token_fits(request.headers.get("x-nabij-token", ""), slug, address.external_id):
        raise HTTPException(403)
    return address


def new_visitor(visitors: Visitors, request: Request) -> str:
    """Raises HTTPException 429 when this address has begun enough chats for now."""
    try:
        return visitors.begin(request)
    except TooManyVisitors:
        raise HTTPException(429) from None

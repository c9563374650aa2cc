"""What a chat page posts: words, taps, links that were followed, what was seen, and that this is somebody else."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.core.messages import Address, Inbound, InboundKind
from bot.store import outbox, subscribers
from bot.web.asking import new_visitor, poster_of
from bot.web.services import Services
from bot.web.visitors import Visitors

LONGEST_TEXT: Final = 4_000
"""Characters of one message; a longer one is refused kindly and stays in the composer."""
CODE: Final = r"^[A-Za-z0-9_-]{1,64}$"
"""Of a link: as Telegram has it, so that one code does for every channel."""
BIGGEST_SEQ: Final = 2**53 - 1

Number = Annotated[int, Field(ge=0, le=BIGGEST_SEQ)]


class Said(BaseModel):
    """Exactly one of a text, a tapped button and the code of a link. `id` is the page's own, and makes a post that
    was repeated one message."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{6,80}$")]
    text: str | None = None
    message: Number | None = None
    button: Annotated[int, Field(ge=0, le=99)] | None = None
    start: Annotated[str, Field(pattern=CODE)] | None = None

    def inbound(self, address: Address) -> Inbound:
        """Raises HTTPException, 400 or 422 with words for the person, for what is no message."""
        # The page's id is only unique within its chat, the inbox's within the whole account.
        external_id = f"{address.external_id}:{self.id}"
        match self.text, self.message, self.button, self.start:
            case str(text), None, None, None:
                return Inbound(address=address, external_id=external_id, kind=InboundKind.TEXT, text=_checked(text))
            case None, int(message), int(button), None:
                return Inbound(
                    address=address,
                    external_id=external_id,
                    kind=InboundKind.BUTTON,
                    message_id=message,
                    button=button,
                )
            case None, None, None, str(code):
                return Inbound(address=address, external_id=external_id, kind=InboundKind.START, payload=code)
            case _:
                raise HTTPException(400)


class Seen(BaseModel):
    """The newest line that a page has put before the person."""

    model_config = ConfigDict(extra="forbid", strict=True)

    seq: Number


def said_routes(services: Services, visitors: Visitors) -> APIRouter:
    routes = APIRouter()

    @routes.post("/chat/{slug}/messages")
    async def say(request: Request, slug: str, said: Said) -> Response:
        address = poster_of(services, visitors, request, slug)
        await services.receive([said.inbound(address)])
        services.hub.wake(address)
        return JSONResponse({"ok": True})

    @routes.post("/chat/{slug}/ack")
    async def acknowledge(request: Request, slug: str, seen: Seen) -> Response:
        address, now = poster_of(services, visitors, request, slug), services.clock.now()

        async def acknowledged(conn: AsyncConnection) -> None:
            address_id = await subscribers.address_id_of(conn, slug, address)
            if address_id is not None:
                await outbox.acknowledge(conn, slug, address_id, seen.seq, now)

        await services.database.write(acknowledged)
        return Response(status_code=204)

    @routes.post("/chat/{slug}/forget")
    async def forget(request: Request, slug: str) -> Response:
        """[Ben jij dit niet?]: another visitor from here on. The chat itself stays, for it is somebody's."""
        address = poster_of(services, visitors, request, slug)
        response = Response(status_code=204)
        visitors.remember(response, slug, new_visitor(visitors, request))
        services.hub.end(address)
        return response

    return routes


def _checked(text: str) -> str:
    """The text as it was typed. Half a surrogate pair is no character: it becomes the mark for one that is missing."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not whole.strip():
        raise HTTPException(422, "Je bericht is nog leeg.")
    if len(whole) > LONGEST_TEXT:
        raise HTTPException(422, "Dat is langer dan 4.000 tekens. Stuur het in een paar stukjes.")
    return whole

"""What platforms post to us. 200 only after the inbox's commit; anything else makes the platform post it again."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.channels.protocol import BadRequest
from bot.core.messages import Channel
from bot.web.services import Services

BIGGEST_BODY: Final = 1_000_000
"""Bytes; Telegram's updates are a few kB."""
_READ_WITHIN: Final = 10.0
"""Real seconds for the whole body to come in."""


def webhook_routes(services: Services) -> APIRouter:
    routes = APIRouter()

    @routes.post("/webhooks/telegram/{slug}", max_body_size=BIGGEST_BODY)
    async def telegram(request: Request, slug: str) -> Response:
        """Raises DatabaseUnavailable, which becomes 503: nothing was committed, so nothing is acknowledged."""
        port = services.webhooks.get(f"{slug}:{Channel.TELEGRAM}")
        if port is None:
            raise HTTPException(404)
        try:
            async with asyncio.timeout(_READ_WITHIN):
                body = await request.body()
        except TimeoutError:
            raise HTTPException(408) from None
        try:
            inbound = port.parse_webhook(request.headers, body)
        except BadRequest as refusal:
            return Response(status_code=refusal.status)
        await services.receive([inbound])
        return Response(status_code=200)

    return routes

"""What platforms post to us. 200 only after the inbox's commit; anything else makes the platform post it again.

Plain ASGI, past the layers that pages and forms need: they took more time than reading, deciding and storing did.
A platform reads a status and nothing else, so that is all it gets.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.protocol import BadRequest
from bot.core.messages import Channel
from bot.crash import kind_and_place
from bot.store.errors import DatabaseUnavailable
from bot.web.services import Services

BIGGEST_BODY: Final = 1_000_000
"""Bytes; Telegram's updates are a few kB."""
_READ_WITHIN: Final = 10.0
"""Real seconds for the whole body to come in."""
_TELEGRAM: Final = "/webhooks/telegram/"
_HEADERS: Final = (
    (b"content-length", b"0"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_log = structlog.get_logger(__name__)


class Webhooks:
    """Answers what is under /webhooks/telegram/, and hands everything else on to `app`."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_TELEGRAM):
            await self._app(scope, receive, send)
            return
        try:
            status = await self._status(scope, receive)
        except Exception as problem:  # noqa: BLE001 -- nothing was acknowledged; its text may hold a person's text
            _log.error("request_failed", path=_TELEGRAM, **kind_and_place(problem))
            status = 500
        await send({"type": "http.response.start", "status": status, "headers": list(_HEADERS)})
        await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: Scope, receive: Receive) -> int:
        slug = scope["path"].removeprefix(_TELEGRAM)
        port = self._services.webhooks.get(f"{slug}:{Channel.TELEGRAM}")
        if port is None:
            return 404
        if scope["method"] != "POST":
            return 405
        headers = Headers(scope=scope)
        try:
            async with asyncio.timeout(_READ_WITHIN):
                body = await _read(headers, receive)
        except TimeoutError:
            return 408
        if body is None:
            return 413
        try:
            inbound = port.parse_webhook(headers, body)
        except BadRequest as refusal:
            return refusal.status
        try:
            await self._services.receive([inbound])
        except DatabaseUnavailable as problem:
            _log.error("database_away", **kind_and_place(problem))
            return 503
        return 200


async def _read(headers: Headers, receive: Receive) -> bytes | None:
    """The body; None for one that is too large, which is not read to its end. What was cut off parses as nothing."""
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > BIGGEST_BODY:
        return None
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BIGGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)

"""HTTP to a platform: one session, and for each failure the one question that counts: may the request have arrived?"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import aiohttp

CONNECTIONS: Final = 640
"""At once, per session: more than an account ever has in flight (`bot.worker.slots`), so that no send that was claimed
waits for a place, and a long poll and taps besides."""
_KEEP_ALIVE: Final = 15.0
"""Seconds; below what platforms keep, so that no request meets a connection that is just being closed."""

_json: Final = json.JSONEncoder(separators=(",", ":")).encode
_BEFORE_THE_FIRST_BYTE: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class NotDelivered(Exception):
    """Surely nothing was sent: no connection came about. The caller may try again."""


class Undecided(Exception):
    """Bytes left and no whole answer came back. The caller has to treat the request as possibly done."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds of real time."""

    connect: float = 5.0
    """For a place in the pool, the name look-up, the connection and TLS together."""
    write: float = 10.0
    read: float = 15.0
    """Between the request and the answer, and between two parts of the answer."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request."""

    name: str
    content: Any
    """Bytes or an open binary file."""
    media_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    retry_after: float | None = None
    """Seconds, where the Retry-After header says so."""


class Transport:
    """A session that may be shared by several accounts of a platform; used only from the loop that opened it."""

    def __init__(self, timeouts: Timeouts | None = None, *, connections: int = CONNECTIONS) -> None:
        silence_http_logs()
        self.timeouts = timeouts or Timeouts()
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def open(self) -> None:
        """A first request does it too: help for somebody in danger may be asked for amid the start."""
        self._is_closed = False
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_KEEP_ALIVE),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "nabij"},
            )

    async def close(self) -> None:
        """Open requests end as Undecided; later ones as NotDelivered."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post_json(
        self,
        url: str,
        payload: object,
        *,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """Raises NotDelivered or Undecided; every status is an Answer."""
        body = _json(payload).encode()
        return await self._request(
            "POST", url, body, headers={"Content-Type": "application/json", **(headers or {})}, timeouts=timeouts
        )

    async def post_files(
        self,
        url: str,
        fields: Mapping[str, str],
        files: Mapping[str, Upload],
        *,
        headers: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
    ) -> Answer:
        """As `post_json`, as multipart/form-data."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in fields.items():
            form.add_field(name, value)
        for name, upload in files.items():
            form.add_field(name, upload.content, filename=upload.name, content_type=upload.media_type)
        return await self._request("POST", url, form, headers=headers, timeouts=timeouts)

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, timeouts: Timeouts | None = None
    ) -> Answer:
        return await self._request("GET", url, None, headers=headers, timeouts=timeouts)

    async def _request(
        self,
        method: str,
        url: str,
        data: bytes | aiohttp.FormData | None,
        *,
        headers: Mapping[str, str] | None,
        timeouts: Timeouts | None,
    ) -> Answer:
        if self._is_closed:
            raise NotDelivered("the connection is closed")
        if self._session is None:
            await self.open()
        assert self._session is not None
        limits = timeouts or self.timeouts
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=_limits(limits), allow_redirects=False
            ) as response:
                return Answer(response.status, await response.read(), _seconds(response.headers.get("Retry-After")))
        # Only kinds of errors go on, not their texts: those carry the address, and with it the token. The context
        # of an exception is a text too.
        except _BEFORE_THE_FIRST_BYTE as error:
            raise NotDelivered(_kind(error)) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Undecided(_kind(error)) from None


def silence_http_logs() -> None:
    """Clients log addresses, and a Telegram token is part of the address; they log texts of people besides."""
    for name in ("aiohttp.client", "httpcore", "httpx", "telegram"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@cache
def _limits(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        # The whole takes longer than connecting may, so that a timeout before the first byte is always told apart.
        total=timeouts.connect + timeouts.write + timeouts.read,
        connect=timeouts.connect,
        sock_connect=timeouts.connect,
        sock_read=timeouts.read,
    )


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isascii() and header.isdigit() else None


def _kind(error: BaseException) -> str:
    return type(error).__name__

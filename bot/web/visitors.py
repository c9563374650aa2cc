"""Who looks: a signed cookie per practice with a random id, which is also the external id of the web chat address.

There is one cookie per practice, so that nothing ties a person's chats with two practices together.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from hmac import compare_digest
from ipaddress import IPv6Address, ip_network
from ipaddress import ip_address as parse_ip
from typing import Final

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

_KEPT: Final = 400 * 24 * 3600
"""Seconds; browsers keep no cookie longer than 400 days."""
_HOUR: Final = 3600.0
_CLIENTS_KEPT: Final = 10_000


class TooManyVisitors(Exception):
    """The client's address has begun as many chats as it may in an hour. The caller answers 429."""


class Visitors:
    """Knows a visitor by cookie, and makes new ones as far as the cap allows. Real time, in memory of this process."""

    def __init__(
        self, secret: str, *, secure: bool, new_an_hour: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._secret = secret
        self._secure = secure
        self._new_an_hour = new_an_hour
        self._monotonic = monotonic
        self._begun: dict[str, deque[float]] = {}

    def known(self, request: Request, practice: str) -> str | None:
        """The external id of this browser at a practice; None when there is none or it is not ours."""
        try:
            return self._signer("visitor", practice).unsign(request.cookies.get(self._cookie(practice), "")).decode()
        except (BadSignature, UnicodeError):
            return None

    def begin(self, request: Request) -> str:
        """A new random external id of 128 bits. Raises TooManyVisitors."""
        client = _network(request.client.host if request.client else "")
        now = self._monotonic()
        times = self._begun.setdefault(client, deque())
        while times and times[0] <= now - _HOUR:
            times.popleft()
        if len(times) >= self._new_an_hour:
            raise TooManyVisitors
        times.append(now)
        if len(self._begun) > _CLIENTS_KEPT:
            self._begun = {key: kept for key, kept in self._begun.items() if kept and kept[-1] > now - _HOUR}
        return secrets.token_urlsafe(16)

    def remember(self, response: Response, practice: str, visitor: str) -> None:
        response.set_cookie(
            self._cookie(practice),
            self._signer("visitor", practice).sign(visitor).decode(),
            max_age=_KEPT,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def token(self, practice: str, visitor: str) -> str:
        """What a page sends back with each POST, to show that it is ours."""
        return self._signer("form", practice).get_signature(visitor).decode()

    def token_fits(self, token: str, practice: str, visitor: str) -> bool:
        return compare_digest(token.encode(), self.token(practice, visitor).encode())

    def mark(self, practice: str, visitor: str) -> str:
        """A short mark of the visitor that tells nothing, for the address of the event stream."""
        return self._signer("mark", practice).get_signature(visitor).decode()[:12]

    def _cookie(self, practice: str) -> str:
        return f"{'__Host-' if self._secure else ''}nabij-{practice}"

    def _signer(self, purpose: str, practice: str) -> Signer:
        return Signer(
            self._secret, salt=f"{purpose}:{practice}", key_derivation="hmac", digest_method=hashlib.sha256, sep="."
        )


def _network(host: str) -> str:
    """Whom the cap counts: an IPv4 address, or the /64 of an IPv6 one, which is one household."""
    try:
        address = parse_ip(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)

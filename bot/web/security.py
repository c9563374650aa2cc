"""What holds for every response, as plain ASGI: headers, a nonce, and no traceback to anyone.

Sources: OWASP Secure Headers project; CSP level 3; Trusted Types. Pages hold no inline script, style or handler.
"""

from __future__ import annotations

import secrets
from ipaddress import ip_address
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.crash import kind_and_place
from bot.web.pages import error_response

_log = structlog.get_logger(__name__)

_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types nabij"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ONLY_HERE: Final = ("/praktijk", "/metrics")
"""What the phones in the house do not get in LAN mode."""


class Guard:
    """The outermost layer of our own. `secure`: the site is served over https. `lan`: see Services."""

    def __init__(self, app: ASGIApp, *, secure: bool, lan: bool) -> None:
        self._app = app
        self._secure = secure
        self._lan = lan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._protect(MutableHeaders(scope=message), nonce)
            await send(message)

        try:
            if self._lan and _is_only_for_this_machine(scope["path"]) and not is_loopback(scope):
                await error_response(Request(scope), 404)(scope, receive, send_guarded)
                return
            await self._app(scope, receive, send_guarded)
        except Exception as problem:  # noqa: BLE001 -- nothing may pass that shows a traceback
            # The text of an exception can hold a person's text (SQL parameters): only its kind and place are logged.
            _log.error("request_failed", path=_route(scope), **kind_and_place(problem))
            if begun:
                raise ResponseBroken from None
            await error_response(Request(scope), 500)(scope, receive, send_guarded)

    def _protect(self, headers: MutableHeaders, nonce: str) -> None:
        headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
        for name, value in _HEADERS.items():
            headers[name] = value
        headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"


class ResponseBroken(Exception):
    """A response failed after it had begun; the server has to cut the connection. Carries nothing of the cause."""


def is_loopback(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None:
        return True  # A unix socket.
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _is_only_for_this_machine(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in _ONLY_HERE)


def _route(scope: Scope) -> str:
    """The path's pattern, not the path: a path can hold a code."""
    return str(getattr(scope.get("route"), "path", "?"))

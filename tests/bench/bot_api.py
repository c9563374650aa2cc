"""A Bot API that accepts everything, as a process of its own: it costs little, so that what is measured is the bot.

    python tests/bench/bot_api.py LATENCY_SECONDS

Every call is answered after the latency; each sendMessage is kept with the moments it came in and was answered
(`time.monotonic()`, which all processes of a machine share). GET /sent tells them, GET /count how many, POST /forget
drops them. Strictness is the business of tests/stubs/telegram.py.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.request import Request, urlopen

TOKEN: Final = "123456:" + "bench" * 7
_CHAT: Final = re.compile(rb'"?chat_id"?\s*[:=]\s*"?(-?\d+)')
_POLL: Final = re.compile(rb'"?timeout"?\s*[:=]\s*"?(\d+)')
_LENGTH: Final = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_ME: Final = {"id": 123456, "is_bot": True, "first_name": "Bench", "username": "nabij_bench_bot"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was accepted. Times are `time.monotonic()`."""

    chat: int
    came: float
    answered: float


@dataclass(frozen=True, slots=True)
class Platform:
    """The running process, as a bench sees it."""

    url: str

    def sent(self) -> list[Sent]:
        return [Sent(*one) for one in self._ask("/sent")]

    def count(self) -> int:
        return int(self._ask("/count"))

    def forget(self) -> None:
        self._ask("/forget", b"")

    def _ask(self, path: str, data: bytes | None = None) -> Any:
        with urlopen(Request(self.url + path, data), timeout=30) as answer:
            return json.load(answer)


@contextmanager
def platform(latency: float) -> Iterator[Platform]:
    """The process, with so many seconds before each answer; ended afterwards."""
    process = subprocess.Popen([sys.executable, __file__, str(latency)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Platform(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.communicate()


class _Connection(asyncio.Protocol):
    def __init__(self, latency: float, kept: list[tuple[int, float, float]]) -> None:
        self._latency = latency
        self._kept = kept
        self._bytes = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._bytes += data
        while (end := self._bytes.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._bytes, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._bytes) < whole:
                return
            head, body, self._bytes = self._bytes[:end], self._bytes[end + 4 : whole], self._bytes[whole:]
            self._serve(head.split(b" ", 2)[1].rpartition(b"/")[2].decode(), body)

    def _serve(self, method: str, body: bytes) -> None:
        match method:
            case "sent":
                self._answer(self._kept)
            case "count":
                self._answer(len(self._kept))
            case "forget":
                self._kept.clear()
                self._answer(True)
            case "sendMessage":
                self._later(self._latency, self._accept, int(_found(_CHAT, body)), time.monotonic())
            case "getUpdates":
                self._later(float(_found(_POLL, body) or 0), self._grant, [])
            case "getMe":
                self._later(self._latency, self._grant, _ME)
            case _:
                self._later(self._latency, self._grant, True)

    def _later(self, seconds: float, answer: Any, *given: Any) -> None:
        asyncio.get_running_loop().call_later(seconds, answer, *given)

    def _accept(self, chat: int, came: float) -> None:
        self._kept.append((chat, came, time.monotonic()))
        message = {"message_id": len(self._kept), "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
        self._grant(message)

    def _grant(self, result: Any) -> None:
        self._answer({"ok": True, "result": result})

    def _answer(self, answer: Any) -> None:
        body = json.dumps(answer).encode()
        if self._transport is not None and not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._transport.write(head + body)


def _found(what: re.Pattern[bytes], body: bytes) -> bytes:
    found = what.search(body)
    return found[1] if found else b"0"


async def _serve(latency: float) -> None:
    kept: list[tuple[int, float, float]] = []
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(latency, kept), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))

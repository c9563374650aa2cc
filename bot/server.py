"""Serving the App: the socket, uvicorn, and a stop that lets everybody finish."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Final

import structlog
import uvicorn

from bot.app import App, Role, opened
from bot.refusals import Unusable
from bot.settings import Settings

GRACE = 3
"""Real seconds that open connections get once every stream has been ended."""
ENDS_WITHIN: Final = 34.0
"""Real seconds after the first signal at which the process ends, whatever it still waits for."""
_DATE_EVERY = 1.0
_GARBAGE_AFTER: Final = 20_000
"""Objects made before garbage is looked for. A batch of the plan makes some ten thousand and lets go of all of them:
Python's own 700 would look at them fifteen times meanwhile, a twentieth of the plan's time."""

_log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """Signals are ours: streams have to end before uvicorn waits for its connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """uvicorn's own wakes ten times a second to see whether it has to end; this one is told. Each turn renews the
        date that answers carry."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _DATE_EVERY)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises Unusable with a sentence when the port is taken or the address is none of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(1024)
    except (OSError, OverflowError) as error:
        bound.close()
        raise Unusable(
            f"Op {host}:{port} kan Nabij niet luisteren ({getattr(error, 'strerror', None) or error}). Draait er al "
            "iets? Kies een andere poort met NABIJ_PORT (bij --role worker NABIJ_METRICS_PORT), of een ander adres met "
            "NABIJ_HOST."
        ) from error
    bound.setblocking(False)
    return bound


async def run(settings: Settings, role: Role, ready: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT; a second signal stops at once. `ready` gets the address once it answers."""
    stop = _stop_on_signals()
    port = settings.metrics_port if role is Role.WORKER else settings.port
    bound = None if role is Role.WORKER and not port else listen(settings.host, port)
    try:
        async with opened(settings, role) as app:
            if bound is None:
                look_for_garbage_again()
                ready("")
                await stop.wait()
            else:
                await _serve(app, bound, stop, ready)
    finally:
        if bound is not None:
            bound.close()


async def _serve(app: App, bound: socket.socket, stop: asyncio.Event, ready: Callable[[str], None]) -> None:
    config = uvicorn.Config(
        app.web, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, server_header=False
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started and not serving.done():  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    host, port = bound.getsockname()[:2]
    look_for_garbage_again()
    ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    app.hub.close()
    server.end()
    await serving


def look_for_garbage_again() -> None:
    """The command switched it off for the start. What reading the content left goes; what stands now stays, so it is
    not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)
    gc.enable()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            _end_now("stopped_at_once")
        _log.info("stopping")
        stop.set()
        # A database that keeps its connections and answers nothing holds up even who no longer wants to wait for it.
        loop.call_later(ENDS_WITHIN, _end_now, "stop_cut_off")

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    return stop


def _end_now(event: str) -> None:
    """As a kill would: what is committed is committed, what is in flight is found as unknown."""
    _log.warning(event)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.raise_signal(signal.SIGTERM)

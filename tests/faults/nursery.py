"""A process that has imported everything, and forks a bot whenever it is asked: importing takes most of a start.

A forked bot is a process like any other. It gets its own environment, runs `nabij ARGUMENTS` from the beginning, and
is killed for real; hundreds of kills take minutes this way instead of an hour. It ends with this process, and this
one with its standard input.

`python -m tests.faults.nursery` reads one JSON object a line (`Birth` below) and writes {"id", "pid"} when it has
forked and {"id", "code"} when that one has ended, as in `subprocess`.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import json
import os
import random
import selectors
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bot.crash

HOME: Final = Path(__file__).parents[2]
_DIE_WITH_PARENT: Final = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""
_ALL: Final = (
    "bot.__main__", "bot.app", "bot.server", "bot.upkeep", "bot.metrics", "alembic.command", "alembic.config",
    "aiosqlite", "psycopg", "sqlalchemy.dialects.sqlite.aiosqlite", "sqlalchemy.dialects.postgresql.psycopg",
    "uvicorn.lifespan.off", "uvicorn.loops.auto", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """A forked `nabij`."""

    pid: int
    ended: asyncio.Future[int]
    """Its exit code; minus the signal when one killed it."""

    async def end(self) -> int:
        """Its exit code, once it has one; whoever stops waiting for it may ask again."""
        return await asyncio.shield(self.ended)

    def send(self, number: signal.Signals) -> None:
        if not self.ended.done():
            os.kill(self.pid, number)


class Nursery:
    """The parent of bots, as tests see it. Made by `opened_nursery`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._number = 0
        self._born: dict[int, asyncio.Future[int]] = {}
        self._ended: dict[int, asyncio.Future[int]] = {}

    async def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        before: Callable[[], None] | None = None,
    ) -> Run:
        """Forks `nabij ARGUMENTS` with that environment, its output appended to `log`. `before` is a
        function of a module, which the new process calls first."""
        loop = asyncio.get_running_loop()
        self._number += 1
        number, born, ended = self._number, loop.create_future(), loop.create_future()
        self._born[number], self._ended[number] = born, ended
        birth = {"id": number, "arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        first = f"{before.__module__}:{before.__name__}" if before is not None else ""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(birth | {"before": first}).encode() + b"\n")
        await self._process.stdin.drain()
        return Run(await born, ended)

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "pid" in told:
                self._born[told["id"]].set_result(told["pid"])
            else:
                self._ended[told["id"]].set_result(told["code"])


@asynccontextmanager
async def opened_nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.nursery", cwd=HOME, stdin=-1, stdout=-1
    )
    nursery = Nursery(process)
    listening = asyncio.create_task(nursery.listen())
    try:
        yield nursery
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await asyncio.wait([listening])


def _main() -> None:
    for module in _ALL:
        importlib.import_module(module)
    waiting, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    children: dict[int, int] = {}
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        selector.register(waiting, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == waiting:
                    os.read(waiting, 4096)
                    _reap(children)
                    continue
                read = os.read(0, 1 << 16)
                if not read:
                    return
                *lines, unread = (unread + read).split(b"\n")
                for line in lines:
                    birth = json.loads(line)
                    children[_fork(birth)] = birth["id"]


def _reap(children: dict[int, int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        _tell({"id": children.pop(pid), "code": os.waitstatus_to_exitcode(status)})


def _tell(what: Mapping[str, int]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _fork(birth: Mapping[str, Any]) -> int:
    pid = os.fork()
    if pid:
        _tell({"id": birth["id"], "pid": pid})
        return pid
    code = 1
    try:
        _become(birth)
        from bot.__main__ import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 -- as the interpreter does at the end of a program
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _become(birth: Mapping[str, Any]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    log = os.open(birth["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(here, there)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(birth["environment"])
    random.seed()
    # It looks at its environment once, when it is imported.
    importlib.reload(bot.crash)
    sys.argv = ["nabij", *birth["arguments"]]
    if birth["before"]:
        module, _, function = birth["before"].partition(":")
        getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    _main()

"""`nabij serve` as a process of its own, as it runs in earnest, and what it costs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

from tests.bench.bot_api import TOKEN
from tests.bench.people import KEY, PRACTICE

SECRET: Final = "bench-secret"
_CONTENT: Final = Path(__file__).parents[2] / "content"
_READY_WITHIN: Final = 60.0
_STOPS_WITHIN: Final = 40.0


class NotReady(Exception):
    """The bot did not become ready; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    process: psutil.Process
    ready_after: float
    """Real seconds from starting the process to the first 200 of /readyz."""

    @property
    def webhook(self) -> str:
        return f"{self.url}/webhooks/telegram/{PRACTICE}"

    def megabytes(self) -> float:
        """Resident memory now."""
        return float(self.process.memory_info().rss) / 1e6

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)

    def wakeups(self) -> int:
        """How often it has gone to sleep so far, by itself."""
        return int(self.process.num_ctx_switches().voluntary)


@contextmanager
def served(folder: Path, telegram_api: str, more: Mapping[str, str] | None = None) -> Iterator[Served]:
    """The bot on the data folder, with one Telegram account that gets webhooks and may send 1,000 a second.

    `more` are settings without their prefix. Raises NotReady.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    prefix = f"PRACTICES__{PRACTICE.upper()}__TELEGRAM__"
    settings = {
        "DATA_DIR": str(folder),
        "CONTENT_DIR": os.environ.get("NABIJ_CONTENT_DIR", str(_CONTENT)),
        "PORT": str(port),
        "SECRET_KEY": KEY,
        "TELEGRAM_API_URL": telegram_api,
        "LOG_LEVEL": "warning",
        f"{prefix}TOKEN": TOKEN,
        f"{prefix}MODE": "webhook",
        f"{prefix}WEBHOOK_SECRET": SECRET,
        f"{prefix}RATE": "1000",
        **(more or {}),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NABIJ_")}
    environment.update({f"NABIJ_{name}": value for name, value in settings.items()})
    log = folder / "serve.log"
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        _wait_until_ready(url, process, log)
        yield Served(url, psutil.Process(process.pid), time.monotonic() - began)
    finally:
        process.terminate()
        try:
            process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN
    while not _is_ready(url):
        if process.poll() is not None or time.monotonic() > until:
            raise NotReady(log.read_text(encoding="utf-8", errors="replace")[-2000:])
        time.sleep(0.01)


def _is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(json.load(answer)["database"])
    except (URLError, ConnectionError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""What tests of every room share: databases, a browser, and how much of the faults to inject.

`make test` passes --everything: what cannot run there fails. Elsewhere it is skipped, with the reason.
"""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from playwright.async_api import Browser, async_playwright
from sqlalchemy.engine import URL, make_url

from tests import postgres
from tests.faults.reporting import FaultTable

# Without these, Chromium talks to its maker at each start, which a closed network answers with refusals.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("nabij")
    group.addoption("--everything", action="store_true", help="fail where PostgreSQL or a browser is missing")
    group.addoption("--faults", choices=("tenth", "full"), default="tenth", help="how often faults are injected")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(FaultTable(full=config.getoption("--faults") == "full"))


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The maintenance database of the one PostgreSQL of this run, for CREATE DATABASE; `database_url` is for tests."""
    run = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        run = run.parent
    with ExitStack() as until_the_end:
        try:
            server = until_the_end.enter_context(postgres.shared_server(run))
        except postgres.ServerNotStarted as reason:
            _cannot_run(request.config, f"PostgreSQL: {reason}")
        yield _written_out(server)


@pytest.fixture
def postgres_database_url(postgres_url: str) -> Iterator[str]:
    """A new and empty PostgreSQL database, for a test that is about PostgreSQL alone."""
    with postgres.fresh_database(make_url(postgres_url), f"test_{uuid4().hex}") as database:
        yield _written_out(database)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new and empty database, as an async SQLAlchemy URL; the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'nabij.sqlite3'}"
    return str(request.getfixturevalue("postgres_database_url"))


@pytest.fixture
async def chromium(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A headless Chromium in the test's own event loop: the machine's, or else the one playwright installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            _cannot_run(request.config, "a browser: no Chromium found; run `make browser`")
        as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        browser = await playwright.chromium.launch(executable_path=found, args=[*QUIET, *as_root])
        yield browser
        await browser.close()


@pytest.fixture
def fault_times(request: pytest.FixtureRequest) -> Callable[[int], int]:
    """How often to inject a fault: all of RELIABILITY.md's times with --faults=full, else a tenth, at least 3."""

    def times(full: int) -> int:
        return full if request.config.getoption("--faults") == "full" else min(full, max(3, full // 10))

    return times


def _cannot_run(config: pytest.Config, what: str) -> NoReturn:
    if config.getoption("--everything"):
        raise pytest.fail.Exception(what, pytrace=False) from None
    raise pytest.skip.Exception(what) from None


def _written_out(url: URL) -> str:
    return url.render_as_string(hide_password=False)

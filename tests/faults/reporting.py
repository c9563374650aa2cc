"""The table of what was injected and what came of it, from all test processes; printed at the end of the run."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests.faults.oracle import Judged

RESULTS: Final = Path(__file__).parent / "results"
_PROPERTY: Final = "fault-row"
_COLUMNS: Final = ("fault", "times", "kills", "in flight", "messages", "lost", "duplicates", "unknown", "held", "seen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One row of the table. What a fault has nothing to say about stays empty."""

    fault: str
    times: int
    kills: int | None = None
    in_flight: int | None = None
    """Messages that were `sending` in the database at the kills, together."""
    judged: Judged | None = None
    held: int | None = None
    """Where nothing is judged, since a restored database has forgotten what came after its backup."""
    seen: str = ""

    def cells(self) -> list[str]:
        judged = self.judged
        ends: tuple[int | None, ...] = (None, None, None, None, self.held)
        if judged is not None:
            ends = (judged.messages, judged.lost, judged.duplicates, judged.unknown, judged.held)
        numbers = (self.times, self.kills, self.in_flight, *ends)
        return [self.fault, *("" if number is None else f"{number:,}" for number in numbers), self.seen]


Report = Callable[[Figures], None]


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    """Puts a row into the table."""
    return lambda figures: record_property(_PROPERTY, json.dumps([asdict(figures), figures.cells()]))


class FaultTable:
    """A pytest plugin; where tests run in several processes it is the one of the process that collects."""

    def __init__(self, *, full: bool) -> None:
        self._full = full
        self._rows: list[list[str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._rows += [json.loads(str(value))[1] for name, value in report.user_properties if name == _PROPERTY]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._rows:
            return
        lines = ["| " + " | ".join(cells) + " |" for cells in (_COLUMNS, ["---"] * len(_COLUMNS), *sorted(self._rows))]
        how = "the full number of times" if self._full else "a tenth"
        title = f"Faults, {how}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_machine()}"
        terminalreporter.section("faults")
        terminalreporter.write_line(title)
        for line in lines:
            terminalreporter.write_line(line)
        if self._full:
            RESULTS.mkdir(exist_ok=True)
            file = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.md"
            file.write_text("\n".join([title, "", *lines, ""]), encoding="utf-8")
            terminalreporter.write_line(f"Also in {file}")


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"

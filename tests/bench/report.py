"""What a bench found, as values, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

RESULTS: Final = Path(__file__).parent / "results"


class Compared(StrEnum):
    """What of a figure is held against its target."""

    VALUE = "value"
    RATIO = "ratio"
    """The figure divided by its reference."""
    EXCESS = "excess"
    """The figure less its reference."""


@dataclass(frozen=True, slots=True)
class Target:
    limit: float
    at_least: bool = False
    """Otherwise the limit is a most."""
    compared: Compared = Compared.VALUE

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        match self.compared:
            case Compared.VALUE:
                return f"{sign} {_short(self.limit)}"
            case Compared.RATIO:
                return f"{sign} {_short(self.limit)} ×"
            case Compared.EXCESS:
                return f"{sign} reference + {_short(self.limit)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `unit` is a plain word or sign; the reference has the same one."""

    what: str
    value: float
    unit: str
    reference: float | None = None
    target: Target | None = None
    note: str = ""
    """What else was seen, for whoever looks into it."""

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        """None where there is no target, or nothing to hold against it."""
        if self.target is None:
            return None
        found = self._compared(self.target.compared)
        if found is None:
            return None
        return found >= self.target.limit if self.target.at_least else found <= self.target.limit

    def _compared(self, how: Compared) -> float | None:
        match how:
            case Compared.VALUE:
                return self.value
            case Compared.RATIO:
                return self.ratio
            case Compared.EXCESS:
                return None if self.reference is None else self.value - self.reference


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: everything, or a part of it for trying a bench out."""

    part: float = 1.0

    def of(self, whole: int, least: int = 1) -> int:
        return max(least, round(whole * self.part))


Say = Callable[[str], None]
"""Tells who waits what is being done."""
Bench = Callable[[Size, Say], Sequence[Figure]]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    cores: int = field(default_factory=lambda: os.cpu_count() or 0)
    processor: str = field(default_factory=_processor)
    python: str = field(default_factory=platform.python_version)
    sqlite: str = sqlite3.sqlite_version
    postgres: str = ""
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    """Of the last minute, before anything was measured."""

    def __str__(self) -> str:
        databases = f"SQLite {self.sqlite} (WAL, FULL)" + (f", PostgreSQL {self.postgres}" if self.postgres else "")
        return f"{self.cores} cores ({self.processor}), Python {self.python}, {databases}, load before {self.load:.1f}"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * percent // 100) - 1))]


def as_table(machine: Machine, found: Sequence[tuple[str, Figure]], part: float) -> Table:
    title = f"make bench: {machine}" + ("" if part == 1 else f"\nonly {part:g} of the real sizes: for trying out")
    table = Table(title=title, title_justify="left", show_lines=False)
    for column in ("bench", "figure", "measured", "reference", "ratio", "target", "met"):
        table.add_column(column, justify="right" if column in {"measured", "reference", "ratio"} else "left")
    for name, one in found:
        table.add_row(
            name,
            one.what,
            f"{_short(one.value)} {one.unit}",
            f"{_short(one.reference)} {one.unit}" if one.reference is not None else "",
            f"{one.ratio:.2f}" if one.ratio is not None else "",
            str(one.target) if one.target is not None else "",
            {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[one.met],
        )
    return table


def show(console: Console, machine: Machine, found: Sequence[tuple[str, Figure]], part: float) -> None:
    console.print(as_table(machine, found, part))
    for name, one in found:
        if one.note:
            console.print(f"  {name}, {one.what}: {one.note}", highlight=False)


def write(machine: Machine, found: Sequence[tuple[str, Figure]], part: float) -> Path:
    """The JSON file of this run, in tests/bench/results/."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{machine.at.replace(':', '').replace('+0000', 'Z')}.json"
    figures = [
        {
            "bench": name,
            **asdict(one),
            "ratio": one.ratio,
            "target": str(one.target) if one.target is not None else None,
            "met": one.met,
        }
        for name, one in found
    ]
    document = {"machine": asdict(machine), "part": part, "figures": figures}
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _short(number: float) -> str:
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"

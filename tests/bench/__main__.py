"""`python -m tests.bench [NAME] [--part 0.1]`: measures, prints one table and writes it as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Final

from rich.console import Console

from bot import logs
from tests.bench import databases, finding, planning, replies, report, scaling, sending, standing
from tests.bench.report import Bench, Figure, Machine, Size

BENCHES: Final[Mapping[str, Bench]] = {
    "reply": replies.reply,
    "start": standing.start,
    "idle": standing.idle,
    "due": finding.due,
    "throughput": sending.throughput,
    "plan": planning.plan,
    "reply-under-load": replies.reply_under_load,
    "flat": planning.flat,
    "memory": standing.memory,
    "punctual": sending.punctual,
    "scale-out": scaling.scale_out,
}


def main() -> int:
    """0 when every target was met, 1 when one was not; a bench that breaks keeps its traceback."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES, help="one bench; all of them without it")
    parser.add_argument("--part", type=float, default=1.0, help="only a part of the real sizes, to try a bench out")
    asked = parser.parse_args()
    logs.configure("warning", as_json=False)
    console = Console(width=None if sys.stdout.isatty() else 160)
    machine = Machine(postgres=databases.postgres_version())
    found: list[tuple[str, Figure]] = []
    with Console(stderr=True).status("") as status:
        for name in [asked.name] if asked.name else BENCHES:

            def say(doing: str, name: str = name) -> None:
                status.update(f"{name}: {doing}")

            found.extend((name, figure) for figure in BENCHES[name](Size(asked.part), say))
    report.show(console, machine, found, asked.part)
    console.print(f"Written: {report.write(machine, found, asked.part)}", highlight=False, soft_wrap=True)
    return 1 if any(figure.met is False for _, figure in found) else 0


if __name__ == "__main__":
    sys.exit(main())

"""Named points at which a test may end the process as a power cut would, and what may be logged of a real failure."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Final, Literal

CRASH_AT: Final = "NABIJ_CRASH_AT"

Point = Literal[
    "after-receive",
    "before-commit",
    "after-commit",
    "after-claim",
    "after-send",
    "before-outcome",
    "after-alert-claim",
    "after-alert-send",
]

_wanted: Final = os.environ.get(CRASH_AT, "")
"""Looked up once: the points lie on the way of every message."""
_passed: Counter[str] = Counter()


def crash_point(name: Point) -> None:
    """Kills this process here when NABIJ_CRASH_AT is `name`, or `name:nth` for the nth time; otherwise does nothing."""
    if not _wanted:
        return
    where, _, nth = _wanted.partition(":")
    if where != name:
        return
    _passed[name] += 1
    if _passed[name] == int(nth or "1"):
        os.kill(os.getpid(), signal.SIGKILL)


def kind_and_place(problem: BaseException) -> dict[str, str]:
    """What may be logged of an exception: its type and where it was raised. Its text may hold what a person wrote."""
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace is not None else ""
    return {"error": type(problem).__name__, "place": place}

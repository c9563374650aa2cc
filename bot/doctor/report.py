"""What the doctor says of one thing: ok, or what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    NOTICE = "let op"
    WRONG = "fout"


@dataclass(frozen=True, slots=True)
class Line:
    subject: str
    verdict: Verdict
    says: str
    """Dutch; where it is not ok also what to do. No name, number or token."""

    def __str__(self) -> str:
        return f"{self.verdict:<6}  {self.subject}: {self.says}"


def ok(subject: str, says: str) -> Line:
    return Line(subject, Verdict.OK, says)


def notice(subject: str, says: str) -> Line:
    """Something to know or to do one day."""
    return Line(subject, Verdict.NOTICE, says)


def wrong(subject: str, says: str) -> Line:
    """Something that does not work, or soon will not."""
    return Line(subject, Verdict.WRONG, says)

"""What is wrong with content: findings with file, line and remedy, in plain Dutch for the author."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

BODY = "body"
"""The place of a file's text, below its front matter."""

_LAST_PART = re.compile(r"(\.[^.\[\]]+|\[\d+\])$")


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`file` is relative to the content folder, `line` counts from 1."""

    file: str
    line: int
    level: Level
    problem: str
    remedy: str

    def __str__(self) -> str:
        word = "fout" if self.level is Level.ERROR else "let op"
        return f"{self.file}:{self.line}: {word}: {self.problem} {self.remedy}"


@dataclass(slots=True)
class Report:
    """Collects findings, and remembers on which line each field of a file stands.

    A place is a field's path in its file: `question.choices[1].label`, or BODY.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    """The files as they were read, to find the line of a few words."""
    findings: list[Finding] = field(default_factory=list)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)

    def mark(self, file: str, place: str, line: int) -> None:
        self.lines[file, place] = line

    def line(self, file: str, place: str) -> int:
        """The line of the place, or of the nearest field around it; 1 when none is known."""
        while place:
            if (file, place) in self.lines:
                return self.lines[file, place]
            shorter = _LAST_PART.sub("", place)
            place = shorter if shorter != place else ""
        return 1

    def line_of(self, file: str, place: str, words: re.Pattern[str]) -> int:
        """The first line from the place on where `words` begin; the place's own line when they stand nowhere."""
        line = self.line(file, place)
        lines = self.files.get(file, "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        below = "\n".join(lines[line - 1 :])
        found = words.search(below)
        return line + below.count("\n", 0, found.start()) if found else line

    def error(self, file: str, place: str | int, problem: str, remedy: str) -> None:
        self._add(Level.ERROR, file, place, problem, remedy)

    def warning(self, file: str, place: str | int, problem: str, remedy: str) -> None:
        self._add(Level.WARNING, file, place, problem, remedy)

    def broken_files(self) -> frozenset[str]:
        return frozenset(finding.file for finding in errors(self.findings))

    def _add(self, level: Level, file: str, place: str | int, problem: str, remedy: str) -> None:
        line = place if isinstance(place, int) else self.line(file, place)
        self.findings.append(Finding(file, line, level, problem, remedy))


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is Level.ERROR]

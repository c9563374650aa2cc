"""Which step carries which section of an article, and which section was left out for what reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.core.content.model import Library, Practice, Program, Source, Step
from bot.core.content.report import Report
from bot.core.text import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    article: str
    section: str
    steps: tuple[str, ...]
    """`practice/program/step` of each step that carries it."""
    omitted: str
    """Why no step carries it; empty when one does, or when nobody said."""

    @property
    def is_gap(self) -> bool:
        return not self.steps and not self.omitted


def check_coverage(library: Library, sources: Mapping[str, Source], report: Report) -> list[Covered]:
    """Every section of every article by name, in order. What nothing carries is an error; so is a step that names a
    heading which its article does not have."""
    rows = [row for article in sorted(sources) for row in _rows(library, sources[article], report)]
    for practice in library.practices.values():
        for program in practice.programs.values():
            if program.source in sources:
                _check_headings(program, sources[program.source], report)
    return rows


def section_of(heading: str, source: Source) -> str | None:
    """The section that a heading means by its first words, whichever of both is the shorter; the article's title
    stands for its first section."""
    said = words(heading)
    nearest = max(source.sections, key=lambda section: _shared(said, words(section)), default="")
    if _shared(said, words(nearest)):
        return nearest
    return source.sections[0] if source.sections and _shared(said, words(source.title)) else None


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words the two have in common when the shorter is how the longer begins, else 0; one more when they are
    the same."""
    shared = min(len(one), len(other))
    return shared + (len(one) == len(other)) if shared and one[:shared] == other[:shared] else 0


def _rows(library: Library, source: Source, report: Report) -> list[Covered]:
    article = source.article
    carrying = [
        (practice, program)
        for practice in library.practices.values()
        for program in practice.programs.values()
        if program.source == article
    ]
    if not carrying:
        report.error(
            source.file,
            1,
            f"Geen enkel programma heeft 'source: {article}'.",
            "Zet die regel in program.yaml van het programma dat bij dit artikel hoort.",
        )
    steps: dict[str, list[str]] = {}
    for practice, program in carrying:
        for step in _steps(program):
            section = section_of(step.source, source)
            if section is not None:
                steps.setdefault(section, []).append(f"{practice.slug}/{program.id}/{step.id}")
    omitted = _omitted([practice for practice, _ in carrying], source)
    rows = []
    for section in source.sections:
        row = Covered(
            article=article,
            section=section,
            steps=tuple(steps.get(section, ())),
            omitted="" if section in steps else omitted.get(section, ""),
        )
        if row.is_gap and carrying:
            report.error(
                carrying[0][1].file,
                "source",
                f"Bij het kopje '{section}' van {article} hoort geen enkele stap.",
                "Zet het als 'source:' bij een stap, of in practice.yaml onder 'coverage:' met \"omit: de reden\".",
            )
        rows.append(row)
    return rows


def _steps(program: Program) -> tuple[Step, ...]:
    return (*program.steps, program.goodbye) if program.goodbye is not None else program.steps


def _omitted(practices: Sequence[Practice], source: Source) -> dict[str, str]:
    reasons = chain.from_iterable(practice.omitted.items() for practice in practices)
    return {found: reason for heading, reason in reasons if (found := section_of(heading, source)) is not None}


def _check_headings(program: Program, source: Source, report: Report) -> None:
    for step in _steps(program):
        if step.source and section_of(step.source, source) is None:
            report.error(
                step.file,
                "source",
                f"Het artikel {program.source} heeft geen kopje '{step.source[:60]}'.",
                "Neem het kopje over uit het artikel; de eerste woorden zijn genoeg.",
            )

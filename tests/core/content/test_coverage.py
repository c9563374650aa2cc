"""Which step carries which section of an article."""

from __future__ import annotations

import pytest

from bot.core.content.coverage import Covered, check_coverage, section_of
from bot.core.content.model import Library, Source
from bot.core.content.parse import parse
from bot.core.content.report import Finding, Report
from tests.core.content.example import EXAMPLE, HOME, PHRASES, PROGRAM

SOURCES = """title: Rust en ruimte
sections:
  - Rust
  - Wat een grens is
  - Wat je doet
"""
ARTICLE = Source(article="grens", title="Rust en ruimte", sections=("Rust", "Rust in huis", "Wat je doet"))
CARRYING = {
    **EXAMPLE,
    "sources/grens.yaml": SOURCES,
    f"{PROGRAM}program.yaml": EXAMPLE[f"{PROGRAM}program.yaml"] + "source: grens\n",
    f"{PROGRAM}01-welkom.md": EXAMPLE[f"{PROGRAM}01-welkom.md"].replace("kind: lesson", "kind: lesson\nsource: Rust"),
    f"{PROGRAM}05-les.md": EXAMPLE[f"{PROGRAM}05-les.md"].replace(
        "kind: lesson", 'kind: lesson\nsource: "Wat een grens is, en wat niet"'
    ),
    f"{PROGRAM}09-afscheid.md": EXAMPLE[f"{PROGRAM}09-afscheid.md"].replace(
        "kind: goodbye", "kind: goodbye\nsource: Wat je doet"
    ),
}


def covered(files: dict[str, str]) -> tuple[list[Covered], list[Finding]]:
    rows: list[Covered] = []

    def rule(library: Library, report: Report) -> None:
        rows.extend(check_coverage(library, library.sources, report))

    _, findings = parse(files, PHRASES, [rule])
    return rows, findings


def test_every_section_names_its_steps() -> None:
    rows, findings = covered(CARRYING)
    assert findings == []
    assert [(row.section, row.steps) for row in rows] == [
        ("Rust", ("wilg/nabij/welkom",)),
        ("Wat een grens is", ("wilg/nabij/les",)),
        ("Wat je doet", ("wilg/nabij/afscheid",)),
    ]


def test_a_section_without_a_step_is_a_gap() -> None:
    gap = {**CARRYING, f"{PROGRAM}09-afscheid.md": EXAMPLE[f"{PROGRAM}09-afscheid.md"]}
    rows, findings = covered(gap)
    assert [row.section for row in rows if row.is_gap] == ["Wat je doet"]
    assert [(one.file, one.line) for one in findings] == [(f"{PROGRAM}program.yaml", 3)]
    assert "'Wat je doet' van grens" in findings[0].problem


def test_a_section_may_be_left_out_for_a_reason() -> None:
    practice = EXAMPLE[f"{HOME}practice.yaml"] + 'coverage:\n  "Wat je doet": "omit: te zwaar"\n'
    rows, findings = covered(
        {**CARRYING, f"{PROGRAM}09-afscheid.md": EXAMPLE[f"{PROGRAM}09-afscheid.md"], f"{HOME}practice.yaml": practice}
    )
    assert findings == []
    assert [row.omitted for row in rows] == ["", "", "te zwaar"]


def test_a_heading_that_the_article_does_not_have_is_told() -> None:
    wrong = {
        **CARRYING,
        f"{PROGRAM}06-jaofnee.md": EXAMPLE[f"{PROGRAM}06-jaofnee.md"].replace("---\n", "---\nsource: Muren\n", 1),
    }
    _, findings = covered(wrong)
    assert [(one.file, one.line) for one in findings] == [(f"{PROGRAM}06-jaofnee.md", 2)]
    assert "geen kopje 'Muren'" in findings[0].problem


def test_an_article_that_no_program_is_after_is_told() -> None:
    _, findings = covered({**EXAMPLE, "sources/grens.yaml": SOURCES})
    assert [(one.file, one.problem) for one in findings] == [
        ("sources/grens.yaml", "Geen enkel programma heeft 'source: grens'.")
    ]


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("Rust", "Rust"),
        ("rust in", "Rust in huis"),
        ("Rust in huis en tuin", "Rust in huis"),
        ("Wat je doet (en laat)", "Wat je doet"),
        ("Rust en ruimte", "Rust"),
        ("In huis", None),
        ("", None),
    ],
)
def test_the_first_words_of_a_heading_are_enough(heading: str, section: str | None) -> None:
    assert section_of(heading, ARTICLE) == section


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("title: Rust en ruimte\n", "", "'title' ontbreekt"),
        (SOURCES.partition("\n")[2], "", "Hier staan geen kopjes"),
        ("sections:", "kopjes:", "'kopjes' bestaat hier niet"),
    ],
)
def test_sources_that_are_wrong_are_told(old: str, new: str, problem: str) -> None:
    _, findings = parse({**EXAMPLE, "sources/grens.yaml": SOURCES.replace(old, new)}, PHRASES)
    assert "sources/grens.yaml" in {one.file for one in findings if problem in one.problem}

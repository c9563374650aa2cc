"""`nabij check`: everything that there is to say about a content folder, and which step carries which section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.authoring.articles import read_article
from bot.authoring.reading import check_reading
from bot.authoring.refusal import Refused, text_of
from bot.content_folder import check_folder
from bot.core.content.coverage import Covered, check_coverage
from bot.core.content.model import Library, Source
from bot.core.content.report import Finding, Report


def check_content(folder: Path) -> list[Finding]:
    _, findings = check_folder(folder, [check_reading])
    return findings


def check_content_and_coverage(folder: Path, articles: Path | None) -> tuple[list[Finding], list[Covered]]:
    """Also whether every section of every article has a step. The headings come from the articles themselves, when
    their folder is given, else from `sources/` of the content. Raises Refused when the articles can't be read."""
    given = sources_in(articles) if articles is not None else None
    rows: list[Covered] = []

    def covered(library: Library, report: Report) -> None:
        rows.extend(check_coverage(library, given if given is not None else library.sources, report))

    _, findings = check_folder(folder, [check_reading, covered])
    return findings, rows


def sources_in(articles: Path) -> Mapping[str, Source]:
    """The articles of a folder by name, with their own headings."""
    files = sorted(articles.glob("*.txt"))
    if not files:
        raise Refused(f"In {articles} staat geen enkel artikel (.txt).")
    return {file.stem: _source(file) for file in files}


def _source(file: Path) -> Source:
    try:
        article = read_article(text_of(file))
    except ValueError as error:
        raise Refused(f"In {file} staat geen tekst.") from error
    sections = tuple(section.heading for section in article.sections)
    return Source(article=file.stem, title=article.title, sections=sections, file=f"sources/{file.stem}.yaml")


def print_coverage(console: Console, rows: Sequence[Covered]) -> None:
    table = Table("Kopje", "Stappen", title="Wat er van elk artikel terugkomt", title_justify="left", show_lines=False)
    article = ""
    for row in rows:
        if row.article != article:
            article = row.article
            table.add_section()
            table.add_row(f"[bold]{article}[/bold]", "")
        steps = ", ".join(step.rpartition("/")[2] for step in row.steps)
        table.add_row(row.section, "[red]geen stap[/red]" if row.is_gap else steps or f"omit: {row.omitted}")
    console.print(table)

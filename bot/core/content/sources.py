"""The headings of the articles that content was written after: `sources/<article>.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.content.documents import read_yaml
from bot.core.content.model import Source
from bot.core.content.report import Report

SOURCES: Final = "sources/"


def read_sources(files: Mapping[str, str], report: Report) -> dict[str, Source]:
    """`files`: those of the content folder, by their path."""
    sources = {}
    for path in sorted(files):
        if not path.startswith(SOURCES) or not path.endswith(".yaml"):
            continue
        fields = read_yaml(path, files[path], report)
        if fields is None:
            continue
        article = path.removeprefix(SOURCES).removesuffix(".yaml")
        title = fields.required_text("title", "De titel van het artikel")
        sections = fields.texts("sections")
        fields.refuse_unknown()
        if not sections:
            fields.error("sections", "Hier staan geen kopjes.", "Zet onder 'sections:' elk kopje op een eigen regel.")
        sources[article] = Source(article=article, title=title, sections=sections, file=path)
    return sources

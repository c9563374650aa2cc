"""An article as people publish it, in plain text: its headings, paragraphs and lists, without what a page adds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST_HEADING: Final = 100
_LONG_LINE: Final = 115
_LEAST_WORDS: Final = 20
"""What stands above the first heading in fewer words is a page's navigation."""
_ITEM: Final = re.compile(r"\s*(?:[-–*•]|\d{1,2}[.)])\s+(?=\S)")
_FURNITURE: Final = re.compile(
    r"\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d+ min(?:uten)?|©.*|reacties|categorieën|tags|deel dit.*|lees meer"
    r"|[a-z0-9]+(?:-[a-z0-9]+)+",
    re.IGNORECASE,
)
_INSIDE: Final = re.compile(r"[.?!…]\s+[“\"'A-ZÀ-Þ]")
_ENDS_A_SENTENCE: Final = tuple(".,;:…”\"’'")


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[str, ...]


Block = Paragraph | Items


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    sections: tuple[Section, ...]
    """In order, each with text. What stands before the first heading has the article's first line as its heading."""


def read_article(text: str) -> Article:
    """The article; one without any heading is a single section. Raises ValueError for a text without words."""
    lines = _lines(text)
    if not any(_has_words(line) for line in lines):
        raise ValueError("no text")
    first = next(line.strip() for line in lines if _has_words(line))
    parts = [Section(heading, _blocks(body)) for heading, body in _parts(lines, first)]
    sections = tuple(part for part in parts if part.blocks) or (Section(first, (Paragraph(first),)),)
    # A headline stands by itself above the heading of the first section.
    above = [part.heading for part in parts[: parts.index(sections[0])]] if sections[0] in parts else []
    return Article(title=above[-1] if above else sections[0].heading, sections=sections)


def _lines(text: str) -> list[str]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    lines = [line.rstrip() if _has_words(line) else "" for line in plain.split("\n")]
    return [line for number, line in enumerate(lines) if number == 0 or not _FURNITURE.fullmatch(line.strip())]


def _has_words(line: str) -> bool:
    return re.search(r"[^\W\d_]", line) is not None


def _parts(lines: Sequence[str], first: str) -> Iterator[tuple[str, list[str]]]:
    """Each heading with the lines below it."""
    heading, body, begun = first, list[str](), False
    for number, line in enumerate(lines):
        if not _is_heading(lines, number) or (
            begun and line.strip().endswith(("?", "!")) and not "".join(body).strip()
        ):
            if line.strip() != first or number > lines.index(line):
                body.append(line)
            continue
        if begun or sum(len(one.split()) for one in body) >= _LEAST_WORDS:
            yield heading, body
        heading, body, begun = line.strip(), [], True
    yield heading, body


def _is_heading(lines: Sequence[str], number: int) -> bool:
    line = lines[number].strip()
    below = lines[number + 1].strip() if number + 1 < len(lines) else ""
    if not _could_be_heading(line) or not any(_has_words(other) for other in lines[number + 1 :]):
        return False
    if _could_be_heading(below) and not below.endswith(("?", "!")):
        # Lines of the same kind right under each other are a list, or the links of a page.
        return False
    above = lines[number - 1].strip() if number else ""
    if above and _could_be_heading(above) and not below:
        return False
    return not line.endswith(("?", "!")) or not above or max(len(above), len(below)) > _LONG_LINE


def _could_be_heading(line: str) -> bool:
    line = line.strip()
    return (
        bool(line)
        and line[0].isalpha()
        and line[0].isupper()
        and len(line) <= LONGEST_HEADING
        and not line.endswith(_ENDS_A_SENTENCE)
        and not _INSIDE.search(line)
        and not _ITEM.match(line)
    )


def _blocks(lines: Sequence[str]) -> tuple[Block, ...]:
    """Paragraphs and lists. A line that stands by itself is a paragraph, unless the next goes on with its sentence."""
    blocks: list[Block] = []
    paragraph: list[str] = []
    items: list[str] = []

    def close() -> None:
        if paragraph:
            blocks.append(Paragraph(" ".join(paragraph)))
            paragraph.clear()

    for line in [*lines, ""]:
        text = line.strip()
        if found := _ITEM.match(line):
            close()
            items.append(line[found.end() :].strip())
            continue
        if text and items:
            blocks.append(Items(tuple(items)))
            items = []
        if not text:
            close()
            continue
        paragraph.append(text)
    if items:
        blocks.append(Items(tuple(items)))
    return tuple(blocks)

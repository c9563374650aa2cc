"""Words that don't belong in a text: guilt, promises of cure, labels. The lists are content: `words.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from bot.core.content.documents import read_yaml
from bot.core.content.fields import Fields
from bot.core.content.model import Library, WordRule
from bot.core.content.report import Report
from bot.core.content.texts import texts_of

WORDS: Final = "words.yaml"
_DENIED: Final = re.compile(r"\b(?:geen|niet|nooit|zonder)(?:\s+\w+){0,2}\s+$", re.IGNORECASE)


def read_words(files: Mapping[str, str], report: Report) -> tuple[WordRule, ...]:
    """The lists; none when the folder has no words.yaml."""
    fields = read_yaml(WORDS, files[WORDS], report) if WORDS in files else None
    return tuple(_rules(fields)) if fields else ()


def _rules(fields: Fields) -> Iterator[WordRule]:
    for name in fields.names():
        inner = fields.inner(name)
        if inner is None:
            continue
        listed = inner.inner("words")
        yield WordRule(
            name=inner.required_text("problem", "geeft schuld"),
            strict=inner.one_of("level", ("warning", "error")) == "error",
            words={word: listed.text(word) for word in listed.names()} if listed else {},
            allowed=inner.texts("allowed"),
        )
        inner.refuse_unknown()


def check_texts(library: Library, report: Report) -> None:
    """Every text against every list. In a strict list a word that is denied ("geen garantie") counts for nothing."""
    rules = [(rule, _any_of(tuple(rule.words)), _any_of(rule.allowed)) for rule in library.words if rule.words]
    for said in texts_of(library):
        for rule, pattern, allowed in rules:
            kept = [found.span() for found in allowed.finditer(said.text)] if rule.allowed else []
            for found in pattern.finditer(said.text):
                if any(start <= found.start() and found.end() <= end for start, end in kept):
                    continue
                if rule.strict and _DENIED.search(said.text, 0, found.start()):
                    continue
                _tell(rule, found[0], said.file, said.place, report)


def _tell(rule: WordRule, found: str, file: str, place: str, report: Report) -> None:
    line = report.line_of(file, place, _any_of((found,)))
    word = " ".join(found.split())
    instead = next((text for one, text in rule.words.items() if _any_of((one,)).fullmatch(found)), "")
    told = report.error if rule.strict else report.warning
    told(file, line, f"'{word}' {rule.name}.", f"Schrijf liever: {instead}." if instead else "Zeg het anders.")


@lru_cache(maxsize=256)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    each = (r"\s+".join(map(_one, word.split())) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)


def _one(word: str) -> str:
    return re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")

"""What a pattern needs is only a shortcut: no line that it matches is passed by."""

from itertools import chain
from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from bot.core.safety.needed import Needed, needed_words
from bot.core.safety.reading import canonical
from bot.core.safety.rules import IDIOMS, RULES, compiled, raw_rules
from bot.core.safety.windows import without_idioms

_HERE: Final = Path(__file__).parent


def _lines() -> list[str]:
    files = (YAML(typ="safe").load((_HERE / name).read_text()) for name in ("labelled.yaml", "everyday.yaml"))
    said = chain.from_iterable(chain.from_iterable(file.values()) for file in files)
    examples = chain.from_iterable(raw["examples"] for raw, _ in raw_rules())
    return [f" {canonical(text)}" for text in chain(said, examples)]


def test_every_pattern_that_matches_is_among_those_that_are_tried() -> None:
    patterns = [
        *(idiom.pattern for idiom in IDIOMS),
        *(pattern for rule in RULES for pattern in (rule.pattern, rule.weak) if pattern is not None),
    ]
    needed = Needed(patterns)
    found = 0
    for line in _lines():
        matching = {place for place, pattern in enumerate(patterns) if pattern.search(line)}
        assert matching <= set(needed.places(line)), line
        found += len(matching)
    assert found > 1000


def test_figures_of_speech_are_replaced_as_if_each_were_tried() -> None:
    for line in _lines():
        plain = line
        for idiom in IDIOMS:
            plain = idiom.pattern.sub(f" {idiom.meaning}", plain)
        assert without_idioms(line) == plain


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("ik (?:strop|touw)", {"strop", "touw"}),
        ("(?:strop|touw) gekocht", {"strop", "touw"}),
        ("(?:hier|touw) gekocht", {"gekocht", "touw"}),
        (r"ik (?:\w+ ){0,3}?brug", {"brug"}),
        ("sprong(?:en)?(?: nu)?", {"sprong", "sprongen"}),
        ("bru[gk]", {"brug", "bruk"}),
        (r"wil (?!nog )(?:\d+ )?pillen(?:doos)*", {"pillen", "pillendoos", "wil"}),
        ("ik|strop", {"ik", "strop"}),
        (r"\w+", None),
        ("(?:strop)?", None),
        (".*", None),
        ("x{2,}", None),
    ],
)
def test_of_the_words_of_a_branch_one_that_is_rare_is_needed(pattern: str, words: set[str] | None) -> None:
    assert needed_words(compiled([pattern], {}).pattern) == words


def test_patterns_keep_their_order_and_one_without_words_is_always_tried() -> None:
    needed = Needed([compiled([one], {}) for one in ("strop", r"\w+", "brug", "strop nu")])
    assert list(needed.places(" nu een strop")) == [0, 1, 3]
    assert list(needed.places(" nu een strop", start=1)) == [1, 3]
    assert list(needed.places(" hoi")) == [1]
    assert list(Needed([]).places(" hoi")) == []

"""The written sentences: whole, in the numbers they were written in, and each under one label."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

_HERE: Final = Path(__file__).parent
_SAFETY: Final = "safety/written_dev.yaml"
_TRAIN: Final = sorted(path.relative_to(_HERE).as_posix() for path in (_HERE / "safety").glob("written_train*.yaml"))
_STOP: Final = "stop_written_dev.yaml"
_KEYWORDS: Final = "keywords_written_dev.yaml"
_FEWEST: Final = {
    "explicit_a": 120,
    "explicit_b": 80,
    "explicit_c": 40,
    "abuse": 120,
    "third_party": 80,
    "implicit_a": 45,
    "implicit_b": 50,
    "implicit_c": 30,
    "idioms": 160,
    "negated_b": 15,
    "negated_c": 35,
    "benign": 600,
    "split": 30,
    "benign_sequences": 20,
}


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe").load((_HERE / name).read_text(encoding="utf-8"))
    return read


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
        return
    for below in part.values() if isinstance(part, dict) else part:
        yield from _texts(below)


def test_every_class_of_the_safety_check_has_its_number() -> None:
    counts = {label: len(sentences) for label, sentences in _read(_SAFETY).items()}
    assert counts.keys() == _FEWEST.keys()
    assert {label: fewest for label, fewest in _FEWEST.items() if counts[label] < fewest} == {}


def test_stop_and_what_resembles_it_have_their_numbers() -> None:
    stop = _read(_STOP)
    assert len(stop["stop"]) >= 100
    assert len(stop["not_stop"]) >= 150


def test_every_keyword_has_texts_that_mean_it_and_there_is_chat_that_means_none() -> None:
    keywords = _read(_KEYWORDS)
    practices = Path("content/practices")
    for practice, meant in keywords["meant"].items():
        there = {path.parent.name.upper() for path in (practices / practice / "keywords").glob("*/keyword.md")}
        assert meant.keys() == there
    assert len(list(_texts(keywords["meant"]))) >= 200
    assert len(keywords["chat"]) >= 250


def test_what_is_learned_from_has_the_labels_of_what_it_is_tried_on() -> None:
    assert _TRAIN
    for name in _TRAIN:
        assert _read(name).keys() <= _FEWEST.keys()


def test_split_messages_are_two_to_four() -> None:
    safety = _read(_SAFETY)
    for messages in [*safety["split"], *safety["benign_sequences"]]:
        assert 2 <= len(messages) <= 4


@pytest.mark.parametrize("name", [_SAFETY, *_TRAIN, _STOP, _KEYWORDS])
def test_every_text_is_a_text(name: str) -> None:
    for text in _texts(_read(name)):
        assert text == text.strip()
        assert text


def test_no_sentence_has_two_labels() -> None:
    single = {label: texts for label, texts in _read(_SAFETY).items() if label not in {"split", "benign_sequences"}}
    every = [sentence for sentences in single.values() for sentence in sentences]
    for name in _TRAIN:
        every += _texts(_read(name))
    assert sorted(set(every)) == sorted(every)
    stop = _read(_STOP)
    assert not set(stop["stop"]) & set(stop["not_stop"])

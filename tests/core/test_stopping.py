"""STOP on labelled sentences. The held-out half was never looked at while the words were chosen: its rates count."""

from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from bot.core.stopping import is_stop

HERE: Final = Path(__file__).parent
LEAST: Final = {
    "stop_labelled.yaml": 0.98,
    "stop_written_dev.yaml": 0.98,
    "stop_frozen.yaml": 0.98,
    "stop_held_out.yaml": 0.95,
}
"""Recall; the held-out half is rarer than what people send most: "stop" itself is not in it."""
LABELLED: Final = tuple(HERE / name for name in LEAST)


def sentences(file: Path, label: str) -> list[str]:
    return [str(text) for text in YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))[label]]


@pytest.mark.parametrize("file", [file for file in LABELLED if file.exists()], ids=lambda file: file.stem)
def test_requests_to_stop_are_recognised(file: Path) -> None:
    asked = sentences(file, "stop")
    missed = [text for text in asked if not is_stop(text)]
    recall = 1 - len(missed) / len(asked)
    assert recall >= LEAST[file.name], f"{recall:.1%} of {len(asked)}"


@pytest.mark.parametrize("file", [file for file in LABELLED if file.exists()], ids=lambda file: file.stem)
def test_nobody_is_unsubscribed_by_a_sentence_that_only_contains_such_a_word(file: Path) -> None:
    assert [text for text in sentences(file, "not_stop") if is_stop(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Geachte heer/mevrouw, graag wil ik mij afmelden voor uw berichten. Met vriendelijke groet, J. Jansen",
        "stop, ik word er gek van",
        "bedankt voor alles, maar ik wil stoppen",
        "hoe komen jullie aan mijn nummer? stop!",
        "stopaub",
        "geenberichtenmeer",
        "STOPP!!!1",
    ],
)
def test_a_reason_a_signature_or_words_written_as_one_do_not_hide_the_request(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize("text", ["hij zei: stop, het is genoeg", "laat het stoppen", "ik wil dat het stopt", "genoeg"])
def test_a_quotation_a_wish_for_rest_or_a_reason_alone_is_no_request(text: str) -> None:
    assert not is_stop(text)

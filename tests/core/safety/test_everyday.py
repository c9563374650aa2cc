"""Short sentences of an ordinary day are the ones that people send most: none of them freezes a program."""

from pathlib import Path

from ruamel.yaml import YAML

from bot.core.safety import check


def test_short_sentences_of_an_ordinary_day_stay_silent() -> None:
    file = Path(__file__).parent / "everyday.yaml"
    sentences = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))["silent"]
    assert len(sentences) > 400
    assert [text for text in sentences if check(str(text)) is not None] == []

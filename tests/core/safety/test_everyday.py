"""Short sentences of an ordinary day are the ones that people send most: next to none of them alarms, none gravely."""

from pathlib import Path

from ruamel.yaml import YAML

from bot.core.safety import check


def test_short_sentences_of_an_ordinary_day_hardly_alarm() -> None:
    file = Path(__file__).parent / "everyday.yaml"
    sentences = YAML(typ="safe").load(file.read_text(encoding="utf-8"))["silent"]
    assert len(sentences) > 400
    alarms = {text: alarm for text in map(str, sentences) if (alarm := check(text)) is not None}
    assert [text for text, alarm in alarms.items() if alarm.tier == "A"] == []
    # What the model makes of a few changes with each time that it learns.
    assert len(alarms) <= len(sentences) / 100, alarms

"""What the check once missed or took wrongly, in ordinary words: rules were written from it, so it stays right."""

from pathlib import Path
from typing import Final

import pytest
from ruamel.yaml import YAML

from bot.core.safety import Alarm, check

_HERE: Final = Path(__file__).parent


def _sentences(name: str) -> dict[str, list[str]]:
    read: dict[str, list[str]] = YAML(typ="safe").load((_HERE / name).read_text(encoding="utf-8"))
    return read


_LEFTOVERS: Final = _sentences("training/leftovers_1.yaml")


def _alarms(label: str) -> list[Alarm | None]:
    return [check(sentence) for sentence in _LEFTOVERS[label]]


def test_what_was_typed_together_or_in_pieces_is_heard() -> None:
    said = _sentences("typed_together.yaml")["heard"]
    missed = [sentence for sentence in said if check(sentence) is None]
    assert len(missed) <= len(said) * 0.04, missed


def test_a_plan_now_means_at_hand_and_goodbyes_are_tier_a() -> None:
    alarms = _alarms("explicit_a")
    grave = sum(alarm is not None and alarm.tier == "A" for alarm in alarms)
    assert grave >= len(alarms) * 0.92, grave / len(alarms)


def test_a_blow_is_violence_and_pain_of_the_heart_is_not() -> None:
    alarms = _alarms("abuse")
    assert sum(alarm is not None and alarm.rule.startswith("abuse.") for alarm in alarms) >= len(alarms) - 1
    for said in ("mijn man heeft me pijn gedaan toen hij wegging", "ze deed me pijn met haar woorden"):
        assert check(said) is None


@pytest.mark.parametrize(("label", "most"), [("benign", 0.02), ("idioms", 0.03)])
def test_every_day_and_its_figures_of_speech_stay_silent(label: str, most: float) -> None:
    alarms = _alarms(label)
    assert sum(alarm is not None for alarm in alarms) <= len(alarms) * most


def test_what_is_near_makes_no_alarm_where_there_is_no_danger() -> None:
    for said in ("ik sta op het perron", "vrijdag is het zover", "mijn pillen liggen klaar", "ik ben morgen weg"):
        alarm = check(said)
        assert alarm is None or alarm.rule != "plan.near", said
    near = check("ik ga vannacht weg en kom niet meer terug, echt nooit meer")
    assert near == Alarm("A", third_party=False, rule="plan.near")

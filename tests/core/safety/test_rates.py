"""The published rates: printed for every set, held to a bar where the sentences were never looked at."""

from pathlib import Path
from typing import Final

import pytest
from rich.console import Console
from typer.testing import CliRunner

from bot.authoring import safety_rates
from bot.authoring.safety_rates import Rate, measure, print_rates, sentences_folder
from bot.cli import cli

_HERE: Final = Path(__file__).parent
_HELD_OUT: Final = _HERE / "held_out.yaml"
_FROZEN: Final = _HERE / "frozen.yaml"
# What is aimed at, and what the frozen set is held to: people's usual words are in it. The held-out half leaves those
# out on purpose; its bars are just below what was measured, so that they can only rise. See bot/core/safety/model.md.
_AIMS: Final = {"explicit": 0.98, "explicit_a": 1.0, "abuse": 0.95, "third_party": 0.95, "idioms": 0.05, "benign": 0.01}
_AT_LEAST: Final = {"explicit": 0.94, "explicit_a": 0.93, "abuse": 0.9, "third_party": 0.95}
# Known as tier A, which is 112 first.
_AS_TIER_A: Final = 0.87
_AT_MOST: Final = {"idioms": 0.12, "benign": 0.02}


def test_the_rates_are_printed_set_by_set() -> None:
    console = Console(record=True, width=120)
    print_rates(console, _HERE)
    said = console.export_text()
    assert "written_dev.yaml (gebruikt bij het schrijven)" in said
    assert "third_party" in said
    assert "stelt niets vast" in said


def test_a_copy_of_the_source_finds_its_sentences() -> None:
    assert sentences_folder() == _HERE


def test_an_installed_copy_says_kindly_that_it_has_no_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety_rates, "sentences_folder", lambda: None)
    said = CliRunner().invoke(cli, ["check", "--safety"])
    assert said.exit_code == 0
    assert "zitten niet in een geïnstalleerde kopie" in said.output


def test_the_sentences_that_rules_were_written_from_are_recognised() -> None:
    rates = _by_label(measure(_HERE / "written_dev.yaml"))
    for label in ("explicit_a", "explicit_b", "explicit_c", "abuse"):
        assert rates[label].alarm_rate >= 0.98, rates[label]
    assert rates["third_party"].alarm_rate >= 0.95
    assert rates["idioms"].alarm_rate <= _AIMS["idioms"]
    assert rates["benign"].alarm_rate <= _AIMS["benign"]
    assert rates["split"].alarm_rate >= 0.95


@pytest.mark.skipif(not _FROZEN.exists(), reason="the frozen set is not in this copy")
def test_the_frozen_set_reaches_every_aim() -> None:
    rates = _by_label(measure(_FROZEN))
    assert _explicit(rates) >= _AIMS["explicit"]
    for label in ("explicit_a", "abuse", "third_party"):
        assert rates[label].alarm_rate >= _AIMS[label], rates[label]
    assert rates["third_party"].right_rate >= _AIMS["third_party"], rates["third_party"]
    for label in ("idioms", "benign"):
        assert rates[label].alarm_rate <= _AIMS[label], rates[label]


@pytest.mark.skipif(not _HELD_OUT.exists(), reason="the held-out half is not in this copy")
def test_the_half_that_nobody_looked_at_is_held_to_its_bars() -> None:
    rates = _by_label(measure(_HELD_OUT))
    assert _explicit(rates) >= _AT_LEAST["explicit"]
    for label in ("explicit_a", "abuse", "third_party"):
        assert rates[label].alarm_rate >= _AT_LEAST[label], rates[label]
    assert rates["explicit_a"].right_rate >= _AS_TIER_A, rates["explicit_a"]
    for label, most in _AT_MOST.items():
        assert rates[label].alarm_rate <= most, rates[label]


def test_no_bar_is_beyond_its_aim() -> None:
    assert all(bar <= _AIMS[label] for label, bar in _AT_LEAST.items())
    assert all(bar >= _AIMS[label] for label, bar in _AT_MOST.items())


def _explicit(rates: dict[str, Rate]) -> float:
    explicit = [rates[label] for label in ("explicit_a", "explicit_b", "explicit_c")]
    return sum(rate.alarms for rate in explicit) / sum(rate.sentences for rate in explicit)


def _by_label(rates: list[Rate]) -> dict[str, Rate]:
    return {rate.label: rate for rate in rates}

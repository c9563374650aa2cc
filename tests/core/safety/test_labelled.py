"""The rates on the labelled sentences, which are the promise of the safety check."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from bot.core.safety import Alarm, check

_LABELLED: Final[dict[str, list[str]]] = YAML(typ="safe").load(
    (Path(__file__).parent / "labelled.yaml").read_text(encoding="utf-8")
)


def _rate(label: str, holds: Callable[[Alarm | None], bool]) -> tuple[float, list[str]]:
    sentences = _LABELLED[label]
    misses = [sentence for sentence in sentences if not holds(check(sentence))]
    return 1 - len(misses) / len(sentences), misses


def test_there_are_enough_sentences_of_each_kind() -> None:
    counts = {label: len(sentences) for label, sentences in _LABELLED.items()}
    assert counts["explicit_a"] + counts["explicit_b"] + counts["explicit_c"] >= 400
    assert counts["abuse"] >= 150
    assert counts["third_party"] >= 60
    assert counts["implicit"] >= 40
    assert counts["idioms"] + counts["negated"] >= 120
    assert counts["benign"] >= 500


def test_no_sentence_has_two_labels() -> None:
    every = [sentence for sentences in _LABELLED.values() for sentence in sentences]
    assert sorted(set(every)) == sorted(every)


def test_no_plan_attempt_or_goodbye_is_missed() -> None:
    assert _rate("explicit_a", lambda alarm: alarm is not None and alarm.tier == "A") == (1.0, [])


def test_no_violence_is_missed() -> None:
    rate, misses = _rate("abuse", lambda alarm: alarm is not None and alarm.rule.startswith("abuse."))
    assert rate == 1.0, misses
    rate, misses = _rate("abuse", lambda alarm: alarm is not None and alarm.tier == "A")
    assert rate >= 0.98, misses


def test_explicit_words_are_recognised() -> None:
    for label, tiers in (("explicit_b", "AB"), ("explicit_c", "ABC")):
        rate, misses = _rate(label, lambda alarm, tiers=tiers: alarm is not None and alarm.tier in tiers)  # type: ignore[misc]
        assert rate >= 0.98, misses


def test_worry_about_somebody_else_gets_a_text_of_its_own() -> None:
    rate, misses = _rate("third_party", lambda alarm: alarm is not None and alarm.third_party)
    assert rate >= 0.98, misses


def test_words_about_oneself_are_not_taken_for_worry_about_another() -> None:
    for label in ("explicit_a", "explicit_b"):
        rate, misses = _rate(label, lambda alarm: alarm is not None and not alarm.third_party)
        assert rate >= 0.98, misses


def test_figures_of_speech_and_ordinary_sentences_stay_silent() -> None:
    rate, misses = _rate("idioms", lambda alarm: alarm is None)
    assert rate >= 0.95, misses
    rate, misses = _rate("benign", lambda alarm: alarm is None)
    assert rate >= 0.99, misses


def test_a_denial_lowers_the_tier_and_never_silences() -> None:
    rate, misses = _rate("negated", lambda alarm: alarm is not None and alarm.tier != "A")
    assert rate == 1.0, misses


def test_the_recall_of_what_is_only_hinted_at_is_published(record_property: Callable[[str, object], None]) -> None:
    """Poor by nature: no rule reads between the lines. The number goes into the report, and may only rise."""
    rate, _ = _rate("implicit", lambda alarm: alarm is not None)
    record_property("implicit_recall", round(rate, 3))
    assert rate >= 0.15

"""The second layer: small, repeatable, and never in the way of a rule."""

import json
from collections.abc import Callable
from importlib import resources
from itertools import accumulate
from typing import Final

import pytest

from bot.core.safety import Alarm, check, model, second, tokens
from bot.core.safety.model import judge
from bot.core.safety.rules import READER
from tests.core.safety.training import learning

_TWO_MEGABYTES: Final = 2 * 1024 * 1024


def _sentence(text: str, kind: int) -> learning.Sentence:
    return learning.Sentence(text, "x", "x", kind, (text.split(), [], []))


def _file(sentences: list[learning.Sentence]) -> str:
    table = learning.Table(sentences)
    return learning.written(table, learning.learn(table), 1.0)


def _saying(alarm: Alarm) -> Callable[..., Alarm]:
    return lambda *_: alarm


def test_the_file_is_small() -> None:
    assert len(resources.files("bot.core.safety").joinpath("model.json").read_bytes()) < _TWO_MEGABYTES


def test_the_file_holds_a_number_and_five_weights_for_each_feature() -> None:
    sentences = [_sentence("ik wil weg van alles", 0), _sentence("ik wil koffie", -1)] * 4
    file = json.loads(_file(sentences))
    numbers = list(accumulate(model.unpacked(file["distances"], "I")))
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= {model.number(word) for word in "ik wil weg van alles koffie".split()}
    danger = dict(zip(numbers, model.unpacked(file["weights"][0], "b"), strict=True))
    assert danger[model.number("weg")] > 0 > danger[model.number("koffie")]
    assert {len(model.unpacked(column, "b")) for column in file["weights"]} == {len(numbers)}
    assert len(file["weights"]) == 5


def test_of_two_features_with_one_number_the_heavier_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = [_sentence("weg", 0), _sentence("weg koffie", -1), _sentence("koffie", -1)] * 4
    apart = _weights(_file(sentences))
    monkeypatch.setattr(learning, "number", lambda _: 7)
    assert _weights(_file(sentences)) == [max(apart, key=lambda row: sum(map(abs, row)))]


def _weights(file: str) -> list[tuple[int, ...]]:
    return list(zip(*(model.unpacked(column, "b") for column in json.loads(file)["weights"]), strict=True))


def test_an_empty_or_unknown_line_raises_nothing() -> None:
    assert judge("", {}, []) is None
    assert judge("qqqq zzzz", READER.read("qqqq zzzz"), []) is None


def test_what_a_rule_says_is_not_changed_by_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second, "judge", _saying(Alarm("C", third_party=True, rule="model.despair")))
    assert check("ik sta op de brug en ik spring") is not None
    for text in (
        "ik wil dood",
        "mijn man slaat me",
        "ik zie het niet meer zitten",
        "mijn broer heeft zelfmoord gepleegd",
    ):
        alarm = check(text)
        assert alarm is not None
        assert "model" not in alarm.rule


def test_the_model_raises_what_a_rule_only_calls_hopeless(monkeypatch: pytest.MonkeyPatch) -> None:
    raised = Alarm("B", third_party=False, rule="model.self")
    monkeypatch.setattr(second, "judge", _saying(raised))
    assert check("ik zie het niet meer zitten") == raised
    assert check("hoi hoe gaat het") == raised


def test_a_doubtful_phrase_needs_the_model_and_a_sure_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = "als jullie dit vinden ben ik er niet meer"
    assert check(doubtful) is not None
    monkeypatch.setattr(second, "sees_danger", lambda *_: False)
    monkeypatch.setattr(second, "judge", lambda *_: None)
    assert check("voor wie doe ik het eigenlijk nog") is None
    for sure, tier in (("ik heb een strip pillen geslikt", "A"), ("ik wil dood", "B")):
        alarm = check(sure)
        assert alarm is not None
        assert alarm.tier == tier


def test_in_a_long_message_the_model_is_asked_about_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(line: str, *_: object) -> bool:
        asked.append(line)
        return False

    monkeypatch.setattr(second, "sees_danger", ask)
    check("we hebben gewandeld en koffie gedronken. " * 20 + "voor wie doe ik het eigenlijk nog")
    assert asked
    assert all(len(line) < 400 for line in asked)


def test_what_the_rules_heard_weighs_with_the_words() -> None:
    line = "ik weet niet waar ik heen moet"
    places = READER.read(line)
    groups = model.features(line, places, ["Rwish.dead"])
    assert [bool(group) for group in groups] == [True, True, True]
    assert groups[2] == ["Rwish.dead"]


def test_a_word_of_a_kind_is_seen_as_its_kind() -> None:
    pill, tablet = (
        tokens.tokens(line, READER.read(line))
        for line in ("ik heb tien pillen geslikt", "ik heb tien tabletten geslikt")
    )
    assert pill == tablet
    assert pill[0] == "@I"


def test_learning_twice_gives_the_same_file() -> None:
    sentences = [_sentence("ik wil weg van alles", 0), _sentence("ik wil koffie", -1)] * 4
    assert _file(sentences) == _file(sentences)
    assert learning.scores_of_folds(learning.Table(sentences)) == learning.scores_of_folds(learning.Table(sentences))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ik weet niet waar ik heen moet",
        "hij slaat me elke avond en ik durf niet meer naar huis . help",
        "ik heb pillen gekocht en ik wil niet meer wakker worden vannacht",
    ],
)
def test_kinds_that_stand_together_are_looked_up_as_they_were_learned(line: str) -> None:
    places = READER.read(line)
    learned = model.features(line, places, ["Rwish.dead"])
    known = [set(model.known(group)) for group in learned]
    assert list(model.held(line, places, ["Rwish.dead"])) == known
    assert line == "" or all(known)

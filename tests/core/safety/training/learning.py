"""Logistic regression by AdaGrad over the features of bot.core.safety.model, in plain Python and with a fixed seed."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from bot.core.safety import check
from bot.core.safety.checking import without_idioms
from bot.core.safety.model import features, number, packed
from bot.core.safety.reading import canonical
from bot.core.safety.rules import READER

_SETS: Final = Path(__file__).parent.parent
_FILES: Final = (
    "labelled.yaml",
    "written_dev.yaml",
    *sorted(str(path.relative_to(_SETS)) for path in _SETS.glob("written_train*.yaml")),
    *sorted(str(path.relative_to(_SETS)) for path in _SETS.glob("training/*.yaml")),
)
_KIND_OF: Final = {"explicit_c": 1, "implicit_c": 1, "abuse": 2, "third_party": 3, "idioms": -1, "benign": -1}
_LEFT_OUT: Final = frozenset({"split", "benign_sequences", "negated_c"})
_SEED: Final = 7
_FOLDS: Final = 4
_EPOCHS: Final = 8
_SEEN_AT_LEAST: Final = 2
_RATE: Final = 0.15
_FALSE_ALARMS: Final = 0.004
_SECONDED: Final = (-0.25, 0.75)
_SCALE: Final = 100


@dataclass(frozen=True, slots=True)
class Sentence:
    """`kind`: 0 oneself, 1 despair, 2 violence, 3 another, -1 no danger."""

    text: str
    label: str
    kind: int
    features: list[str]


@dataclass(frozen=True, slots=True)
class Weights:
    by_feature: dict[str, float]
    bias: float

    def score(self, seen: Sequence[str]) -> float:
        held = [weight for feature in seen if (weight := self.by_feature.get(feature)) is not None]
        return (sum(held) / sqrt(len(held)) if held else 0.0) + self.bias


def read_sentences() -> list[Sentence]:
    """Every labelled sentence that may be learned from, in a fixed order."""
    return list(_sentences())


def _sentences() -> Iterator[Sentence]:
    for name in _FILES:
        classes = YAML(typ="safe", pure=True).load((_SETS / name).read_text(encoding="utf-8"))
        for label, texts in classes.items():
            if label not in _LEFT_OUT:
                for text in texts:
                    line = without_idioms(f" {canonical(text)}").strip()
                    yield Sentence(text, label, _KIND_OF.get(label, 0), features(line, READER.read(line)))


def scores_of_folds(sentences: Sequence[Sentence]) -> list[float]:
    """The danger that each sentence is given by a model that did not learn from it."""
    order = list(range(len(sentences)))
    random.Random(_SEED).shuffle(order)
    scores = [0.0] * len(sentences)
    for fold in range(_FOLDS):
        apart = set(order[fold::_FOLDS])
        weights = _danger([sentence for at, sentence in enumerate(sentences) if at not in apart])
        for at in apart:
            scores[at] = weights.score(sentences[at].features)
    return scores


def threshold_for(sentences: Sequence[Sentence], scores: Sequence[float]) -> float:
    """The score that at most four of a thousand ordinary sentences reach."""
    ordinary = sorted(
        (score for sentence, score in zip(sentences, scores, strict=True) if sentence.label == "benign"), reverse=True
    )
    return round(ordinary[int(len(ordinary) * _FALSE_ALARMS)], 2)


def report(sentences: Sequence[Sentence], scores: Sequence[float], threshold: float) -> Iterator[str]:
    """For each label: the rules alone, the model alone (on folds it did not learn from), and both."""
    yield f"threshold {threshold}, sentences {len(sentences)}"
    for label in dict.fromkeys(sentence.label for sentence in sentences):
        rows = [
            (_by_rule(sentence.text), score >= threshold)
            for sentence, score in zip(sentences, scores, strict=True)
            if sentence.label == label
        ]
        rules, model, either = (
            sum(hit) / len(rows)
            for hit in ([rule for rule, _ in rows], [found for _, found in rows], [any(row) for row in rows])
        )
        yield f"{label:12} n={len(rows):5} rules {rules:6.1%} model {model:6.1%} both {either:6.1%}"


def _by_rule(text: str) -> bool:
    alarm = check(text)
    return alarm is not None and "model" not in alarm.rule


def learn(sentences: Sequence[Sentence], threshold: float) -> str:
    """The model's file: whole numbers, a hundred times the weights."""
    dangerous = [sentence for sentence in sentences if sentence.kind >= 0]
    heads = [_danger(sentences), *(_learn(dangerous, [one.kind == kind for one in dangerous]) for kind in range(4))]
    kept: dict[int, list[int]] = {}
    for feature in sorted(heads[0].by_feature):
        weights = [round(head.by_feature.get(feature, 0.0) * _SCALE) for head in heads]
        if any(weights) and _weight_of(weights) > _weight_of(kept.get(number(feature), [])):
            kept[number(feature)] = weights
    numbers = sorted(kept)
    biases = [round(head.bias * _SCALE, 1) for head in heads]
    model = {
        "biases": biases,
        "threshold": round(threshold * _SCALE),
        "seconded": [round(score * _SCALE) for score in _SECONDED],
        "numbers": packed(numbers, "I"),
        "weights": [packed(column, "h") for column in zip(*(kept[one] for one in numbers), strict=True)],
    }
    return json.dumps(model, indent=0) + "\n"


def _weight_of(weights: Sequence[int]) -> int:
    return sum(map(abs, weights))


def _danger(sentences: Sequence[Sentence]) -> Weights:
    return _learn(sentences, [sentence.kind >= 0 for sentence in sentences])


def _learn(sentences: Sequence[Sentence], wanted: Sequence[bool]) -> Weights:
    counts = Counter(feature for sentence in sentences for feature in sentence.features)
    known = {feature for feature, count in counts.items() if count >= _SEEN_AT_LEAST}
    seen = [[feature for feature in sentence.features if feature in known] for sentence in sentences]
    weights = dict.fromkeys(known, 0.0)
    steps = dict.fromkeys(known, 1e-6)
    bias = 0.0
    order = list(range(len(sentences)))
    chance = random.Random(_SEED)
    for _ in range(_EPOCHS):
        chance.shuffle(order)
        for at in order:
            held = seen[at]
            norm = sqrt(len(held)) or 1.0
            score = sum(map(weights.__getitem__, held)) / norm + bias
            error = 1 / (1 + exp(-max(-30.0, min(30.0, score)))) - wanted[at]
            push = error / norm
            square = push * push
            for feature in held:
                steps[feature] += square
                weights[feature] -= _RATE * push / sqrt(steps[feature])
            bias -= 0.02 * error
    return Weights(weights, bias)

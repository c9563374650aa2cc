"""Logistic regression by AdaGrad over the features of bot.core.safety.model, with numpy and a fixed seed."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from bot.core.safety import check
from bot.core.safety.checking import heard_in
from bot.core.safety.model import features, number, packed
from bot.core.safety.reading import canonical
from bot.core.safety.rules import RULES
from bot.core.safety.second import evidence
from bot.core.safety.windows import windows_of

_SETS: Final = Path(__file__).parent.parent
_FILES: Final = (
    "labelled.yaml",
    "written_dev.yaml",
    *sorted(str(path.relative_to(_SETS)) for path in _SETS.glob("written_train*.yaml")),
    *sorted(str(path.relative_to(_SETS)) for path in _SETS.glob("training/*.yaml")),
)
# The rules were not written from these, so only what they hear there says how far they can be believed.
_UNSEEN_BY_RULES: Final = ("training/self_", "training/others_", "training/harmless_")
_KIND_OF: Final = {"explicit_c": 1, "implicit_c": 1, "abuse": 2, "third_party": 3, "idioms": -1, "benign": -1}
_LEFT_OUT: Final = frozenset({"split", "benign_sequences", "negated_c"})
# What is only hinted at counts for less: who listens too closely to hints hears them everywhere.
_HINTED: Final = 0.4
_SEED: Final = 7
_FOLDS: Final = 4
_EPOCHS: Final = 8
_SEEN_AT_LEAST: Final = 2
_RATE: Final = 0.15
_RATE_OF_BIAS: Final = 0.02
_FALSE_ALARMS: Final = {"benign": 0.015, "idioms": 0.065}
_SCALE: Final = 25
_LARGEST: Final = 127
_KINDS: Final = 4
Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sentence:
    """`kind`: 0 oneself, 1 despair, 2 violence, 3 another, -1 no danger. `unseen`: no rule was written from it."""

    text: str
    file: str
    label: str
    kind: int
    groups: tuple[list[str], ...]

    @property
    def unseen(self) -> bool:
        return self.file.startswith(_UNSEEN_BY_RULES)


def read_sentences() -> list[Sentence]:
    """Every labelled sentence that may be learned from, in a fixed order."""
    return [
        Sentence(text, name, label, _KIND_OF.get(label, 0), _groups(text, told=name.startswith(_UNSEEN_BY_RULES)))
        for name, label, text in chain(_labelled(), _of_rules())
    ]


def _labelled() -> Iterator[tuple[str, str, str]]:
    for name in _FILES:
        classes = YAML(typ="safe").load((_SETS / name).read_text(encoding="utf-8"))
        for label, texts in classes.items():
            if label not in _LEFT_OUT:
                yield from ((name, label, text) for text in texts)


def _of_rules() -> Iterator[tuple[str, str, str]]:
    """What the rules' own examples say."""
    for rule in RULES:
        label = "abuse" if rule.id.startswith("abuse.") else f"explicit_{rule.tier.lower()}"
        if not (rule.loss or rule.after_alarm):
            yield from (("rules", "third_party" if rule.another else label, text) for text in rule.examples)
        yield from (("rules", "benign", text) for text in rule.silent)


def _groups(text: str, *, told: bool) -> tuple[list[str], ...]:
    window = next(windows_of(canonical(text)))
    return features(window.line, window.places, evidence(heard_in(window).hits) if told else ())


class Table:
    """Sentences as rows of the features that at least two of them have; a group of features weighs 1 in all."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.sentences = sentences
        counts: dict[str, int] = {}
        for sentence in sentences:
            for group in sentence.groups:
                for feature in group:
                    counts[feature] = counts.get(feature, 0) + 1
        known = sorted(feature for feature, count in counts.items() if count >= _SEEN_AT_LEAST)
        self.places = {feature: place for place, feature in enumerate(known)}
        self.rows = [self.row_of(sentence.groups) for sentence in sentences]

    def row_of(self, groups: Sequence[Sequence[str]]) -> tuple[Places, Floats]:
        held = [[self.places[one] for one in group if one in self.places] for group in groups]
        places = np.array([place for group in held for place in group], dtype=np.int64)
        shares = [np.full(len(group), len(group) ** -0.5) for group in held if group]
        return places, np.concatenate(shares) if shares else np.zeros(0)

    @cached_property
    def weights_of_rows(self) -> list[float]:
        return [_HINTED if sentence.label.startswith("implicit") else 1.0 for sentence in self.sentences]


@dataclass(frozen=True, slots=True)
class Head:
    """What tells one kind of sentence from another: a weight for each feature of the table, and a bias."""

    weights: Floats
    bias: float

    def score(self, row: tuple[Places, Floats]) -> float:
        places, shares = row
        return float(shares @ self.weights[places]) + self.bias


def scores_of_folds(table: Table) -> list[float]:
    """The danger that each sentence is given by a model that learned from no sentence of its file."""
    files = sorted({sentence.file for sentence in table.sentences})
    random.Random(_SEED).shuffle(files)
    fold_of = {file: at % _FOLDS for at, file in enumerate(files)}
    scores = [0.0] * len(table.sentences)
    for fold in range(_FOLDS):
        apart = [at for at, sentence in enumerate(table.sentences) if fold_of[sentence.file] == fold]
        head = _danger(table, sorted(set(range(len(scores))) - set(apart)))
        for at in apart:
            scores[at] = head.score(table.rows[at])
    return scores


def threshold_for(sentences: Sequence[Sentence], scores: Sequence[float]) -> float:
    """The lowest score that few enough harmless sentences reach which no rule was written from."""
    return round(max(_reached(sentences, scores, label, share) for label, share in _FALSE_ALARMS.items()), 2)


def _reached(sentences: Sequence[Sentence], scores: Sequence[float], label: str, share: float) -> float:
    found = sorted(
        score
        for sentence, score in zip(sentences, scores, strict=True)
        if sentence.label == label and (sentence.unseen or not any(one.unseen for one in sentences))
    )
    return found[-1 - int(len(found) * share)]


def report(sentences: Sequence[Sentence], scores: Sequence[float], threshold: float) -> Iterator[str]:
    """For each label, on folds that were not learned from: sentences of files that no rule was written from."""
    yield f"threshold {threshold}, sentences {len(sentences)}"
    for label in sorted({sentence.label for sentence in sentences}):
        found = [
            (check(sentence.text) is not None, score >= threshold)
            for sentence, score in zip(sentences, scores, strict=True)
            if sentence.label == label and sentence.unseen
        ]
        if found:
            before, after = (sum(hit) / len(found) for hit in zip(*found, strict=True))
            yield f"{label:12} n={len(found):5} check as it was {before:6.1%} model with evidence {after:6.1%}"


def learn(table: Table) -> list[Head]:
    """What tells danger, and among dangers each of the four kinds."""
    dangerous = [at for at, sentence in enumerate(table.sentences) if sentence.kind >= 0]
    return [
        _danger(table, range(len(table.sentences))),
        *(_learn(table, dangerous, [one.kind == kind for one in table.sentences]) for kind in range(_KINDS)),
    ]


def danger_of(text: str, table: Table, heads: Sequence[Head]) -> float:
    """The danger that the check will see in a message."""
    return heads[0].score(table.row_of(_groups(text, told=True)))


def written(table: Table, heads: Sequence[Head], threshold: float) -> str:
    """The model's file: whole numbers of one byte, 25 times the weights."""
    columns = np.stack([np.rint(head.weights * _SCALE).clip(-_LARGEST, _LARGEST).astype(np.int64) for head in heads])
    kept: dict[int, list[int]] = {}
    for feature, place in table.places.items():
        weights: list[int] = columns[:, place].tolist()
        if any(weights) and _weight_of(weights) > _weight_of(kept.get(number(feature), [])):
            kept[number(feature)] = weights
    numbers = sorted(kept)
    model = {
        "biases": [round(head.bias * _SCALE, 1) for head in heads],
        "threshold": round(threshold * _SCALE, 1),
        "distances": packed([after - before for before, after in pairwise([0, *numbers])], "I"),
        "weights": [packed(column, "b") for column in zip(*(kept[one] for one in numbers), strict=True)],
    }
    return json.dumps(model, indent=0) + "\n"


def _weight_of(weights: Sequence[int]) -> int:
    return sum(map(abs, weights))


def _danger(table: Table, chosen: Sequence[int]) -> Head:
    return _learn(table, chosen, [sentence.kind >= 0 for sentence in table.sentences])


def _learn(table: Table, chosen: Sequence[int], wanted: Sequence[bool]) -> Head:
    weights = np.zeros(len(table.places))
    steps = np.full(len(table.places), 1e-6)
    bias = 0.0
    order = list(chosen)
    chance = random.Random(_SEED)
    for _ in range(_EPOCHS):
        chance.shuffle(order)
        for at in order:
            places, shares = table.rows[at]
            score = float(shares @ weights[places]) + bias
            error = (1 / (1 + np.exp(-max(-30.0, min(30.0, score)))) - wanted[at]) * table.weights_of_rows[at]
            push = error * shares
            steps[places] += push * push
            weights[places] -= _RATE * push / np.sqrt(steps[places])
            bias -= _RATE_OF_BIAS * error
    return Head(weights, bias)

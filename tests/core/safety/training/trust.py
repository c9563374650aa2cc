"""Which lines of the rules count by themselves: what each of them heard in sentences, dangerous and harmless."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.core.safety.alarm import Tier
from bot.core.safety.circumstances import is_of_a_story
from bot.core.safety.phrases import Phrase, find, phrase
from bot.core.safety.reading import canonical
from bot.core.safety.rules import WEAK, compiled, line_of, needs_proof, raw_rules
from bot.core.safety.windows import Window, windows_of
from tests.core.safety.training.learning import Sentence

_EVIDENCE: Final = 2
_GRAVE: Final = frozenset({"explicit_a", "abuse"})
# How often a line of tier B or C was right before it is trusted: in sentences that no rule was written from, in others.
_PROOF_UNSEEN: Final = 3
_PROOF_SEEN: Final = 20
# Harmless sentences for each dangerous one, at most, likewise.
_CLEAR: Final = (0.02, 0.01)


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    rule: str
    tier: Tier
    needs_proof: bool
    reads: re.Pattern[str] | Phrase


def trust(sentences: Sequence[Sentence], sees_danger: Callable[[str], bool]) -> str:
    """The text of trust.txt. `sees_danger` is what the model will say of a sentence."""
    lines = tuple(_lines())
    heard = [frozenset(_heard(sentence.text, lines)) for sentence in sentences]
    found = {(danger, unseen): Counter[str]() for danger in (True, False) for unseen in (True, False)}
    for sentence, names in zip(sentences, heard, strict=True):
        found[sentence.kind >= 0, sentence.unseen].update(names)
    trusted = {line.name for line in lines if _is_trusted(line, found)}
    falsehood = {line.name: _falsehood(line.name, found) for line in lines}
    grave = {line.name for line in lines if line.tier == "A"}
    for sentence, names in zip(sentences, heard, strict=True):
        fitting = names & grave or names
        if sentence.kind >= 0 and fitting and trusted.isdisjoint(fitting) and _has_to_be_heard(sentence, sees_danger):
            trusted.add(min(fitting, key=lambda name: (falsehood[name], name)))
    said = (f"{line.name} {line.rule}" for line in lines if line.needs_proof and line.name in trusted)
    top = "# The lines of tier B and C that count by themselves. Made by tests.core.safety.training; see model.md."
    return "\n".join([top, *dict.fromkeys(said)]) + "\n"


def _has_to_be_heard(sentence: Sentence, sees_danger: Callable[[str], bool]) -> bool:
    """What the rules of tier A and B name as their examples, whatever the model says; despair where it is silent."""
    if sentence.file == "rules":
        return sentence.label != "explicit_c" or not sees_danger(sentence.text)
    return sentence.file == "labelled.yaml" and (sentence.label in _GRAVE or not sees_danger(sentence.text))


def _is_trusted(line: _Line, found: Mapping[tuple[bool, bool], Counter[str]]) -> bool:
    precise = all(
        found[False, unseen][line.name] <= share * found[True, unseen][line.name]
        for unseen, share in zip((True, False), _CLEAR, strict=True)
    )
    proved = found[True, True][line.name] >= _PROOF_UNSEEN or found[True, False][line.name] >= _PROOF_SEEN
    return not line.needs_proof or (precise and proved)


def _falsehood(name: str, found: Mapping[tuple[bool, bool], Counter[str]]) -> float:
    bad, good = (sum(found[danger, unseen][name] for unseen in (True, False)) for danger in (False, True))
    return bad / (good + bad) if good + bad else 0.0


def _lines() -> Iterator[_Line]:
    for raw, macros in raw_rules():
        if raw.get("loss") or raw.get("after_alarm"):
            continue
        for said in raw.get("patterns", ()):
            name, proof = line_of(raw["id"], said), needs_proof(raw["tier"])
            yield _Line(name, raw["id"], raw["tier"], proof, compiled([said.removeprefix(WEAK)], macros))
        for said in raw.get("say", ()):
            one = phrase(said)
            if one.doubt < _EVIDENCE:
                name, proof = line_of(raw["id"], said), needs_proof(raw["tier"])
                yield _Line(name, raw["id"], raw["tier"], proof, one)


def _heard(text: str, lines: Sequence[_Line]) -> Iterator[str]:
    window = next(windows_of(canonical(text)))
    for line in lines:
        span = _span(line, window)
        if span is not None and not is_of_a_story(line.rule, *span, window.line):
            yield line.name


def _span(line: _Line, window: Window) -> tuple[int, int] | None:
    if isinstance(line.reads, re.Pattern):
        found = line.reads.search(window.line)
        return found.span() if found is not None else None
    said = next(find(line.reads, window.places, window.line), None)
    return (min(term.start for term in said), max(term.end for term in said)) if said is not None else None

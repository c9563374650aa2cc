"""The check itself: rules over the canonical reading of a message and of the last messages joined, then the model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from bot.core.safety.alarm import Alarm, Tier
from bot.core.safety.circumstances import (
    goes_on,
    has_another_victim,
    is_behind_one,
    is_denied,
    is_long_ago,
    is_meant,
    is_of_a_story,
    is_survived,
)
from bot.core.safety.needed import Needed
from bot.core.safety.oneself import is_of_oneself
from bot.core.safety.people import (
    has_a_wish_of_another,
    is_about_another,
    is_hurt,
    is_named_last,
    is_said_by_another,
    wishes_for_oneself,
)
from bot.core.safety.phrases import Phrase, Place, Places, find
from bot.core.safety.reading import canonical
from bot.core.safety.rules import READER, RULES, Rule
from bot.core.safety.second import Hit, Second
from bot.core.safety.windows import LONGEST, Window, windows_of

_LOWER: Final[dict[Tier, Tier]] = {"A": "B", "B": "C", "C": "C"}
_JOINED_MESSAGES: Final = 3
_JOINED_TAIL: Final = 300
# So often is one phrase judged in a window: whoever repeats it a hundred times says no more with it.
_ENOUGH: Final = 12
# A death that is told of leaves the line before the other rules read it.
_LOSSES: Final = tuple(rule for rule in RULES if rule.loss)
_BY_ORDER: Final = tuple(rule for rule in RULES if not (rule.loss or rule.after_alarm or rule.phrases))
_PATTERNS: Final = (
    *((0, rule, rule.pattern) for rule in _BY_ORDER),
    *((1, rule, rule.weak) for rule in _BY_ORDER if rule.weak is not None),
)
_NEEDED: Final = Needed([pattern for _, _, pattern in _PATTERNS])
_NEEDED_LOSSES: Final = Needed([loss.pattern for loss in _LOSSES])
_PAST: Final = ("loss.", "plan.averted", "selfharm.past")
_AFTER_ALARM: Final = tuple(rule for rule in RULES if rule.after_alarm)


def _by_first_kind() -> dict[str, tuple[tuple[Rule, Phrase, str], ...]]:
    found: dict[str, list[tuple[Rule, Phrase, str]]] = {}
    for rule in RULES:
        for phrase, name in zip(rule.phrases, rule.names, strict=True):
            entry = rule, phrase, name
            for kind in phrase.first.kinds:
                found.setdefault(kind, []).append(entry)
    return {kind: tuple(phrases) for kind, phrases in found.items()}


_PHRASES: Final = _by_first_kind()


def check(text: str, recent: Sequence[str] = ()) -> Alarm | None:
    """The gravest alarm that the message gives, by itself or as the end of the last messages, else None.

    `recent` holds what the same person sent in the ten minutes before, oldest first, without this message; the last
    three count. An alarm that the earlier messages already gave alone is not given again. Linear in the length.
    """
    line = canonical(text)
    windows = list(windows_of(line, start=0))
    seconds = [heard_in(window) for window in windows]
    alarms = [alarm for second in seconds for alarm in second.believed()]
    earlier = " ".join(message[-_JOINED_TAIL:] for message in recent[-_JOINED_MESSAGES:])
    if earlier:
        alarms.extend(_plans_after_alarm(line, canonical(earlier)))
        last = text[:_JOINED_TAIL]
        joined = canonical(f"{earlier} {last}")
        alarms.extend(_alarms(joined, start=len(joined) - len(canonical(last))))
    alarms = _of_one_person(alarms, line)
    gravest = min(alarms, key=_gravity, default=None)
    if gravest is not None and (gravest.tier != "C" or _is_over(line, alarms)):
        return gravest
    learned = seconds[0].raised()
    return gravest if learned is None or (gravest is not None and learned.tier == "C") else learned


def _is_over(line: str, alarms: Sequence[Alarm]) -> bool:
    """Whether it is told to be over; the model does not make more of it."""
    return any(alarm.rule.startswith(_PAST) for alarm in alarms) or (is_long_ago(line) and is_behind_one(line))


def _of_one_person(alarms: list[Alarm], line: str) -> list[Alarm]:
    """What is told of somebody else is of that person all through, unless who writes has a wish or is hurt too."""
    if alarms and is_named_last(line):
        return [replace(alarm, third_party=True) for alarm in alarms]
    if any(alarm.third_party for alarm in alarms) and is_of_oneself(line.strip(), is_said_by_another):
        return [alarm if alarm.rule.startswith("abuse.") else replace(alarm, third_party=False) for alarm in alarms]
    if not any(alarm.rule.startswith("another.") for alarm in alarms):
        return alarms
    if wishes_for_oneself(line):
        return [
            replace(alarm, third_party=alarm.third_party and not alarm.rule.startswith("another.")) for alarm in alarms
        ]
    hurt = is_hurt(line)
    return [alarm if hurt and alarm.rule.startswith("abuse.") else replace(alarm, third_party=True) for alarm in alarms]


def _gravity(alarm: Alarm) -> tuple[Tier, bool, bool]:
    """Of two alarms of a tier: danger to the person before danger to another, violence before what it sounds like."""
    return alarm.tier, alarm.third_party, not alarm.rule.startswith("abuse.")


def _alarms(line: str, start: int) -> Iterator[Alarm]:
    """Alarms of phrases that end behind `start`."""
    for window in windows_of(line, start):
        yield from heard_in(window).believed()


def _plans_after_alarm(line: str, before: str) -> Iterator[Alarm]:
    """ "Vanavond doe ik het" says nothing by itself, and everything after "ik wil dood"."""
    plans = [rule for rule in _AFTER_ALARM if rule.pattern.search(f" {line[:LONGEST]}")]
    if not plans:
        return
    for alarm in _alarms(before, start=0):
        if alarm.tier in {"A", "B"} and not alarm.rule.startswith("abuse."):
            yield Alarm(plans[0].tier, alarm.third_party, plans[0].id)


def heard_in(window: Window) -> Second:
    """What the rules hear in a window, with the model to weigh it."""
    line, places = window.line, window.places
    lost: list[Hit] = []
    losses = [_LOSSES[place] for place in _NEEDED_LOSSES.places(line)]
    for rule in () if losses and is_survived(line) else losses:
        loss = rule.pattern.search(line)
        if loss is not None and is_about_another(line[: loss.start()].split(), loss[0].split(), []):
            if loss.end() > window.start:
                lost.append(Hit(_alarm(rule, loss.start(), loss.end(), line), 0, loss.start(), loss.end(), ""))
            line = rule.pattern.sub(" verlies", line)
            places = READER.read(line)
    return Second(line, places, [*lost, *_heard(line, window.start), *_said(line, places, window.start)])


def _heard(line: str, start: int) -> Iterator[Hit]:
    for place in _NEEDED.places(line):
        doubt, rule, pattern = _PATTERNS[place]
        heard = (found for found in pattern.finditer(line) if found.end() > start)
        for first, last in islice((found.span() for found in heard), _ENOUGH):
            if not is_of_a_story(rule.id, first, last, line):
                yield Hit(_alarm(rule, first, last, line), doubt, first, last, "")


def _said(line: str, places: Places, start: int) -> Iterator[Hit]:
    known = places.keys()
    for kind in places:
        for rule, phrase, name in _PHRASES.get(kind, ()):
            if phrase.others and known.isdisjoint(phrase.others[0].kinds):
                continue
            said = (terms for terms in find(phrase, places, line) if max(term.end for term in terms) > start)
            for terms in islice(said, _ENOUGH):
                first, last = min(term.start for term in terms), max(term.end for term in terms)
                if not is_of_a_story(rule.id, first, last, line):
                    yield Hit(_alarm(rule, first, last, line, said=terms), phrase.doubt, first, last, name)


def _alarm(rule: Rule, start: int, end: int, line: str, said: Sequence[Place] = ()) -> Alarm:
    """What the rule says that holds from `start` to `end`. A denial that is a term of it (`said`) denies nothing."""
    tier = rule.tier
    before = line[:start].rsplit(" .", 1)[-1].split()
    inside = line[start:end].split()
    if rule.urgent and is_meant(start, end, line):
        tier = "A"
    after = line[end:].split()[:3]
    if rule.negatable and is_denied(before, _between(line, start, end, said) if said else inside, after):
        tier = _LOWER[tier]
    if rule.id.startswith("abuse."):
        if tier == "A" and is_long_ago(line) and not goes_on(line):
            tier = _LOWER[tier]
        wished = has_a_wish_of_another(line)
        about_another = wished or has_another_victim(line)
        return Alarm(tier, about_another and (not _of_oneself(inside) or (wished and not is_hurt(line))), rule.id)
    long_ago = is_long_ago(line)
    if tier == "A" and long_ago and rule.id.startswith(("attempt.", "plan.")):
        tier = "B"
    elif long_ago and not rule.another and is_behind_one(line):
        tier = _LOWER[tier]
    third = rule.another or (not rule.loss and is_about_another(before, inside, after))
    return Alarm(tier, third, rule.id)


def _between(line: str, start: int, end: int, said: Sequence[Place]) -> list[str]:
    """The words from `start` to `end` that are no terms of the phrase."""
    words: list[str] = []
    for place in sorted(said, key=lambda place: place.start):
        words += line[start : place.start].split()
        start = max(start, place.end)
    return words + line[start:end].split()


def _of_oneself(inside: list[str]) -> bool:
    return not {"me", "mij", "ons"}.isdisjoint(inside)

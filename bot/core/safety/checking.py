"""The check itself: rules over the canonical reading of a message and of the last messages joined, then the model."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from bot.core.safety.alarm import Alarm, Tier
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
from bot.core.safety.phrases import Phrase, Place, Places, concept, find
from bot.core.safety.reading import canonical
from bot.core.safety.rules import IDIOMS, READER, RULES, Rule
from bot.core.safety.second import Hit, Second


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\S)(?:" + "|".join(word.replace("_", " ") for word in words) + r")(?!\S)")


_LOWER: Final[dict[Tier, Tier]] = {"A": "B", "B": "C", "C": "C"}
_DENIALS: Final = frozenset("niet geen nooit niets niks nergens nimmer zonder never not".split())
_REACH_OF_DENIAL: Final = 3
_SUBJECTS: Final = frozenset(
    "hij ze zij man vriend vader moeder vrouw partner ex stiefvader papa mama pa ma ouders broer zus oom opa ik".split()
)
# "Niet erg", "niet alleen": these deny the next word, not what is wished.
_NO_DENIAL_BEFORE: Final = [
    [word] for word in ("erg", "alleen", "zomaar", "normaal", "goed", "leuk", "om", "gewoon", "verdiend")
]
_AFTER_CLOSING_DENIAL: Final = frozenset(
    {".", "meer", "hoor", "en", "maar", "echt", "verstuurd", "hij", "ze", "zij", "ik", "we"}
)
_NEW_CLAUSE: Final = frozenset("ik i en want maar dus omdat dat als of dan hij ze zij we wie waarom".split())
_JOINED_MESSAGES: Final = 3
_JOINED_TAIL: Final = 300
_WINDOW: Final = 2000
# So often is one phrase judged in a window: whoever repeats it a hundred times says no more with it.
_ENOUGH: Final = 12
_OVERLAP: Final = 200
_SELF: Final = frozenset("ik i me mij mezelf we wij ons myself im".split())
# "Nu" says little: it is a word of every sentence.
_SOON: Final = _pattern(
    [
        *(said for said in concept("SOON") if said not in {"nu", "straks", "vandaag"}),
        *"straks zo_meteen vandaag_nog nu_meteen nu_direct nu_dood nu_echt_dood right_now deze_week".split(),
    ]
)
_MEANS: Final = re.compile(
    r"(?<!\S)(?:pillen|slaappillen|paracetamol|medicijnen|medicatie|touw|strop|mes|scheermes|polsen|brug"
    r"|spoor|rails|trein|dak|flat"
    r"|springen|ophangen|pistool|wapen|overdosis|kogel|klaargelegd|voorbereid|afscheidsbrief|brieven"
    r"|testament|besloten|hoeveel"
    r"|dodelijk|pijnloos|pijnloze|een plan|mijn plan|plan gemaakt|een datum|ga het doen|klaarliggen"
    r"|klaar liggen|ga er|gaat er|ga mezelf|ga mij|ga kms|hoe en wanneer|en wanneer|en hoe|er nu"
    r"|er vanavond"
    r"|er vannacht)(?!\S)"
)
# How, when, tried before, decided, about to: with one of these a wish is a plan, even without a means or an hour.
_DECIDED: Final = re.compile(
    r"(?<!\S)(?:hoe (?:kan|kun|moet|doe|maak|stap|pleeg|zorg|sterf|ga)|how (?:do|to|many|much|can)"
    r"|(?:snel|makkelijk|quick|fast|easi)(?:st|ste|est)|(?:het|een|mijn) plan|plannen|planning|van plan|op het punt"
    r"|besluit|beslissing|vastbesloten|beslist|decided|knoop doorgehakt|voorgenomen|geregeld|zaken op orde|gepland"
    r"|alles klaar|klaar om|bereid me voor|voorbereid|voorbereiden|voorbereidingen|in mijn agenda|tel af|a date"
    r"|geprobeerd|poging|mislukt|niet gelukt|zelf gedaan|volgende keer|overleefd|attempted|attempt|tried"
    r"|ingenomen|geslikt|genomen om|leeggedronken|gespoten|(?:eet|drink) (?:niks|niets|niet)"
    r"|(?:kan|kunnen|gaat) (?:me|mij)(?: \w+)? (?:stoppen|tegenhouden)|houdt (?:me|mij) tegen"
    r"|niet meer tegenhouden|ik meen (?:het|t)|(?:ik )?stap(?: ik)? (?:er ?uit|eruit)"
    r"|(?:ga|gaan) (?:er ?uit|eruit) stappen"
    r"|(?:ik maak|maak ik)(?! er een grap)"
    r"|(?:ga|zal) (?:ik )?(?:\w+ ){0,4}(?:er een eind|er een einde|dood|doodgaan|sterven|eruit)"
    r"|(?:dan|daarna|voor|na|met) kerst|kerstvakantie|(?:mijn|me) (?:\d+e? )?verjaardag|oud en nieuw|oudjaar"
    r"|einde? van (?:het|de) (?:jaar|maand|week|zomer|schooljaar)|dag dat ik|laatste (?:nacht|dag|uur)"
    r"|nog (?:een|twee|drie|vijf|\d+) (?:nacht|nachten|dag|dagen|uur|uurtje|week|weken)"
    r"|over (?:een|\d+|twee|drie) (?:uur|uren|dag|dagen|week|weken|minuten)|om (?:\d+|twaalf|tien|elf|een) (?:uur|\d+)"
    r"|zodra|als (?:iedereen|ze|de kinderen) (?:slaapt|slapen)|na (?:het eten|mijn dienst|mijn werk|school|de mis)"
    r"|staat vast|zorg ik|komend weekend|geboekt|gehuurd|gegeten om|zelfmoord doen|zelf gepland|heden(?:nacht|avond)?"
    r"|tmrw|tmr|tomorrow|tonite|going to|gonna|about to|ready to|i will|ima|imma"
    r"|niet meer van (?:mij|me)|volg ik|ambulance|bloeden|te diep|slagader|nu meteen|echt doen|nu doen)(?!\S)"
)
_NEARBY: Final = 80
_STORY: Final = concept("STORY")
_ANIMAL: Final = concept("ANIMAL")
_TOLD_OF: Final = {
    "abuse": _pattern(_STORY),
    **dict.fromkeys(("attempt", "method", "plan", "wish", "word", "selfharm"), _pattern((*_STORY, *_ANIMAL))),
}
_NOT_A_STORY: Final = frozenset("ik i me mij mezelf zichzelf zich mijn myself me jullie".split())
_LONG_AGO: Final = re.compile(
    r"(?<!\S)(?:vroeger|als kind|toen ik (?:klein|jong|een kind|kind|\d+) |jaren geleden|in mijn jeugd"
    r"|in (?:19|20)\d\d(?!\S)|als (?:puber|tiener)|\w+ jaar (?:geleden|terug)|mijn jeugd|vorige relatie"
    r"|lang geleden|in het verleden|destijds)"
)
# What one says of a time that is behind one.
_OVER: Final = re.compile(
    r"(?<!\S)(?:(?:van|ervan) hersteld|erbovenop|er bovenop|nu (?:geniet|leef) ik"
    r"|al (?:\w+ ){1,3}?(?:jaar|jaren|maanden) niet meer|(?:gelukkig|allang|lang) voorbij"
    r"|(?:nu|inmiddels) (?:gaat het|ben ik) (?:\w+ )?(?:goed|beter|gelukkig|blij))(?!\S)"
)
_STILL: Final = re.compile(r"(?<!\S)(?:nu|nog steeds|weer|sinds|vandaag|gisteren|steeds)(?!\S)")
# A death that is told of leaves the line before the other rules read it.
_LOSSES: Final = tuple(rule for rule in RULES if rule.loss)
_BY_ORDER: Final = tuple(rule for rule in RULES if not (rule.loss or rule.after_alarm or rule.phrases))
_PATTERNS: Final = (
    *((0, rule, rule.pattern) for rule in _BY_ORDER),
    *((1, rule, rule.weak) for rule in _BY_ORDER if rule.weak is not None),
)
_NEEDED: Final = Needed([pattern for _, _, pattern in _PATTERNS])
_NEEDED_IDIOMS: Final = Needed([idiom.pattern for idiom in IDIOMS])
_NEEDED_LOSSES: Final = Needed([loss.pattern for loss in _LOSSES])
_PAST: Final = ("loss.", "plan.averted", "selfharm.past")
# "Een poging tot zelfdoding gedaan", "hij is gered": nobody is lost.
_SURVIVED: Final = re.compile(
    r"(?<!\S)(?:poging tot (?:zelfdoding|zelfmoord|suicide)|gered|overleefd|gereanimeerd|net op tijd)(?!\S)"
)
_AFTER_ALARM: Final = tuple(rule for rule in RULES if rule.after_alarm)
_OTHER_VICTIM: Final = re.compile(
    r"(?<!\S)(?:mijn|een|haar|de|onze) (?:vriendin|buurvrouw|zus|zusje|broer|nicht|buren|collega"
    r"|buurmeisje|buurjongen|dochter van|leerling|beste vriendin|oma|schoonzus|client|vriendinnetje"
    r"|kleinkind|buurkinderen|buurman)(?!\S).{0,60}(?<!\S)(?:word|wordt|worden|geslagen|mishandeld"
    r"|bedreigd|misbruikt|haar|hem|niet veilig|slaat|zijn vrouw|verkracht|bedreigt|onveilig)"
    r"|(?<!\S)(?:zijn|haar|hun) (?:vrouw|vriendin|kinderen|kind|zoon|dochter|man)(?!\S)"
)


def _by_first_kind() -> dict[str, tuple[tuple[Rule, Phrase, str], ...]]:
    found: dict[str, list[tuple[Rule, Phrase, str]]] = {}
    for rule in RULES:
        for phrase, name in zip(rule.phrases, rule.names, strict=True):
            entry = rule, phrase, name
            for kind in phrase.first.kinds:
                found.setdefault(kind, []).append(entry)
    return {kind: tuple(phrases) for kind, phrases in found.items()}


_PHRASES: Final = _by_first_kind()


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a canonical line without its figures of speech; what ends before `start` was said before."""

    line: str
    places: Places
    start: int


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
    return any(alarm.rule.startswith(_PAST) for alarm in alarms) or (
        _LONG_AGO.search(line) is not None and _OVER.search(line) is not None
    )


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


def windows_of(line: str, start: int = 0) -> Iterator[Window]:
    """The parts that a canonical line is read in; what ends before `start` was said before."""
    for offset in range(0, max(len(line), 1), _WINDOW):
        first = max(0, offset - _OVERLAP)
        said = line[first : offset + _WINDOW]
        yield _window(said, start - first)
        # Somebody may put a stop after every word; figures of speech don't.
        if start <= 0 and said.count(" .") > said.count(" ") / 5:
            yield _window(said.replace(" .", ""), 0)


def _window(said: str, start: int) -> Window:
    plain = without_idioms(f" {said}")
    return Window(plain, READER.read(plain), start - max(len(said) + 1 - len(plain), 0))


def _plans_after_alarm(line: str, before: str) -> Iterator[Alarm]:
    """ "Vanavond doe ik het" says nothing by itself, and everything after "ik wil dood"."""
    plans = [rule for rule in _AFTER_ALARM if rule.pattern.search(f" {line[:_WINDOW]}")]
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
    for rule in () if losses and _SURVIVED.search(line) else losses:
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


def without_idioms(window: str) -> str:
    """The line with what its figures of speech mean in their place. It starts with a space."""
    waiting = _NEEDED_IDIOMS.places(window)
    while (place := next(waiting, None)) is not None:
        plain = IDIOMS[place].pattern.sub(f" {IDIOMS[place].meaning}", window)
        if plain != window:
            # What it means may be a word of the next.
            window, waiting = plain, _NEEDED_IDIOMS.places(plain, place + 1)
    return window


def is_of_a_story(rule: str, start: int, end: int, line: str) -> bool:
    """Told of a film, the news or an animal with nobody in it who speaks of oneself."""
    inside = frozenset(line[start:end].split())
    around = line[max(0, start - _NEARBY) : end + _NEARBY]
    told = _TOLD_OF.get(rule.partition(".")[0])
    if told is None or not _NOT_A_STORY.isdisjoint(inside):
        return False
    if told.search(around) is None:
        return False
    # A film in another sentence says nothing about what somebody says of oneself.
    sentence = line[line.rfind(" .", 0, start) + 1 : (line.find(" .", end) + 1 or len(line) + 1) - 1]
    return "ik" not in sentence.split() or told.search(sentence) is not None


def _alarm(rule: Rule, start: int, end: int, line: str, said: Sequence[Place] = ()) -> Alarm:
    """What the rule says that holds from `start` to `end`. A denial that is a term of it (`said`) denies nothing."""
    tier = rule.tier
    before = line[:start].rsplit(" .", 1)[-1].split()
    inside = line[start:end].split()
    if rule.urgent and _means_it(line[max(0, start - _NEARBY) : end + _NEARBY]):
        tier = "A"
    after = line[end:].split()[:3]
    if rule.negatable and _denied(before, _between(line, start, end, said) if said else inside, after):
        tier = _LOWER[tier]
    if rule.id.startswith("abuse."):
        if tier == "A" and _LONG_AGO.search(line) and not _STILL.search(line):
            tier = _LOWER[tier]
        wished = has_a_wish_of_another(line)
        about_another = wished or _OTHER_VICTIM.search(line) is not None
        return Alarm(tier, about_another and (not _of_oneself(inside) or (wished and not is_hurt(line))), rule.id)
    long_ago = _LONG_AGO.search(line) is not None
    if tier == "A" and long_ago and rule.id.startswith(("attempt.", "plan.")):
        tier = "B"
    elif long_ago and not rule.another and _OVER.search(line):
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


def _means_it(nearby: str) -> bool:
    """A wish with a time, a means or a preparation beside it is a plan."""
    if _SOON.search(nearby) is not None or _MEANS.search(nearby) is not None:
        return True
    return any(_DENIALS.isdisjoint(nearby[: cue.start()].split()[-2:]) for cue in _DECIDED.finditer(nearby))


def _denied(before: list[str], inside: list[str], after: list[str]) -> bool:
    """A denial in the same clause: just before, inside, or closing it ("hij slaat me niet")."""
    if "waarom" in (*before[-_REACH_OF_DENIAL:], *inside[:1]):
        return False
    if any(_denies(inside, position) for position in range(len(inside))):
        return True
    if not inside or inside[0] not in _SUBJECTS:
        for position in range(len(before) - 1, max(len(before) - _REACH_OF_DENIAL, 0) - 1, -1):
            if _denies(before, position):
                return True
            if before[position] in _NEW_CLAUSE:
                break
    closing = [word for word in after if word not in _SELF]
    return closing[:1] in (["niet"], ["nooit"]) and (len(closing) == 1 or closing[1] in _AFTER_CLOSING_DENIAL)


def _denies(words: list[str], position: int) -> bool:
    return words[position] in _DENIALS and words[position + 1 : position + 2] not in _NO_DENIAL_BEFORE


def _of_oneself(inside: list[str]) -> bool:
    return not {"me", "mij", "ons"}.isdisjoint(inside)

"""The circumstances in a canonical line of what a rule heard, which make it weigh more, less or nothing: a means or an
hour beside it, a denial, a story, a time long ago, another victim."""

import re
from collections.abc import Sequence
from typing import Final

from bot.core.safety.phrases import concept


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\S)(?:" + "|".join(word.replace("_", " ") for word in words) + r")(?!\S)")


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
# "Een poging tot zelfdoding gedaan", "hij is gered": nobody is lost.
_SURVIVED: Final = re.compile(
    r"(?<!\S)(?:poging tot (?:zelfdoding|zelfmoord|suicide)|gered|overleefd|gereanimeerd|net op tijd)(?!\S)"
)
_OTHER_VICTIM: Final = re.compile(
    r"(?<!\S)(?:mijn|een|haar|de|onze) (?:vriendin|buurvrouw|zus|zusje|broer|nicht|buren|collega"
    r"|buurmeisje|buurjongen|dochter van|leerling|beste vriendin|oma|schoonzus|client|vriendinnetje"
    r"|kleinkind|buurkinderen|buurman)(?!\S).{0,60}(?<!\S)(?:word|wordt|worden|geslagen|mishandeld"
    r"|bedreigd|misbruikt|haar|hem|niet veilig|slaat|zijn vrouw|verkracht|bedreigt|onveilig)"
    r"|(?<!\S)(?:zijn|haar|hun) (?:vrouw|vriendin|kinderen|kind|zoon|dochter|man)(?!\S)"
)


def is_meant(start: int, end: int, line: str) -> bool:
    """A wish with a time, a means or a preparation beside it is a plan."""
    nearby = line[max(0, start - _NEARBY) : end + _NEARBY]
    if _SOON.search(nearby) is not None or _MEANS.search(nearby) is not None:
        return True
    return any(_DENIALS.isdisjoint(nearby[: cue.start()].split()[-2:]) for cue in _DECIDED.finditer(nearby))


def is_denied(before: list[str], inside: list[str], after: list[str]) -> bool:
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


def is_long_ago(line: str) -> bool:
    """Of years back, whether or not it goes on."""
    return _LONG_AGO.search(line) is not None


def goes_on(line: str) -> bool:
    """Told of these days too."""
    return _STILL.search(line) is not None


def is_behind_one(line: str) -> bool:
    """Recovered from, or long not done any more."""
    return _OVER.search(line) is not None


def is_survived(line: str) -> bool:
    """Whoever it was lives."""
    return _SURVIVED.search(line) is not None


def has_another_victim(line: str) -> bool:
    """Violence against somebody who is not the one that writes."""
    return _OTHER_VICTIM.search(line) is not None

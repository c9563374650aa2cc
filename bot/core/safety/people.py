"""Who a sentence is about: the person who writes, or somebody else."""

import re
from importlib import resources
from itertools import takewhile
from typing import Final

_OTHERS: Final = frozenset(
    """
    hij zij ze ie man vrouw partner ex zoon zoontje dochter dochtertje broer broertje zus zusje moeder vader mama papa
    ma pa mam pap ouders kind kinderen collega oma opa tante oom neef neefje nicht nichtje client clienten leerling lief
    homie bro bf gf bestfriend roommate huisgenote kleinzoon naaste bruur buurmeisje cliente leerlinge zwager
    schoonzus maat matties mattie bestie bff iemand verloofde echtgenote student meisje jongen buurvrouw kameraad
    patient peetvader petekind gozer gast gastje kerel meid crush scharrel zichzelf zich haarzelf hemzelf beste
    boyfriend girlfriend friend husband wife brother sister mother mom dad son daughter she he they mensje roomie kennis
    """.split()
)
_OTHER_ENDINGS: Final = (
    "vriend", "vriendin", "vriendje", "vriendinnetje", "maat", "maatje", "genoot", "genote", "broer", "zus", "zusje",
    "moeder", "vader", "kind", "zoon", "dochter", "man", "vrouw", "jongen", "meisje", "collega",
)  # fmt: skip
# First names that are no other Dutch word: "sanne wil dood".
_NAMES: Final = frozenset(resources.files(__package__).joinpath("names.txt").read_text(encoding="utf-8").split())
_THIRD_REFLEXIVE: Final = frozenset({"zich", "zichzelf", "haarzelf", "hemzelf", "himself", "herself"})
_FIRST: Final = frozenset({"ik", "i", "we", "wij", "im"})
_FIRST_INSIDE: Final = frozenset({"mezelf", "myself", "mij", "me"})
# "Ik zag het", "wat kan ik doen": who says so looks on.
_LOOKING_ON: Final = frozenset(
    "zag zie hoor hoorde vond las lees vrees maak vermoed merk merkte kreeg weet schrik".split()
)
# "Ik vond een brief", "heb ik in zijn telefoon gelezen": what was found is somebody's.
_FINDING: Final = frozenset("vond vind vonden zag zagen las ontdekte doorzocht".split())
_FOUND: Final = frozenset("gevonden gezien gelezen ontdekt aangetroffen verstopt weggehaald afgepakt".split())
_HAVING: Final = frozenset({"heb", "had", "hebben"})
_ASKING: Final = frozenset("moet kan kon help doe bel".split())
_POSSESSIVES: Final = [["mijn"], ["me"], ["een"], ["onze"]]
_ANOTHERS: Final = [["zijn"], ["haar"], ["hun"]]
_OTHERS_OWN: Final = frozenset({"zijn", "haar", "hun"})
_WISH: Final = frozenset(
    """
    zichzelf haarzelf hemzelf zelfmoord suicide suicidaal suicidale depressief depressieve somber afscheidsbrief
    zelfdoding afscheid
    """.split()
)
# "Bij ons op de stoep": nothing is done to us.
_BESIDE_ME: Final = (["maak"], ["bij"], ["met"])
_HURT: Final = frozenset("me mij mezelf ons myself".split())
_OWN_WISH: Final = frozenset(
    """
    wil wou wilde ga zou hoop sterf spring snij slik haat besta verlang kras neem stap volg
    sta maak schiet gaan loop
    """.split()
)
_OWN_BODY: Final = frozenset({"mezelf", "myself"})
_HELPING: Final = frozenset("helpen help bellen bel weten steunen geholpen halen tegenhouden voorkomen zorgen".split())
_TAKEN: Final = frozenset("geslikt ingenomen genomen geteld bewaard besloten afgesproken".split())
_TOLD: Final = frozenset("zegt zei appte appt heeft gaf vertelde vertelt stuurde stuurt belde verteld schreef".split())
_OF_THE_DEAD: Final = frozenset({"overleden", "wijlen", "gestorven", "dode", "beste", "oude"})
_UNREAL: Final = frozenset({"als", "zodat", "of", "die", "wanneer"})
_PREPOSITIONS: Final = frozenset("bij naar van voor aan met door zonder tegen zeg vertel".split())
_SAYING: Final = frozenset(
    """
    zegt zei appt appte stuurt stuurde schrijft schreef roept riep typt gilt schreeuwt belt huilt zeggen geschreven
    gezegd vertelde mailde vroeg vraagt fluistert fluisterde schreeuwde huilde snikte snikt belde post postte plaatste
    typte
    zeg zegge zeit says said texted told wrote screamed asked status story
    """.split()
)
_LINKS: Final = frozenset({"dat", "of", "maar", "omdat", "want"})
# "Kevin appt: tegen de tijd dat je dit leest".
_SPOKEN_TO: Final = (["je"], ["jij"], ["jullie"], ["u"])
_MISSED_OTHER: Final = re.compile(r"\b(?:zonder|voor|van) (?:haar|hem)\b")
_REPORTED: Final = re.compile(
    r"\b(?:zegt|zei|appt|appte|stuurt|stuurde|schrijft|schreef|vertelt|vertelde|belt|belde|gezegd|verteld|gestuurd"
    r"|geappt|denkt|dreigt) (?:\w+ ){0,3}?(?:dat (?:hij|ze|zij|ie|het|t)|te|er|zonder|met)\b"
)
_TAKING: Final = [["heb"], ["slik"], ["neem"], ["nam"], ["pak"], ["spaar"], ["slikte"]]
_HAVING_THEM: Final = [[*both] for verb in ("had", "wil", "ga", "zal") for both in (("ik", verb), (verb, "ik"))]
_WHEN: Final = frozenset({"zodra", "als", "wanneer", "tot", "terwijl", "nadat"})
_AWAY: Final = frozenset("weg slaapt slapen thuis vertrokken werken werk school bed".split())
_LOVED: Final = frozenset({"hou", "houd", "hield", "houden"})
_MINE: Final = frozenset({"mijn", "me", "onze", "ons"})
_PARTS: Final = frozenset(
    """
    hoofd hart lichaam lijf leven gevoel ziel stem brein buik plan besluit wens verstand gedachte gedachten angst ziekte
    depressie geest ego pijn dood beste oude eigen hond kat telefoon auto werk huis hamster konijn vis
    """.split()
)
_THIRD_VERBS: Final = frozenset("wil wilt heeft zegt zei gaat praat denkt nam snijdt krast appt appte belt".split())
_SHE: Final = frozenset("hij ze zij ie hem haar zich zichzelf he she".split())
_NOT_ME_BUT: Final = re.compile(
    r"(?<!\S)(?:ik|zelf) (?:\w+ ){0,3}?(?:niet|geen)(?: \w+){0,4}? (?:maar )?(?:mijn|me|onze) (?:\w+ ){1,3}?"
    r"(?:wel|is degene|is het wel|wel degelijk|daarentegen)(?!\S)"
)
_ABOUT_WHOM: Final = re.compile(
    r"(?<!\S)(?:niet (?:voor|over|om) (?:mezelf|mij|me) maar|(?:bericht|berichtje|appje|app|mail|sms|brief) van"
    r"|(?:gaat|is|vraag) (?:het |dit )?(?:om|over|voor)) (?:(?:om|over|voor) )?(?:mijn|me|een|onze|iemand) ?(\w+)"
)
_WILLING: Final = frozenset({"wil", "wilt", "wou", "wilde"})
_DYING: Final = frozenset({"dood", "sterven", "doodgaan"})
_FACING: Final = 12
_CLAUSE: Final = 5


def is_about_another(before: list[str], inside: list[str], after: list[str]) -> bool:
    """Whoever is named last before what is wanted, or in it, is the one who wants it, unless somebody is quoted.

    `before`, `inside` and `after` are the words of the sentence around what was recognised.
    """
    if not _THIRD_REFLEXIVE.isdisjoint(inside):
        return True
    own = not _FIRST.isdisjoint((*before[-_CLAUSE:], *inside)) or before[-1:] == ["heb"] or inside[:1] == ["heb"]
    if not own and after[:1] == ["van"] and after[1:2] in _POSSESSIVES and any(map(_is_other, after[2:3])):
        return True
    if before[-1:] in _ANOTHERS and _FIRST.isdisjoint(inside[:2]) and inside[:1] not in _POSSESSIVES:
        return True
    told = min(len(before), _FACING)
    words = before[-_FACING:] + inside
    if _MISSED_OTHER.search(" ".join(inside)) and _LOVED.isdisjoint((*inside, *after[:1])):
        return True
    reported = any(map(_is_other, words)) and _REPORTED.search(" ".join(words)) is not None
    for at in range(len(words) - 1, -1, -1):
        word = words[at]
        if word in _FIRST:
            if _finds([*words, *after], at):
                return True
            if _looks_on([*words, *after], at):
                continue
            return _is_quoted(words[:at])
        if at >= told and word in _FIRST_INSIDE and not reported:
            return _is_quoted(words[:at])
        if (_is_other(word) or _is_somebody(words, at)) and not _is_object(words, at):
            return True
    return _trails(after)


def _is_other(word: str) -> bool:
    return word in _OTHERS or word in _NAMES or (len(word) > 5 and word.endswith(_OTHER_ENDINGS))


def _is_somebody(words: list[str], at: int) -> bool:
    """ "Mijn bakker wil dood": whoever it is, unless it is a part of who writes ("mijn hoofd wil")."""
    theirs = words[at - 1] in _MINE if at else False
    return theirs and words[at] not in _PARTS and not _THIRD_VERBS.isdisjoint(words[at + 1 : at + 2])


def _looks_on(words: list[str], at: int) -> bool:
    return not _LOOKING_ON.isdisjoint(words[at + 1 : at + 2]) or not _ASKING.isdisjoint(words[max(at - 1, 0) : at])


def _finds(words: list[str], at: int) -> bool:
    """ "Ik vond een touw in zijn kamer", "ik heb pillen gevonden onder haar kussen"."""
    behind = words[at + 1 : at + 1 + _FACING]
    found = not _FINDING.isdisjoint((*words[max(at - 1, 0) : at], *behind[:1]))
    found = found or (not _HAVING.isdisjoint(behind[:1]) and not _FOUND.isdisjoint(behind))
    return found and any(word in _OTHERS_OWN or _is_other(word) for word in words)


def wishes_for_oneself(line: str) -> bool:
    """ "Ik wil dood", "dan spring ik", "dat ik dood wil", unless somebody is quoted.

    Who writes is in danger then, whoever else is named.
    """
    words = line.split()
    for at, word in enumerate(words):
        if word in _OWN_BODY and not _is_quoted(words[:at]):
            return True
        if word not in _FIRST or not _UNREAL.isdisjoint(words[max(at - 1, 0) : at]):
            continue
        behind = words[at + 1 : at + 1 + _FACING]
        own = takewhile(lambda said: not _is_other(said), behind[:_CLAUSE])
        wished = not _OWN_WISH.isdisjoint((*words[max(at - 1, 0) : at], *own))
        took = not _HAVING.isdisjoint(behind[:1]) and not _TAKEN.isdisjoint(behind)
        helping = not _HELPING.isdisjoint(behind)
        if (wished or took) and not helping and not _is_quoted(words[:at]):
            return True
    return False


def is_named_last(line: str) -> bool:
    """ "Hij gaat het doen, mijn broer", "ik wil niet dood maar mijn vriendin wel": it is about who is named there."""
    words = [word for word in line.split() if word not in {".", "hoor", "echt", "help"}]
    if _NOT_ME_BUT.search(line):
        return True
    about = _ABOUT_WHOM.search(line)
    if about is not None and (_is_other(about[1]) or about[1] in {"anders", "pupil"}):
        return not wishes_for_oneself(line[: about.start()])
    return (
        any(map(_is_other, words[-1:]))
        and not _MINE.isdisjoint(words[-3:-1])
        and not _SHE.isdisjoint(words[:-2])
        and not wishes_for_oneself(line)
    )


def is_hurt(line: str) -> bool:
    """Whether something is done to the person who writes; being told something is not."""
    words = line.split()
    return any(
        word in _HURT and words[at - 1 : at] not in _BESIDE_ME and _TOLD.isdisjoint(words[max(at - 2, 0) : at])
        for at, word in enumerate(words)
    )


def has_a_wish_of_another(line: str) -> bool:
    """ "Mijn man heeft een wapen en wil dood": the danger is his, though it sounds like violence."""
    last = ""
    words = line.split()
    for at, word in enumerate(words):
        if word in _FIRST or _is_other(word):
            last = word
            continue
        wished = word in _WISH or (word in _DYING and not _WILLING.isdisjoint(words[max(at - 1, 0) : at + 2]))
        if wished and last not in {"", *_FIRST}:
            return True
    return False


def _is_object(words: list[str], at: int) -> bool:
    """ "Bij mijn zoon", "van hem": not the one who wants it, but "voor mijn zoon die" is."""
    reach = 3 if words[max(at - 1, 0)] in _OF_THE_DEAD else 2
    if words[at + 1 : at + 2] != ["die"] and not _PREPOSITIONS.isdisjoint(words[max(at - reach, 0) : at]):
        return True
    return _is_things(words, at) or _is_away(words, at)


def _is_things(words: list[str], at: int) -> bool:
    """ "Ik heb ze allemaal geslikt": pills, not people. But "ik denk ze wil dood"."""
    if words[at] != "ze" or not {"wil", "is", "heeft", "gaat", "wilt"}.isdisjoint(words[at + 1 : at + 2]):
        return False
    if not {"zitten", "liggen"}.isdisjoint(words[at + 1 : at + 2]):
        return True
    before = words[max(at - 2, 0) : at]
    return before[-1:] in _TAKING or (before[-1:] == ["ik"] and before[:1] in _TAKING) or before in _HAVING_THEM


def _is_away(words: list[str], at: int) -> bool:
    """ "Zodra mijn moeder weg is": tells when, not who."""
    told = not _WHEN.isdisjoint(words[max(at - 3, 0) : at])
    return told and not _AWAY.isdisjoint(words[at + 1 : at + 4])


def _is_quoted(words: list[str]) -> bool:
    """ "Mijn zoon zegt: ik wil dood", but not "mijn zoon zegt dat ik dood moet"; "mijn vader: ik wil dood" too."""
    if len(words) in {2, 3} and words[:1] in _POSSESSIVES and _is_other(words[-1]):
        return True
    for at in range(len(words) - 1, 0, -1):
        if words[at] in _LINKS and words[at + 1 : at + 2] not in _SPOKEN_TO:
            return False
        if words[at] in _SAYING:
            return any(map(_is_other, words[:at]))
    return False


def is_said_by_another(words: list[str]) -> bool:
    """Whether somebody else says what stands behind these words, in a quotation or in a clause of its own."""
    return any(map(_is_other, words)) and not _SAYING.isdisjoint(words)


def _trails(after: list[str]) -> bool:
    return after[:1] == ["mijn"] and any(map(_is_other, after[1:3]))

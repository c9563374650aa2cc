"""Whether somebody tells that they are under sixteen. Nothing here decides what happens then."""

import re
from typing import Final

from bot.core.text import normalise

_UNDER: Final = r"(?:[5-9]|1[0-5]|vijf|zes|zeven|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien)"
_I_AM: Final = r"(?:ik ben|'k ben|k ben|ikben|kben|ben|ik word|ik wordt|im|i'm|i am|ik bn|ik zijn)"
_NOW: Final = (
    r"(?: (?:pas|nog maar|maar|nu|net|nog|bijna|ook|zelf|een|al|echt|eigenlijk|wel|slechts|just|only|a|gewoon"
    r"|(?:een |'n )?(?:meisje|jongen|meid|gast|kind|puber|tiener|boy|girl|leerling|scholier|gozer) van))*"
)
_NOT_AN_AGE: Final = (
    r"(?:\s?(?:jaar|jr|jaren|j)\.? (?:samen|getrouwd|bij|in|verder|weg|clean|nuchter|single|alleen|vrijgezel"
    r"|gescheiden|geleden|werkzaam|ouder|jonger|met|lang|aan|bezig|gelukkig|ziek|moeder|vader|verloofd"
    r"|depressief|te))"
)
_MORE: Final = (
    r"(?: (?:kilo|kg|keer|dagen|dag|weken|week|maanden|maand|uur|min|minuten|km|cm|euro|procent|kinderen"
    r"|stappen|x|van de|mensen|pond|keren|minuutjes|uurtjes|meter|jaren (?:samen|getrouwd)|op|over)\b"
    r"|\s?(?:%|kg|km|cm|x\b|[.,/:]\s?\d|\d|u\b|h\b))"
)
_OWN_AGE: Final = re.compile(
    rf"(?<![\w'])(?<!toen )(?<!als )(?<!alsof )(?<!dat ){_I_AM}{_NOW} {_UNDER}(?![\w]){_NOT_AN_AGE}?"
)
_SIXTEEN_OR_MORE: Final = r"(?:1[6-9]|[2-9]\d|zestien|zeventien|achttien|negentien|twintig|volwassen|meerderjarig)"
_GROWN_UP: Final = re.compile(
    rf"(?<![\w'])(?<!toen )(?<!als )(?<!alsof )(?<!dat ){_I_AM}(?: (?:toch|juist|intussen|inmiddels))*{_NOW}"
    rf" {_SIXTEEN_OR_MORE}(?!\w){_NOT_AN_AGE}?"
)
_JUST_AGE: Final = re.compile(
    rf"(?:pas |nog maar |maar |nog )?{_UNDER} ?(?:jaar|jr|jaartjes|years old|yo)(?: (?:oud|jong|hoor|pas"
    rf"|nog maar))*[.! ]*"
)
_SCHOOL: Final = re.compile(
    r"(?<![\w'])(?:(?:ik|k|'k) (?:zit|zat nu|ga|volg)|kzit|(?:(?<=^)|(?<=[.,!?;:] )"
    r"|(?<= en ))zit)(?: (?:nu|nog|zelf|pas|ook|al|gewoon|maar|eigenlijk|hier|momenteel))* (?:(?:op|in"
    r"|naar|bij)(?: (?:de|het|mijn|een))? )"
    r"(?:(?:1e|eerste|1ste|2e|tweede|2de|3e|derde|3de)?(?:de |ste |\s)?(?:klas |jaar )?(?:van )?(?:de |het )?)?"
    r"(?:brugklas|basisschool|lagere school|groep (?:[3-8]|zes|zeven|acht)|brugger|[1-3] ?(?:vmbo|mavo"
    r"|havo|vwo|gym(?:nasium)?|atheneum|kader|basis|vmbo-?\s?\w{1,2}|tl|aso|tso|bso)(?:\w*)"
    r"|(?:1e|eerste|1ste|2e|tweede|2de|3e|derde|3de) (?:klas|klasse|jaar|leerjaar|middelbaar|middelbare"
    r"|havo|vwo|vmbo|mavo|gymnasium|secundair)"
    r"|klas [1-3]\b|(?:[1-3]|eerste|tweede|derde) ?(?:de|ste|e)? ?(?:middelbaar|secundair)|[1-3](?:e|de"
    r"|ste)? (?:klas|middelbaar|jaar van (?:de|het) (?:middelbare|middelbaar|secundair|havo|vwo|vmbo))"
    r"|(?:eerste|tweede|derde|1e|2e|3e) jaar (?:van )?(?:de |het )?(?:middelbare|middelbaar|secundair"
    r"|havo|vwo|vmbo|mavo))"
)
_PUPIL: Final = re.compile(
    r"(?<![\w'])(?:ik ben|ben|kben|'k ben) (?:een |nog )*(?:brugklasser|brugpieper|bruggertje|basisscholier"
    r"|tweedeklasser|derdeklasser|eersteklasser|onder de (?:16|zestien)|jonger dan (?:16|zestien)"
    r"|minderjarig en (?:nog )?geen (?:16|zestien)|nog geen (?:16|zestien)|nog niet (?:16|zestien)|niet (?:16"
    r"|zestien))(?!\w)"
)
_NOT_YET: Final = re.compile(
    r"(?<![\w'])(?:ik ben|ben|kben|'k ben|ik word) (?:nog )?(?:geen|niet|pas over \w+ (?:jaar|maanden)) (?:16"
    r"|zestien)(?!\w)(?! (?:meer|jaar (?:meer|samen|getrouwd)))"
)
_SOMEBODY_ELSE: Final = re.compile(
    r"(?:zei|zegt|vroeg|dacht|alsof|stel|toen|vroeger|destijds|als kind) ?(?:hij|ze|zij|dat|:)? ?$"
)


def says_grown_up(text: str) -> bool:
    """Whether the person says to be 16 or older now. Only asked of somebody who said to be younger before."""
    said = normalise(text)[:2000]
    for found in _GROWN_UP.finditer(said):
        before, after = said[max(0, found.start() - 30) : found.start()], said[found.end() :]
        if not (re.search(_NOT_AN_AGE + "$", found[0]) or re.match(_MORE, after) or _SOMEBODY_ELSE.search(before)):
            return True
    return False


def says_underage(text: str) -> bool:
    """Whether the person says to be under 16 now: an own age of 5 to 15, or a school year that only those have.

    Not: an age in the past, somebody else's age, years together, an amount.
    """
    said = normalise(text)[:2000]
    if _JUST_AGE.fullmatch(said) or _PUPIL.search(said):
        return True
    for pattern in (_NOT_YET, _SCHOOL):
        found = pattern.search(said)
        if found and not _SOMEBODY_ELSE.search(said[max(0, found.start() - 30) : found.start()]):
            return True
    for found in _OWN_AGE.finditer(said):
        before, after = said[max(0, found.start() - 30) : found.start()], said[found.end() :]
        if re.search(_NOT_AN_AGE + "$", found[0]) or re.match(_MORE, after) or _SOMEBODY_ELSE.search(before):
            continue
        if not found[0].startswith("ben ") or not before.strip() or before.rstrip()[-1] in ".,!?;:":
            return True
    return False

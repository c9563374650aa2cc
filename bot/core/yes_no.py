"""Yes, no, later, done and no more, as people say them in Dutch and Flemish."""

import re
from typing import Final

from bot.core.text import normalise, words

_YES_SIGNS: Final = "👍👌✅✔☑🙋💯🆗"
_NO_SIGNS: Final = "👎❌🙅🚫✖⛔"
_MOST_WORDS: Final = 12
_HELD: Final = re.compile(r"(.)\1{2,}")

_YES: Final = frozenset(
    "ja jaa jah jaah jawel jazeker jep jup jups jepp yep yup yes yess yeah yea ye ya jo jow joa joh-ja yesss "
    "jaja jahoor jaas jaaj jaz tjaa-ja jip jups joep juist jaajaa jaman".split()
)
_NO: Final = frozenset(
    "nee neen neej nope nop neh neuh nah nej no nei neeh nee-hoor neehoor neejoh neejj nein nao neenee "
    "neeneen nopes niks-nee nr-nee".split()
)
_SOFT_YES: Final = frozenset(
    """
    tuurlijk natuurlijk natuurlyk zeker zekers absoluut graag ok oke okay okee okey oki k kee prima goed klopt
    inderdaad sure uiteraard vanzelfsprekend akkoord eens doe doen top
    fijn mag welzeker gerust zekerweten best perfect deal geregeld is-goed tuurlyk yess! yess jawohl oui
    absolutely definitely ofc tuulijk natuurlik helemaal volmondig
    """.split()
)
_IDLE: Final = frozenset(
    """
    hoor joh zeg man maar toch wel eens even nou eh uh uhm ehm euh oh o ach och bah ba amai allee hm hmm hee he
    is het dat dit doe mij me wat heel erg zo echt weten dan best dank je u bedankt
    wil ik aub alsjeblieft alstublieft please svp nu ervoor ook heb gedaan gewoon altijd lijkt doen goed hihi
    haha lol xx x xxx dankje dankjewel thanks merci zou en van vind hier daar meer om 't t tis
    """.split()
)
_BEFORE: Final = frozenset(
    "nou eh uh uhm ehm euh oh o ach och bah ba amai allee well he hee ik denk zou zeggen geloof dacht van "
    "toch zeg lol haha mja hm hmm hmmm goh gosh god jezus pff pfff tja eigenlijk mijn antwoord is het ok oke".split()
)
_DENIALS: Final = frozenset("niet geen nooit niks niets nie ni geeneens nergens noch".split())
_UNSURE: Final = frozenset(
    "misschien mss miss mischien misch soms beetje deels idee weet twijfel wellicht mogelijk hangt ligt mwah "
    "mwa mja bwa bwah mweh meh tja zoiets-nee zowel enigszins halfhalf".split()
)

_YES_PHRASES: Final = re.compile(
    r"(?:(?:nou|eh|uh|oh|ach|ok|oke|ja|jaa|zeker) )*(?:waarom niet|geen probleem|geen punt"
    r"|(?:ik )?denk (?:het|van|t|'t) ?wel|ik geloof (?:het|van) wel|ik vind van wel|is goed|'?t ?is goed"
    r"|is oke|is ok|dat is goed|vind ik goed|vind ik prima"
    r"|lijkt me (?:goed|prima|leuk|fijn|wel wat|wel goed|een goed idee|top)|mij goed|moet kunnen|doe maar"
    r"|laat maar komen|kom maar op|kom maar|ik doe mee|ik wil (?:dat|dit|het|graag|wel|dat wel|het wel"
    r"|dat graag|het graag|dit graag|dit wel)|wil ik(?: wel| graag)?|dat mag|mag wel|mag zeker|mag"
    r"|dat wil ik(?: graag| wel)?"
    r"|graag zelfs|heel graag|zeker wel|zeker weten|vast en zeker|helemaal goed|100 ?%?|honderd procent"
    r"|ik ben (?:het )?eens|daar ben ik het mee eens|ga ik doen|ga ik proberen|gaan we doen|we doen het"
    r"|klinkt goed|ik ben akkoord|ik ga akkoord|ik stem toe|voor mij wel|best wel|toch wel|ik wel"
    r"|dat klopt|klopt helemaal)"
    r"(?: (?:hoor|joh|graag|ja|dank je|bedankt|maar|even|aub))*"
)
_NO_PHRASES: Final = re.compile(
    r"(?:(?:nou|eh|uh|oh|ach|nee|neen|sorry|helaas|ik|bah|ok|oke) )*(?:(?:liever|echt|zeker|absoluut"
    r"|tuurlijk|natuurlijk|helemaal|totaal|eigenlijk|beter|vandaag|nu|even|nu even|vooralsnog|voorlopig"
    r"|toch|ikke|voor mij|dat|mij|best|dus|doe maar|ook|doe|dan|sowieso) ?(?:niet|nie|ni)|liever van niet"
    r"|denk (?:het|van|t|'t) ?niet|geloof (?:het|van) niet|dacht het niet"
    r"|niet echt|nog niet|niet|nooit|hoeft niet|hoeft nie|hoeft ni|hoef niet|hoeft (?:van mij )?niet"
    r"|dat hoeft niet|hoeft echt niet|geen zin|geen behoefte(?: aan)?|geen interesse|geen sprake van"
    r"|wil (?:dat|dit|het) niet|wil niet|wil ik niet|mag niet|dat mag niet|geenszins|niet nodig"
    r"|is niet nodig|over mijn lijk|vergeet het maar|laat maar|doe maar niet|dat klopt niet|klopt niet"
    r"|niet akkoord|ik ga niet akkoord|oneens|niet eens|niet mee eens|liever niet nee|uitgesloten"
    r"|mij niet gezien|in geen geval|nada|geen denken aan)"
    r"(?: (?:hoor|joh|dank je|bedankt|nee|eigenlijk|nu|vandaag|meer|graag|sorry|aub|dank|niet))*"
)
_NEITHER: Final = re.compile(
    r"\b(?:ja en nee|ja nee|nee ja|nou ja|nouja|ja maar nee|ja of nee|weet (?:ik|het|ik het)? ?(?:niet|nie"
    r"|ni)|geen idee|geen flauw idee|zou kunnen|kweet|kweeni|(?:ik )?weet niet|zoiets|niet zeker|ligt eraan"
    r"|hangt ervan af|kan zijn|ben er nog niet uit|geen mening|maakt (?:mij |me )?niet uit|maakt niks uit"
    r"|om het even)\b"
)


def parse_yes_no(text: str) -> bool | None:
    """True for yes, False for no, None for neither, both, or anything that is more than an answer.

    "Ja" or "nee" must open or close what is said; soft words ("graag", "prima") count only by themselves. A "ja" with
    a denial behind it ("ja maar ik heb het niet gedaan") is None, since it may be meant as consent.
    """
    if len(text) > 400:
        return None
    tokens = [_HELD.sub(r"\1\1", token) for token in words(text)]
    if not tokens:
        return _by_sign(text)
    tokens = [_short(token) for token in tokens]
    said = " ".join(tokens[: _MOST_WORDS + 1])
    if _NEITHER.search(said):
        return None
    agrees, refuses = not _YES.isdisjoint(tokens), not _NO.isdisjoint(tokens)
    if agrees and refuses:
        return None
    if _YES_PHRASES.fullmatch(said) and not refuses:
        return True
    if _NO_PHRASES.fullmatch(said) and not agrees:
        return False
    if not _UNSURE.isdisjoint(tokens) and len(tokens) <= 6 and tokens[0] not in _YES | _NO:
        return None
    if agrees or refuses:
        return _spoken(tokens, agrees=agrees)
    soft = [token for token in tokens if token in _SOFT_YES]
    if soft and all(token in _SOFT_YES or token in _IDLE for token in tokens):
        return True
    return None


def _short(token: str) -> str:
    """ "jaaa" is "jaa", "neee" is "nee": one word for each way to draw it out."""
    if re.fullmatch(r"j+a+h*|j+a+j+a+", token):
        return "ja"
    if re.fullmatch(r"n+e+h*|n+e{2,}j*|n+e{2,}n", token):
        return "nee"
    return token


def _spoken(tokens: list[str], *, agrees: bool) -> bool | None:
    clear = _YES if agrees else _NO
    first = next((position for position, token in enumerate(tokens) if token not in _BEFORE), 0)
    opens = tokens[first] in clear or tokens[0] in clear
    closes = tokens[-1] in clear or (len(tokens) > 1 and tokens[-1] in _IDLE and tokens[-2] in clear)
    if not opens and not (closes and len(tokens) <= 5):
        return None
    if agrees:
        return True if _DENIALS.isdisjoint(tokens) and _UNSURE.isdisjoint(tokens) else None
    return False


def _by_sign(text: str) -> bool | None:
    agrees = any(sign in text for sign in _YES_SIGNS)
    refuses = any(sign in text for sign in _NO_SIGNS)
    return agrees if agrees != refuses else None


_POLITE: Final = frozenset(
    "aub alsjeblieft alstublieft svp please pls graag dank bedankt dankje dankjewel thanks hoor joh he sorry "
    "ok oke okay ja jaa hoi hey hallo nou eh uh oh haha lol xx xxx x yes yep eindelijk fijn top".split()
)

_LATER: Final = re.compile(
    r"(?:(?:nee|neen|misschien|liever|doe|dan|ik|kan|wil|doe het|doe ik|zal|ga|het|dit|komt|kom|komt wel"
    r"|nog|nu|even|maar|mag|vraag|vraag het|vraag me|vraag het me|vraag het mij|herinner me|herinner mij"
    r"|stuur|stuur het|stuur me|app|app me|probeer|probeer het|doe t|k|liever niet nu|kijk"
    r"|een andere keer|dat|niet nu|nu niet|niet gelukt|ben bezig|druk|te druk|geen tijd|beter) )*"
    r"(?:later|laters|straks|strakjes|strax|zometeen|zo meteen|zo dadelijk|zo|dadelijk|subiet|seffens"
    r"|sebiet|morgen|morgenavond|morgenochtend|morgenmiddag|morgenvroeg|mrgn|mrg|vanavond|vanmiddag"
    r"|vannamiddag|overmorgen|volgende week|van de week|dit weekend|in het weekend|deze week|nu (?:even "
    r"|effe )?niet|niet nu|even niet|effe niet|nu effe niet|nu (?:even )?geen tijd|geen tijd(?: nu)?"
    r"|andere keer|een andere keer|ander moment|een ander moment|op een ander moment|later vandaag"
    r"|nog niet|over (?:een|\d+|twee|drie|paar|een paar) (?:uur|uurtje|dag|dagen|dagje|dagjes|week"
    r"|minuten|poosje|tijdje|uurtjes|weekje|half uur|halfuur|kwartier)|na (?:het eten|het werk|mijn werk"
    r"|werk|school)|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|te druk|druk|nog geen tijd"
    r"|snooze|remind me later|ander keertje|andere keertje)"
    r"(?: (?:weer|nog|nog eens|nog een keer|opnieuw|eens|even|maar|misschien|wel|pas|graag|aan|het|vragen"
    r"|vraag|vraag maar|proberen|kijken|doen|toe|toegekomen|aan toe|aan toegekomen|gedaan|klaar|gelukt"
    r"|vanavond|morgen|vandaag|straks|later|dan|op|iets|een|keer|keertje|verder|denk|ik|hoor"
    r"|aan toe gekomen|nu|voor|mee|bezig|beter|is|past|zeker|ergens|zo|want|werken|druk|ben|te|zit|sturen"
    r"|herinneren|me|mij|eraan|herinnering|tijd|gehad|in|de|middag|avond|ochtend|gehad|dag|aan begonnen"
    r"|ga|doe|terug|vandaag|het doen|erop terug|kom|erop|ik doe het|er aan|er)\b)*"
)
_NOT_LATER: Final = re.compile(
    r"\b(?:niet|nooit|geen) (?:later|straks|morgen|vanavond)\b|\btot (?:later|straks|morgen|vanavond)\b"
    r"|\bgedaan\b(?<!nog niet gedaan)(?<!niet gedaan)"
)
_BUSY: Final = re.compile(
    r"(?:ben )?er nog niet (?:aan )?(?:toe ?gekomen|toe|geraakt)|(?:ik )?(?:ben|heb) (?:er )?nog (?:niet"
    r"|geen tijd)(?: \w+){0,3}|(?:ik )?(?:heb|had) (?:nu |er )?(?:even |nog )?geen tijd(?: (?:nu|voor|gehad"
    r"|vandaag|ervoor))*|ben (?:nu )?(?:aan het werk|op (?:het |mijn )?werk|bezig|druk)"
)

_DONE: Final = re.compile(
    r"(?:(?:heb|ik|het|hem|de oefening|oefening|is|net|zojuist|al|ben|'t|t|dat|dit|k|kheb|khebt|kheb het"
    r"|alles|helemaal|allebei|vandaag|vanochtend|vanmorgen|vanavond|vanmiddag|gisteren|de opdracht"
    r"|opdracht|de les|stap|deze|was|heel|er|juist|inmiddels|intussen|alweer|gewoon|zo|nu|goed|die|wel"
    r"|hebben we|we|hebben|mijn|die oefening|deze oefening|ze|meteen|direct|gisteravond|2x|twee keer"
    r"|heb er|eindelijk|is het) )*"
    r"(?:gedaan|klaar|gelukt|done|af|voltooid|afgerond|uitgevoerd|geprobeerd|gedaaan|gedaann|gedan|gedaa"
    r"|geaan|gdaan|gedana|klar|klaarr|glukt|gelukkt|check|geoefend|volbracht|finished|gemaakt|gebeurd"
    r"|geluk[kt]t)"
    r"(?: (?:ermee|mee|met de oefening|met oefening|met het|met deze|met deze stap|met de stap"
    r"|met stap \d+|net|al|vandaag|hoor|was|is|het|gedaan|klaar|goed|fijn|heel|hielp|voelde|wel|best|ging"
    r"|dank|je|en|nu|vanochtend|vanmorgen|gisteren|zojuist|gelukt|lekker|moeilijk|lastig|spannend|maar"
    r"|rustig|ik|heb|ben|leuk|mooi|prettig|werkt|de oefening|oefening|ook|werd|er|rustiger|van|voor|voel"
    r"|me|beter|super|met|inderdaad|net even|even)\b)*"
)
_NOT_DONE: Final = re.compile(
    r"\b(?:niet|nie|ni|geen|nooit|bijna|wat|wie|waarom|wanneer|jij|er klaar mee|klaar mee|morgen|straks|later"
    r"|moet|gaat?|kan|hoe|alsof|klaar voor|klaar met hem|klaar met haar|met hem|met haar|helemaal klaar"
    r"|ben er klaar|ermee klaar|over en)\b|\?$"
)

_NO_MORE: Final = re.compile(
    r"(?:(?:nee|neen|ik|doe|toch|dank je|bedankt|nou|eh|nah|liever) )*"
    r"(?:liever (?:niet|niet meer|geen|geen vervolg|geen vragen|geen berichten|geen herinnering"
    r"|geen herinneringen|geen follow up|geen opvolging|van niet|nie|ni)|(?:wil |hoef |heb )?(?:geen"
    r"|gin) (?:vervolg|behoefte|behoefte aan|behoefte meer|interesse|interesse meer|herinnering(?:en)?"
    r"|vragen meer|opvolging|follow ?up|zin in|zin meer|zin)(?: meer| nodig| aan| in| hebben| hoor)*"
    r"|(?:dat |het |dit |'t |t |voor mij |van mij )?(?:hoeft|hoef) (?:voor mij |van mij |dat |echt |het "
    r"|verder |ook )*(?:niet|nie|ni)(?: meer| verder| hoor| te vragen)*"
    r"|(?:dat |het )?(?:is )?niet (?:meer )?nodig|niet meer(?: vragen| sturen| nodig| hoeven)?"
    r"|nee ?dank ?(?:je|u|jewel|uwel|je wel|u wel)?|dank ?(?:je|u) ?(?:wel)? niet nodig|nee (?:dank"
    r"|bedankt|dankje|dankjewel|dankuwel|merci|hoeft niet|liever niet|hoor dank je|hoor bedankt|hoor"
    r"|laat maar|geen zin)|neen (?:dank|bedankt|merci|dankje|dankjewel|dank je|dank u)"
    r"|laat maar(?: zitten)?|doe maar niet|niet voor mij|voor mij niet|niks voor mij|ik sla over|sla over"
    r"|sla maar over|overslaan|skip|vraag (?:het )?(?:maar )?(?:niet|niks) meer|wil (?:ik )?(?:niet"
    r"|liever niet|dit niet|dat niet|het niet)|wil niet meer vragen|no thanks|nee thanks|no thank you"
    r"|genoeg zo|het is goed zo|is goed zo|zo is het goed|zo genoeg|dit was genoeg|bedankt maar nee)"
    r"(?: (?:hoor|dank je|dank|dank je wel|bedankt|dankje|aub|alsjeblieft|graag|meer|sorry|nu|joh|maar"
    r"|nee|verder|eigenlijk|thanks|merci|voor mij|je|u|wel))*"
)


def says_later(text: str) -> bool:
    """Whether the message asks for another moment: "later", "straks", "morgen weer", "nu even niet"."""
    said = _plain(text)
    if not said or _NOT_LATER.search(said):
        return False
    return any(_LATER.fullmatch(reading) or _BUSY.fullmatch(reading) for reading in (said, _bare(said)))


def says_done(text: str) -> bool:
    """Whether the message says that the exercise is done: "gedaan", "klaar", "is gelukt". Never "er klaar mee"."""
    if not words(text):
        return any(sign in text for sign in "✅✔☑")
    said = _plain(text)
    if _NOT_DONE.search(said) or normalise(text).endswith("?"):
        return False
    return any(_DONE.fullmatch(reading) for reading in (said, _bare(said)))


def says_no_more(text: str) -> bool:
    """Whether the message declines what would follow: "liever niet", "geen vervolg", "hoeft niet", "nee dank je"."""
    said = _plain(text)
    return any(_NO_MORE.fullmatch(reading) is not None for reading in (said, _bare(said)))


def _plain(text: str) -> str:
    if len(text) > 200:
        return ""
    said = [_HELD.sub(r"\1", token) for token in words(text)]
    return " ".join(said) if len(said) <= _MOST_WORDS else ""


def _bare(said: str) -> str:
    return " ".join(token for token in said.split() if token not in _POLITE)

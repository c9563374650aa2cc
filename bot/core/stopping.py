"""STOP: only a message that is a stop word counts, never one that contains it."""

import re
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.text import normalise, words

_POLITE: Final = frozenset(
    """
    aub alsjeblieft alstublieft alsjeblief alstublief asjeblieft asjeblief ajb svp please pls plz graag bedankt
    dank dankje dankjewel
    dankuwel thanks thx merci alvast hoor joh he nu meteen direct onmiddellijk maar gewoon dus hoi hallo hey hee
    dag ok oke okay oki ja jaa nee nou
    sorry mvg groetjes groet wel toch alstu blieft eh nogmaals per echt eindelijk tnx godverdomme verdomme kut
    fuck vriendelijk beste team nabij bot
    """.split()
)

_ME: Final = r"(?: (?:me|mij|mezelf|mijzelf|ons|mijn nummer|mn nummer|mijn naam))?"
_FROM: Final = (
    r"(?: (?:(?:van|voor|bij|uit|met|op) )?(?:hier|hiervoor|hiervan|daarvoor|ervoor|deze lijst|de lijst"
    r"|jullie lijst|lijst|jullie bestand|het bestand|deze berichten|de berichten"
    r"|die berichten|jullie berichten|alle berichten|deze app|de app|deze dienst|de dienst|het programma"
    r"|dit programma|de reeks|deze reeks|de serie"
    r"|deze bot|de bot|deze chat|de chat|deze nieuwsbrief|de nieuwsbrief|nieuwsbrief|jullie|alles|dit"
    r"|de dagelijkse berichten|deze dagelijkse berichten|abonnement|mijn abonnement|berichten|meldingen"
    r"|nabij))?"
)
_WANT: Final = (
    r"(?:(?:ik |k )?(?:wil|wens|zou|wou|zou willen)(?: (?:ik|graag|me|mij|mezelf|heel|eigenlijk|willen"
    r"|liever|hier|hiervoor))*"
    r"|(?:kan|kun|mag|hoe kan|hoe kun|hoe moet|hoe)(?: (?:ik|je|jij|jullie|me|mij|mezelf|graag))*|(?:wil"
    r"|wilt|willen|kunnen|kunt|zou|wou)(?: (?:je|jij|jullie|u|me|mij|willen|graag))*)"
)
_MESSAGES: Final = (
    r"(?:berichten|berichtjes|bericht|berichtje|meldingen|melding|appjes|apps|mails|mailtjes|smsjes|sms"
    r"|reclame|spam|sms'jes|appjes|notificaties|lessen|stappen|pushberichten|tips)"
)
_SENDING: Final = (
    r"(?:sturen|stuur|appen|berichten|mailen|smsen|versturen|zenden|toesturen|spammen|storen|lastigvallen"
    r"|lastig vallen|texten|messagen|te sturen|te appen|te berichten|te mailen|te spammen)"
)
_GET: Final = r"(?:ontvangen|krijgen|hebben|zien|willen|gestuurd krijgen|ontvang|te ontvangen|te krijgen)"
_THIS: Final = (
    r"(?:het|deze|die|de|alle|jullie|je|uw|al die|al deze|dat|dit|mij|me|al je|al jullie|de dagelijkse"
    r"|dagelijkse)"
)

_STOP: Final = re.compile(
    "|".join(
        (
            # stop, stop ermee, stop met deze berichten
            (
                rf"(?:stop|stoppen|stopp|ophouden|stoppe|stopzetten|afzetten)(?: (?:sturen|ermee|er mee"
                rf"|hiermee|hier mee|daarmee|alles|alle {_MESSAGES}|alle|dit|het|bot|chat|abonnement"
                rf"|{_MESSAGES}|all|stop|it|me|mij))*"
            ),
            (
                rf"(?:stop|stopt|stoppen|hou op|houd op|ophouden|kap|kappen|schei uit"
                rf"|hou aub op)(?: er)? (?:met|me) (?:{_THIS} )?(?:{_MESSAGES} )?(?:(?:te |aan mij |naar mij "
                rf"|mij |me )*(?:{_SENDING}|{_MESSAGES}|chat|chatten|bot|dit|programma|serie|reeks|abonnement"
                rf"|lijst))"
            ),
            (
                r"stop (?:het|de|deze|dit|mijn|die|alle|al die) (?:berichten|berichtjes|berichtendienst"
                r"|programma|reeks|serie|abonnement|chat|bot|app|meldingen|appjes|dienst|service|inschrijving"
                r"|aanmelding|lessen|mails|spam)"
            ),
            (
                r"(?:ik |k )?wil(?: ik)?(?: graag| er| hier| hiermee| ermee| nu"
                r"| heel)*(?: mee)? stoppen(?: (?:ermee|hiermee|er mee|hier mee))?"
            ),
            (
                rf"(?:ik |k )?(?:wil"
                rf"|zou)(?: ik)?(?: graag)?(?: willen)? stoppen met (?:{_THIS} )?(?:{_MESSAGES}|programma"
                rf"|serie|reeks|abonnement|bot|chat|app)(?: {_SENDING}| {_GET})?"
            ),
            (
                rf"(?:wil|wilt|willen|kun|kan|kunt|kunnen)(?: (?:je|jij|jullie|u))? (?:stoppen"
                rf"|ophouden) met (?:{_THIS} )?(?:{_MESSAGES}|{_SENDING})(?: {_SENDING})?"
            ),
            (
                r"(?:ik |k )?(?:wil|zou)(?: ik)?(?: graag)? (?:met )?(?:deze|die|de|het|dit) (?:berichten"
                r"|programma|serie|reeks|bot|chat|app) (?:stoppen|stopzetten)"
            ),
            (
                r"(?:ik|k) stop(?: (?:ermee|hiermee|er mee|hier mee|met deze berichten|met dit programma"
                r"|met het programma))?"
            ),
            (
                r"(?:hoe )?(?:kan|kun|mag|kunnen)(?: (?:ik|je|we|jullie))*(?: ermee| hiermee"
                r"| hier mee)? stoppen(?: (?:met|van) (?:deze|die|de|het) (?:berichten|programma|serie))?"
            ),
            r"(?:ik |k )?wil(?: ik)?(?: graag)? (?:ermee|er mee|hiermee|hier mee) ophouden",
            (
                r"(?:ik |k )?wil dat (?:je|jij|jullie|u|deze bot|dit|de bot) (?:ermee |hiermee )?(?:stopt|stoppen|stop)"
                rf"(?: met (?:{_THIS} )?(?:{_MESSAGES}|{_SENDING})(?: {_SENDING})?)?"
            ),
            (
                r"(?:je|jij|jullie|u) (?:mag|mogen|kan|kunnen|kunt) (?:ermee |hiermee )?stoppen(?: ermee| hiermee)?"
                rf"(?: met (?:{_THIS} )?(?:{_MESSAGES}|{_SENDING})(?: {_SENDING})?)?"
            ),
            r"(?:abonnement|programma|berichten|meldingen|reeks|serie) (?:stoppen|stop|stopzetten|opzeggen)",
            r"gelieve (?:hiermee |ermee )?te stoppen",
            r"(?:deze|die|jullie) (?:berichten|berichtjes|appjes|meldingen) (?:wil|hoef) ik niet(?: meer)?",
            rf"stuur(?: (?:me|mij|ons))? (?:geen|gen|gin) {_MESSAGES}",
            r"(?:verwijder|wis|haal) (?:mijn|mn|m'n) (?:telefoon)?nummer(?: (?:eruit|weg|uit de lijst))?",
            # afmelden, uitschrijven
            (
                rf"(?:afmelden|afmelding|uitschrijven|uitschrijving|afmeld|uitschrijf|meldaf|schrijfuit"
                rf"|opzeggen|opzegging|deregistreren){_ME}{_FROM}"
            ),
            (
                rf"(?:{_WANT} ){_ME.strip()}\s?(?:{_FROM.strip()} ?)?(?:afmelden|uitschrijven|opzeggen"
                rf"|afgemeld worden|uitgeschreven worden|af melden|uit schrijven){_FROM}"
            ),
            rf"(?:ik |k )?(?:meld|melden|meldt) ?{_ME}{_FROM} ?af{_FROM}",
            rf"(?:ik |k )?(?:schrijf|schrijft|schrijven) ?{_ME}{_FROM} ?uit{_FROM}",
            rf"(?:{_WANT} )?(?:me|mij|mezelf) {_FROM} ?(?:afmelden|uitschrijven)",
            (
                r"(?:haal|verwijder|gooi|schrap|doe) (?:me|mij|mijn nummer|mn nummer|mijn naam) (?:van|uit"
                r"|weg uit) (?:de|deze|jullie|die|het|dit) (?:lijst|bestand|maillijst|verzendlijst"
                r"|mailinglijst|groep|systeem)(?: af)?"
            ),
            r"(?:zet stop|zet (?:het|dit|alles|de berichten) (?:stop|uit|af))",
            r"(?:zeg|zegt) (?:mijn|het|m'n|mn) (?:abonnement|inschrijving|programma) op",
            # geen berichten meer
            (
                rf"(?:(?:ik |k )?(?:wil|hoef|wens|zou)(?: ik)?(?: graag)?(?: {_GET})? |stuur(?: (?:me|mij"
                rf"|ons))? |zend(?: (?:me|mij))? |(?:wil|kun|kan)(?: (?:je|jullie|u))?(?: (?:me|mij))? "
                rf"|graag |s'il vous plait )?"
                rf"(?:geen|gen|gin) (?:\w{{4,14}}e )?{_MESSAGES}(?: (?:meer|van jullie|van je|van nabij"
                rf"|aan mij|naar mij|te|{_GET}|{_SENDING}))+"
            ),
            (
                rf"(?:ik |k )?(?:wil|hoef|wens)(?: ik)?(?: graag)? (?:niks|niets|dit|dit allemaal"
                rf"|deze {_MESSAGES}|die {_MESSAGES}|van jullie niets|van jullie niks)(?: (?:niet|meer"
                rf"|van jullie|langer))+ {_GET}"
            ),
            r"(?:ik |k )?wil (?:niet|niks|niets) meer ontvangen",
            rf"gelieve (?:me|mij|ons) (?:uit te schrijven|af te melden)(?: {_FROM})?",
            rf"gelieve (?:me |mij |ons )?(?:geen|gin) {_MESSAGES} meer te (?:sturen|zenden)",
            rf"(?:ik |k )?(?:wil|hoef)(?: ik)? (?:deze|die|jullie) {_MESSAGES} niet(?: meer)?(?: {_GET})?",
            (
                rf"(?:stuur|sturen|app|appen|mail|bericht|sms)(?: (?:me|mij|ons))? (?:niet|niks|niets"
                rf"|nooit)(?: (?:meer|langer))+(?: {_SENDING})?"
            ),
            rf"(?:(?:wil|kun|kan)(?: (?:je|jullie|u))?(?: (?:me|mij))? )?(?:niet|niks|niets|nooit) meer {_SENDING}",
            # what other languages and text message habits say
            (
                r"unsubscribe(?: me)?|un subscribe|opt ?out|stop ?all|quit|stopall|unsub|uitloggen en stoppen"
                r"|arret|arreter|stop sending(?: me)?(?: messages)?|no more messages|stop messaging me"
                r"|stop texting me"
            ),
        )
    )
)
_STOPPISH: Final = ("stoppen", "afmelden", "uitschrijven", "unsubscribe", "afmelding", "uitschrijving", "opzeggen")
# Words one typo away from a stop word that mean something else; wdutch 2.20 gives these.
_OTHER_WORDS: Final = frozenset(
    """
    top stap stof stom shop stok stoep step stip stomp strop sop stolp slop stol stor stoa stops stopt tsop stork stort
    snop spot post pots tops stout stoot stoer stoel stond stoom stook stoma store stopte slot stot stro staop
    stemp stoppel stp. sto. stup
    stappen shoppen stopten stippen toppen steppen stompen soppen stoepen sloppen stopper stroppen stolpen
    stopped stoppend
    stoffen stoken stoten stormen stoelen stokken stollen
    aanmelden afbelden aftelden afmelken afbellen aftellen melden vermelden aangemeld afmeten afwenden afzenden
    inschrijven opschrijven beschrijven bijschrijven schrijven voorschrijven overschrijven uitschreeuwen
    uitschijnen uitschuiven subscribe subscriber
    oprzeggen toezeggen zeggen aanzeggen opleggen opzegen opzetten ophangen afzeggen uitzeggen afmaken
    """.split()
)
_HELD: Final = re.compile(r"(.)\1{2,}")
_SEGMENTS: Final = re.compile(r"[.!?,;:()\n]+| - ")
_SIGNS: Final = re.compile(r"[/#*_\"]")
_POLITE_PHRASES: Final = re.compile(
    r"\ba\.? ?u\.? ?b\b\.?|\bs\.v\.p\b\.?|\b(?:dank|bedankt) (?:je|u)(?: ?wel)?\b|\bals (?:je|u) blieft\b"
)
_LONGEST: Final = 160
_MOST_WORDS: Final = 14


def is_stop(text: str) -> bool:
    """Whether the message is a stop word or a plain request to end all messages, and says nothing else.

    Politeness, punctuation, emoji, a greeting and small typos ("stpo") don't matter. A sentence that only contains
    such a word ("we moeten dit stoppen", "ik stop met roken") is not one. Of several clauses each must be one.
    """
    if len(text) > 2 * _LONGEST:
        return False
    line = _POLITE_PHRASES.sub(" ", _SIGNS.sub(" ", normalise(text)))
    clauses = [" ".join(_plain_words(clause)) for clause in _SEGMENTS.split(line)]
    said = [clause for clause in clauses if clause]
    if not said or sum(len(clause.split()) for clause in said) > _MOST_WORDS:
        return False
    return all(map(_is_stop_clause, said)) or _is_stop_clause(" ".join(said))


def _plain_words(clause: str) -> list[str]:
    tokens = [_HELD.sub(r"\1", token) for token in words(clause)]
    if len(tokens) > 1 and all(len(token) == 1 for token in tokens):
        tokens = ["".join(tokens)]
    return [token for token in tokens if token not in _POLITE]


def _is_stop_clause(clause: str) -> bool:
    if _STOP.fullmatch(clause):
        return True
    tokens = clause.split()
    if tokens[:1] == ["stop"] and len(tokens) > 2 and _STOP.fullmatch(" ".join(tokens[1:])):
        return True
    if _is_stop_word(clause.replace(" ", "")) and len(tokens) <= 3:
        return True
    mended = [_mended(token) for token in tokens]
    return len(tokens) <= 8 and mended != tokens and _STOP.fullmatch(" ".join(mended)) is not None


def _is_stop_word(word: str) -> bool:
    if word in _OTHER_WORDS:
        return False
    if _squeezed(word) == "stop" or (
        len(word) <= 5 and len(word) >= 3 and OSA.distance(word, "stop") <= 1 and word[-1:] != "t"
    ):
        return True
    return _mended(word) in _STOPPISH


def _squeezed(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


def _mended(word: str) -> str:
    if word in _OTHER_WORDS or len(word) < 3:
        return word
    if 3 <= len(word) <= 5 and OSA.distance(word, "stop") <= 1 and word not in {"stopt", "stops"}:
        return "stop"
    for known in _MENDABLE:
        reach = 1 if len(known) < 10 else 2
        if len(known) > 5 and OSA.distance(word, known, score_cutoff=reach) <= reach:
            return known
    return word


_MENDABLE: Final = (*_STOPPISH, "berichten", "berichtjes", "meldingen", "ontvangen", "schrijf")

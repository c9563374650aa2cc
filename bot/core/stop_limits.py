"""What makes a request to stop one for less: a pause, a question, a thing elsewhere, something told of oneself."""

import re
from typing import Final

_ELSEWHERE: Final = r"(?:training|cursus|groep|gesprek|gesprekken|challenge|les|stap)"

_LIMITS: Final = (
    # for a day, for now
    r"\b(?:een|1|deze|die|de|hele|halve|voor|vandaag) dag(?:je)?\b",
    r"\beven (?:\w+ ){0,2}?(?:geen|niet|niks|niets)\b|\b(?:geen|niet|niks|niets) (?:\w+ ){0,2}?even\b",
    r"\b(?:ik|we|wij) stop(?:pen)? (?:er |hier |nu )?(?:mee )?even\b",
    r"\bstop (?:ik|we|wij) (?:er |hier |nu )?(?:even|hier)\b",
    r"\b(?:ik|we|wij) stop(?:pen)? (?:er |nu |maar )?(?:hier|daar)(?! ?mee)\b",
    # whether one can, some day
    r"\b(?:kan|kun|kunnen|mag|mogen)\b.*\b(?:altijd|nog|later)\b",
    # "wel met het andere", "stop de oefening", "ik wil stoppen met alles": of one thing, or of no thing in particular
    r"(?:^|[,.;:] ?)(?:maar )?wel (?:met|de|het|die|deze|een|graag)\b",
    r"\bstop(?:pen|t)?\b.*\b(?:de|deze|die|dit|een|mijn) (?:les|oefening|stap|tip)\b|^stop oefening$",
    r"\bmet (?:dit |het )?alles\b|\bik wil dat alles\b",
    # what somebody goes to or has elsewhere
    (
        r"\b(?:afmelden|afmeld|uitschrijven|uitschrijf|af|uit)\b.* (?:voor|bij|van|uit) (?:de|het|mijn|een|onze) "
        rf"{_ELSEWHERE}\b"
    ),
    rf"\b(?:met|van|uit|geen) (?:mijn|een|onze) (?:lessen|chat|app|lidmaatschap|{_ELSEWHERE})\b",
    r"\b(?:met|uit) de (?:training|groep|gesprekken)\b",
    r"^geen (?:training|cursus|app|les|stappen|gesprekken|tips|telefoontjes|herinneringen|groep|lidmaatschap) meer$",
    # "ik app niet meer", "ik ontvang geen berichten meer": what one does, or what came
    (
        r"^(?:nee |ja )?(?:ik|we|wij) (?:app|bel|mail|stuur|sms|ontvang|krijg|zie)\b"
        r"(?! (?:graag|liever|veel|te|zoveel)\b)(?!.*\b(?:stop|stoppen|afmelden)\b)"
    ),
    (
        r"^(?:nee |ja )?(?:ik|we|wij) (?:wil|ga|zal|hoef|durf|kan|moet) (?:(?!dat\b)\w+ )*?"
        r"(?:appen|bellen|mailen|sturen|smsen)$"
    ),
    r"\b(?:ik|we) (?:wilde|wou) (?:er ?mee |hier ?mee |dit |toch )*stoppen\b",
    # "stuur je nu niks meer", "wil je geen berichten meer", "stoppen we": a question
    r"\b(?:stuur|sturen|app|appen|mail|bel) (?:je|jij|jullie|ge|gij)\b(?!.*\bstop)",
    r"^wil (?:je|jij|jullie) (?:geen|niks|niets|nooit)(?!.*\b(?:sturen|appen|mailen)\b)",
    r"^(?:nee |ja )?(?:jullie|je|jij) stop(?:pen|t)?$|^stop(?:pen)? we$",
    # something is switched off, nobody knows what
    r"\b(?:zet|doe) (?:(?:de telefoon|mijn telefoon|het|dat|dit|hem|alles|de groep) )?(?:maar )?(?:uit|af)$",
)
_LIMIT: Final = re.compile("|".join(_LIMITS))


def is_limited(line: str) -> bool:
    """Whether a line of small letters and single spaces asks for less than an end to all messages, or only tells."""
    return _LIMIT.search(line) is not None

"""STOP: only a message that asks to end the messages counts, never one that merely contains such a word.

Every word of the message has to be one that such requests are made of: whoever says anything else ("ik stop met
roken", "hij stuurt geen berichten meer") has not asked for it. What those words say together is read from their
kinds, whatever their order. Politeness, emoji, a reason in a clause of its own and small typos don't matter.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.stop_limits import is_limited
from bot.core.stop_words import (
    CALLED,
    KINDS,
    OTHER_WORDS,
    PHRASES,
    POLITE,
    REASONS,
    STOPPISH,
    TAKING,
    TURNS,
)
from bot.core.text import normalise, words

_HELD: Final = re.compile(r"(.)\1{2,}")
_PAIR: Final = re.compile(r"(.)\1+")
_CLAUSES: Final = re.compile(r"[.!?,;:()\n]+| - ")
_JOINTS: Final = re.compile(r"(?<!\S)(?:maar|want|omdat|en|of|dus|dan)(?!\S)")
_SIGNS: Final = re.compile(r"[/#*_\"\[\]]|(?<!\w)'|'(?!\w)")
_NO_LETTER: Final = re.compile(r"[\W_]+")
_FLEMISH: Final = re.compile(
    r"stopt(?: er| hier| nu| eens| maar| mee| gerust| aub| ajb| svp| alstublieft| alsjeblieft| asjeblieft| dank u)+\W*"
)
_STOP_AGAIN: Final = re.compile(r"(?:stop){1,8}")
_POLITE_PHRASES: Final = re.compile(
    r"\ba\.? ?u\.? ?b\b\.?|\bs\.v\.p\b\.?|\b(?:dank|bedankt) (?:je|u)(?: ?wel)?\b|\bals (?:je|u) blieft\b"
    r"|\bzo snel mogelijk\b|\bmet vriendelijke groet(?:en)?\b|\bbij dezen?\b|\bper direct\b|\bper omgaande\b"
)
_SIGNED: Final = re.compile(
    r"(?:\bm\.?v\.?g\b\.?|\b(?:met )?(?:vriendelijke |hartelijke |lieve )?(?:groet(?:en|jes)?|gr\b\.?)"
    r"|\bhoogachtend|\bliefs)"
    r"(?:[\s,.]+(?!stop)\w+\.?){0,4}\s*$"
)
_STOP_SIGNS: Final = frozenset("\N{OCTAGONAL SIGN}\N{NO ENTRY}")
_SAID_BEFORE: Final = re.compile(
    r"^(?:ik )?(?:heb|had) (?:(?:het|dit|al|toch|nu|net|eerder|vaker|jullie|je) )*(?:\w{1,6} ?(?:x|keer|maal) )?"
    r"(?:al )?(?:gezegd|gestuurd|getypt|gevraagd|geappt|aangegeven)(?: om)?(?: te)? "
)
_LEET: Final = str.maketrans("013457@$", "oieastas")
_PHONE: Final = 6
_LONGEST: Final = 160
_MOST_WORDS: Final = 16
_MENDED_FROM: Final = 6
_GLUED_FROM: Final = ("stop", "geen", "afmeld", "uitschrijf", "uitschrijv", "ikwil", "hou", "nietmeer", "stuur")
_MENDABLE: Final = tuple(word for word in KINDS if len(word) >= _MENDED_FROM)


def is_stop(text: str) -> bool:
    """Whether the message asks to end all messages and says nothing else.

    A sentence that only contains such a word ("we moeten dit stoppen", "ik stop met roken") is not one. Of several
    clauses each has to be a request or a reason for it ("stop, het is te veel").
    """
    if len(text) > 2 * _LONGEST:
        return False
    line = normalise(text)
    if not line and not _STOP_SIGNS.isdisjoint(text):
        return True
    if _STOP_AGAIN.fullmatch(_NO_LETTER.sub("", line)):
        return True
    line = " ".join(_POLITE_PHRASES.sub(" ", _SIGNED.sub(" ", _SIGNS.sub(" ", line))).split())
    if _FLEMISH.fullmatch(line):
        return True
    return _asks_in_clauses(line) and not is_limited(line)


def _asks_in_clauses(line: str) -> bool:
    apart = _CLAUSES.split(line)
    clauses = _plain(apart)
    if not clauses or sum(len(clause.split()) for clause in clauses) > _MOST_WORDS:
        return False
    if _asks(" ".join(clauses)):
        return True
    joined = _plain(part for clause in apart for part in _JOINTS.split(clause))
    return (len(clauses) > 1 and _ask_together(clauses)) or (len(joined) > len(clauses) and _ask_together(joined))


def _plain(clauses: Iterable[str]) -> list[str]:
    plain = (" ".join(_plain_words(clause)) for clause in clauses)
    return [clause for clause in plain if clause]


def _plain_words(clause: str) -> list[str]:
    tokens = [_HELD.sub(r"\1", token) for token in words(clause)]
    if len(tokens) > 1 and all(len(token) == 1 for token in tokens):
        tokens = ["".join(tokens)]
    return [
        token
        for before, token in zip(["", *tokens], tokens, strict=False)
        if (token not in POLITE or (token in CALLED and before in TAKING)) and not _is_number_beside(token)
    ]


def _is_number_beside(token: str) -> bool:
    """A telephone number, or the ones of a key that slipped ("STOP!!1")."""
    return token.isdecimal() and (len(token) >= _PHONE or set(token) == {"1"})


def _ask_together(clauses: list[str]) -> bool:
    asks = [_asks(clause) for clause in clauses]
    return any(asks) and all(
        asked or REASONS.fullmatch(clause) is not None for asked, clause in zip(asks, clauses, strict=True)
    )


def _asks(clause: str) -> bool:
    """Whether one clause, without its politeness, is a request to stop."""
    clause = _SAID_BEFORE.sub("", clause)
    if TURNS.fullmatch(clause) or _is_stop_word(clause.replace(" ", "")):
        return True
    first, _, rest = clause.partition(" ")
    if _is_stop_word(first) and REASONS.fullmatch(rest):
        return True
    line = " ".join(_mended(token) for token in clause.split())
    for pattern, reading in PHRASES:
        line = pattern.sub(reading, line)
    kinds = "".join(_kind(token) for token in line.split()).replace("E", "ne")
    return "?" not in kinds and _means_stop(kinds, line)


def _kind(token: str) -> str:
    """One letter for a word, one a part for words written as one ("stopaub", "geenberichtenmeer"); "?" for others."""
    kind = KINDS.get(token)
    if kind is None and len(token) >= _MENDED_FROM and token.startswith(_GLUED_FROM) and token not in OTHER_WORDS:
        kind = _parted(token)
    return "?" if kind is None else kind


@lru_cache(maxsize=1024)
def _parted(token: str) -> str | None:
    if not token:
        return ""
    for end in range(min(len(token), 16), 0, -1):
        part = token[:end]
        kind = "" if part in POLITE else KINDS.get(part) if end > 1 else None
        if kind is not None and (rest := _parted(token[end:])) is not None:
            return kind + rest
    return None


def _means_stop(kinds: str, line: str) -> bool:
    return any(means(kinds, line) for means in (_ends, _no_more, _leaves, _is_taken_off, _wants_away))


def _ends(kinds: str, line: str) -> bool:
    """Stop, ik wil stoppen, hou op met sturen, ik wil dat jullie stoppen."""
    has = set(kinds)
    about = has & set("mgvD")
    if has & set("nx"):
        # "Stop, stuur geen berichten meer" without its comma.
        return "s" in has and "e" in has and not re.search("[nx]-*s", kinds) and _no_more(kinds.replace("s", ""), line)
    if re.search("s[iy]$", kinds) and not about and not has & set("acq"):
        return False
    if ("1" in has and not about and "f" not in has) or ("h" in has and not (about or has & set("fcd"))):
        return False
    if (has & set("koplzj") and not line.startswith("zet")) or ("O" in has and not (about or "f" in has)):
        return False
    if "O" in has and "y" not in has and "ga" not in line.split():
        return False
    if "s" in has:
        # "Wil je stoppen?", "kan dit stoppen?", "het mag stoppen": nobody knows what.
        formal = not {"u", "jullie"}.isdisjoint(line.split())
        asked = (kinds.startswith(("ay", "cd")) and not formal) or (
            "c" in has and "y" in has and kinds.startswith("ac")
        )
        unnamed = "d" in has and (bool(has & set("cq")) or ("a" in has and "i" in has and " dit" not in line))
        return bool(about) or "f" in has or ("y" in has and "dat" in line.split()) or not (asked or unnamed)
    if "b" in has:
        return bool(about) or "f" in has or line == "ophouden"
    if kinds == "tf":
        return True
    if "t" in has:
        return (bool(about) and kinds.startswith("t") and " met " in line) or bool(re.search("a.?d?y(?:f|d)*t", kinds))
    return False


def _no_more(kinds: str, line: str) -> bool:
    """Geen berichten meer, stuur niks meer, ik wil dit niet meer ontvangen."""
    has = set(kinds)
    if not has & set("nx") or has & set("stbopklzjhDN"):
        return False
    if ("c" in has and "y" not in has) or ("O" in has and "y" not in has and "r" not in has):
        # "Ik kan geen berichten meer ontvangen": something is broken.
        return False
    requested = has & set("aq") or re.search(r"\b(?:stuurt?|appt?|mail|zend|sms|contacteer|benader|stoor)\b", line)
    if "m" in has or "g" in has:
        return bool(requested) or "e" in has or "v" in has
    if "v" in has:
        return "e" in has or bool(requested)
    if "r" in has and "e" in has:
        return "x" in has or "d" in has or "ontvang" in line
    return False


def _leaves(kinds: str, line: str) -> bool:
    """Afmelden, ik wil me uitschrijven, graag afgemeld worden."""
    has = set(kinds)
    if has & set("nxtbD") or ("O" in has and "ga" not in line.split() and "y" not in has):
        return False
    if "N" in has:
        return "g" in has
    return "o" in has or ("p" in has and bool(has & set("ua")) and kinds != "pu")


def _is_taken_off(kinds: str, line: str) -> bool:
    """Meld me af, schrijf mij uit, haal me van de lijst, verwijder mijn nummer."""
    has = set(kinds)
    if has & set("nxstbopuO"):
        return False
    off = line.split()[-1] if line else ""
    if "l" in has and "k" in has:
        pairs = (("meld", "af"), ("schrijf", "uit"), ("schrijv", "uit"), ("zeg", "op"))
        fits = any(verb in line and re.search(rf"\b{part}\b", line) for verb, part in pairs)
        return fits and (bool(has & set("wmg")) or line == "meld af")
    if "z" in has:
        if re.fullmatch(r"(?:.* )?schrap(?:pen)?(?: .*)?", line) and "w" in has:
            return True
        if re.match(r"(?:zet|zetten|doe)\b", line):
            return off in {"uit", "af"} and bool(has & set("dmg"))
        return (
            "j" in has
            or ("w" in has and ("g" in has or "eraf" in line))
            or ("g" in has and re.search(r"\b(?:van|uit)\b", line[1:]) is not None)
        )
    return False


def _wants_away(kinds: str, line: str) -> bool:
    """Ik wil van deze berichten af, ik wil uit deze groep, ik wil eraf."""
    has = set(kinds)
    if not has & set("acq") or has - set("iacqydmgwfk-"):
        return False
    if has & set("mgy"):
        return bool(
            re.search(r"\bvan\b.* af\b", line)
            or re.search(
                r"\b(?:uit|van) (?:de|deze|dit|het|die|jullie) (?:lijst|chat|groep|app|bestand|programma|reeks)\b", line
            )
        )
    return (
        re.fullmatch(r"(?:(?:ik )?wil|(?:mag|kan) ik) (?:graag )?(?:eraf|(?:hiervan|er van|hier van) af)", line)
        is not None
    )


def _is_stop_word(word: str) -> bool:
    if word in OTHER_WORDS or len(word) > 14:
        return False
    if _PAIR.sub(r"\1", word) == "stop":
        return True
    if 3 <= len(word) <= 5 and OSA.distance(word, "stop") <= 1 and not word.endswith("t"):
        return True
    return _mended(word) in STOPPISH


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """The word that a small typo was meant to be; the word itself when it is one, or like none."""
    if word in KINDS or word in OTHER_WORDS or len(word) < 3:
        return word
    if not word.isalpha():
        word = word.translate(_LEET)
    if len(word) <= 5 and OSA.distance(word, "stop") <= 1 and not word.endswith(("t", "s")):
        return "stop"
    if len(word) < _MENDED_FROM - 1:
        return word
    reach = 1 if len(word) < 9 else 2
    near = [(OSA.distance(word, known, score_cutoff=reach), known) for known in _MENDABLE]
    distance, known = min(near)
    return known if distance <= reach else word

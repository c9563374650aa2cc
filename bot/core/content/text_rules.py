"""How long a text may be, and what must stand at the end of one."""

from __future__ import annotations

import re
from typing import Final

from rapidfuzz.distance import OSA

from bot.core.content.report import Report
from bot.core.text import normalise

# PLATFORMS.md: Telegram's text 4096 and caption 1024, WhatsApp's body beside buttons 1024, its button title 20; all in
# characters.
TELEGRAM_TEXT: Final = 4096
TELEGRAM_CAPTION: Final = 1024
WHATSAPP_BODY: Final = 1024
BUTTON_LABEL: Final = 20

_SEEN: Final = 15
"""Letters of a button that a reader takes in at a glance."""
_DIGITS: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"\S*[^\W_]\S*")
_PICTURE: Final = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def length(text: str) -> int:
    """In UTF-16 units, as Telegram counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_length(file: str, place: str, text: str, report: Report) -> None:
    size = length(text)
    if size > TELEGRAM_TEXT:
        report.error(
            file,
            place,
            f"Deze tekst heeft {size} tekens; Telegram verstuurt er hooguit {TELEGRAM_TEXT}.",
            "Kort de tekst in, of verdeel hem over twee stappen.",
        )
    elif size > WHATSAPP_BODY:
        report.warning(
            file,
            place,
            f"Deze tekst heeft {size} tekens; bij WhatsApp passen er {WHATSAPP_BODY} boven knoppen.",
            "Kort de tekst in, dan past hij overal.",
        )


def check_pictures(file: str, place: str, text: str, report: Report) -> None:
    pictures = list(_PICTURE.finditer(text))
    for found in pictures:
        if not count_words(found[1]):
            report.error(
                file,
                report.line_of(file, place, re.compile(re.escape(found[0]))),
                "Deze afbeelding heeft geen beschrijving voor wie haar niet ziet.",
                "Zet tussen de vierkante haken wat erop staat: ![Een stille kamer](kamer.png).",
            )
    if pictures and length(text) > TELEGRAM_CAPTION:
        report.error(
            file,
            place,
            f"Bij een afbeelding passen {TELEGRAM_CAPTION} tekens; hier staan er {length(text)}.",
            "Kort de tekst in, of zet de afbeelding in een eigen stap.",
        )


def last_paragraphs(text: str, count: int) -> str:
    """The last paragraphs of a Markdown text as one line, normalised."""
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", text.strip()) if part.strip()]
    return normalise(" ".join(paragraphs[-count:]))


def too_alike(one: str, other: str) -> bool:
    """Of two buttons in one keyboard: read in a hurry, or cut off by a small screen, they look the same."""
    first, second = normalise(one), normalise(other)
    if first[:_SEEN] == second[:_SEEN] and min(len(first), len(second)) >= _SEEN:
        return True
    return _DIGITS.findall(first) == _DIGITS.findall(second) and OSA.distance(first, second, score_cutoff=1) <= 1

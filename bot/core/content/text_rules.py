"""How long a text may be, and what must stand at the end of one."""

from __future__ import annotations

import re
from typing import Final

from bot.core.content.report import Report
from bot.core.text import normalise

# PLATFORMS.md: Telegram's text 4096, WhatsApp's body beside buttons 1024, its button title 20; all in characters.
TELEGRAM_TEXT: Final = 4096
WHATSAPP_BODY: Final = 1024
BUTTON_LABEL: Final = 20

_WORD: Final = re.compile(r"\S*[^\W_]\S*")


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


def last_paragraphs(text: str, count: int) -> str:
    """The last paragraphs of a Markdown text as one line, normalised."""
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", text.strip()) if part.strip()]
    return normalise(" ".join(paragraphs[-count:]))

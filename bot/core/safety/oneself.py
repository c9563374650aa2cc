"""Turns that say that who writes is in danger, whoever else the sentence names. They are data (oneself.yaml)."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from bot.core.safety.data import load


def _compiled(file: dict[str, Any]) -> Iterator[re.Pattern[str]]:
    for turns in (rf"(?<!\S)(?:{'|'.join(file['turns'])})", "|".join(file["called"])):
        filled = turns
        for name, meaning in file["macros"].items():
            filled = filled.replace("{" + name + "}", meaning)
        yield re.compile(filled)


_PATTERNS: Final = tuple(_compiled(load("oneself.yaml")))


def is_of_oneself(line: str, is_quoted: Callable[[list[str]], bool]) -> bool:
    """ "Mijn kinderen verdienen een betere moeder", "als iedereen slaapt doe ik het", unless somebody else said so."""
    return any(
        not is_quoted(line[: found.start()].split()) for pattern in _PATTERNS for found in pattern.finditer(line)
    )

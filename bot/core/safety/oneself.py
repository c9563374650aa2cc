"""Turns that say that who writes is in danger, whoever else the sentence names. They are data (oneself.yaml)."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.core.safety.data import load

_FILE: Final[dict[str, Any]] = load("oneself.yaml")


def _filled(turns: Sequence[str]) -> str:
    joined = "|".join(turns)
    for name, meaning in _FILE["macros"].items():
        joined = joined.replace("{" + name + "}", meaning)
    return joined


_PATTERNS: Final = (re.compile(rf"(?<!\S)(?:{_filled(_FILE['turns'])})"), re.compile(_filled(_FILE["called"])))


def is_of_oneself(line: str, is_quoted: Callable[[list[str]], bool]) -> bool:
    """ "Mijn kinderen verdienen een betere moeder", "als iedereen slaapt doe ik het", unless somebody else said so."""
    return any(
        not is_quoted(line[: found.start()].split()) for pattern in _PATTERNS for found in pattern.finditer(line)
    )

"""Words for the canonical reading: dialect, youth spelling, typos, masks and look-alike letters. Data only."""

from typing import Final

from bot.core.safety.data import load

_DATA: Final = load("words.yaml")

MENDED: Final[dict[str, str]] = {wrong: right for right, wrongs in _DATA["mended"].items() for wrong in wrongs.split()}
CRITICAL: Final[tuple[str, ...]] = tuple(_DATA["critical"].split())
NEAR_CRITICAL: Final[frozenset[str]] = frozenset(_DATA["near_critical"].split())
MASKABLE: Final[tuple[str, ...]] = tuple(_DATA["maskable"].split())
VERBS_AFTER_K: Final[frozenset[str]] = frozenset(_DATA["verbs_after_k"].split())
JOINED: Final[dict[tuple[str, str], str]] = {
    (pieces.split()[0], pieces.split()[1]): whole
    for whole, all_pieces in _DATA["joined"].items()
    for pieces in all_pieces
}
KNOWN: Final[frozenset[str]] = frozenset({*CRITICAL, *MASKABLE, *NEAR_CRITICAL, *_DATA["known"].split()})
LOOKALIKES: Final[dict[int, str]] = {ord(odd): plain for plain, odds in _DATA["lookalikes"].items() for odd in odds}
SEAMS: Final[dict[str, frozenset[str]]] = {name: frozenset(said.split()) for name, said in _DATA["seams"].items()}

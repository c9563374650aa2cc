"""Which keyword somebody meant: recognised as people type it, and ordinary chat left alone."""

import time
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.core.keywords import Match, match
from bot.core.near_words import NEAR_WORDS
from bot.core.text import normalise

_LABELLED: Final = YAML(typ="safe").load((Path(__file__).parent / "keywords_labelled.yaml").read_text(encoding="utf-8"))
_NAMES: Final[tuple[str, ...]] = tuple(_LABELLED["meant"])
_MEANT: Final[list[tuple[str, str]]] = [(name, text) for name, texts in _LABELLED["meant"].items() for text in texts]
_CHAT: Final[list[str]] = _LABELLED["chat"]
_NEIGHBOURS: Final = {
    "a": "qsz", "b": "vgn", "c": "xdv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjn", "i": "uok",
    "j": "hkm", "k": "jl", "l": "ko", "m": "nj", "n": "bm", "o": "ip", "p": "ol", "q": "wa", "r": "et", "s": "adw",
    "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "ax",
}  # fmt: skip


def _match(text: str) -> Match | None:
    return match(text, _NAMES)


def test_there_are_enough_labelled_texts() -> None:
    assert len(_MEANT) >= 200
    assert len(_CHAT) >= 200


def test_what_is_meant_is_recognised() -> None:
    missed = [(name, text) for name, text in _MEANT if (found := _match(text)) is None or found.name != name]
    assert len(missed) / len(_MEANT) <= 0.03, missed


def test_ordinary_chat_is_not_taken_for_a_keyword() -> None:
    taken = [(text, found) for text in _CHAT if (found := _match(text)) is not None]
    assert len(taken) / len(_CHAT) <= 0.01, taken


def _typos(name: str) -> list[str]:
    """Every single slip of the finger: a letter dropped, doubled, swapped with the next, or its neighbour hit."""
    word = name.lower()
    slips = {word[:at] + word[at + 1 :] for at in range(len(word))}
    slips |= {word[:at] + word[at] + word[at:] for at in range(len(word))}
    slips |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    slips |= {word[:at] + near + word[at + 1 :] for at in range(len(word)) for near in _NEIGHBOURS[word[at]]}
    return sorted(slips - {word})


@pytest.mark.parametrize("name", _NAMES)
def test_single_typos_are_recognised(name: str) -> None:
    typos = [typo for typo in _typos(name) if typo not in NEAR_WORDS]
    missed = [typo for typo in typos if (found := _match(f"{typo} graag")) is None or found.name != name]
    assert len(missed) / len(typos) <= 0.03, missed


@given(st.sampled_from(_NAMES), st.data())
def test_case_and_punctuation_do_not_matter(name: str, data: st.DataObject) -> None:
    letters = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in name)
    around = data.draw(st.text(alphabet=" .,!?#*()-_'\"🙏❤️\n", max_size=6))
    assert _match(f"{around}{letters}{around}") == Match(name, sure=True, whole=True)


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = _match(text)
    assert found is None or found.name in _NAMES


@pytest.mark.parametrize(
    "text", ["stuur me HECHTING aub", "graag hechting", "hechting please", "Hechting!! 🙏", "mag ik hechting"]
)
def test_a_request_around_the_word_leaves_it_whole(text: str) -> None:
    assert _match(text) == Match("HECHTING", sure=True, whole=True)


def test_a_rare_word_in_a_sentence_counts_and_is_not_whole() -> None:
    assert _match("ik heb al jaren last van bindingsangst") == Match("BINDINGSANGST", sure=True, whole=False)


def test_a_word_of_every_day_counts_in_capitals_or_after_a_request() -> None:
    assert _match("ik moet morgen naar training toe") is None
    assert _match("ik las over TRAINING op jullie site") == Match("TRAINING", sure=True)
    assert _match("ik wil de training volgen") == Match("TRAINING", sure=True, whole=True)
    assert _match("IK MOET NAAR TRAINING") is None


def test_near_words_are_no_typos() -> None:
    for word in (
        "richting",
        "lichting",
        "stichting",
        "verlichting",
        "planning",
        "spinning",
        "reeds",
        "ontspanning",
        "productie",
    ):
        assert _match(word) is None
        assert _match(f"graag {word}") is None


def test_the_longer_name_wins() -> None:
    for text in ("hechtingspatroon", "hechtings patroon", "hechting patroon graag", "info over hechtingspatroon"):
        found = _match(text)
        assert found is not None
        assert found.name == "HECHTINGSPATROON"


def test_two_names_in_one_message_are_asked_about() -> None:
    found = _match("hechting of bindingsangst")
    assert found is not None
    assert not found.sure


def test_an_exact_name_beats_a_typo_of_another() -> None:
    found = match("maan", ["MAAN", "BAAN"])
    assert found == Match("MAAN", sure=True, whole=True)


def test_a_short_name_needs_an_exact_word_or_asks() -> None:
    assert _match("reeks") == Match("REEKS", sure=True, whole=True)
    found = _match("reesk")
    assert found is not None
    assert not found.sure
    assert _match("ik heb reesk gezien in de tuin") is None


def test_the_name_comes_back_as_it_was_given() -> None:
    assert match("e cursus", ["E-cursus"]) == Match("E-cursus", sure=True, whole=True)


def test_without_names_or_words_there_is_no_keyword() -> None:
    assert match("hechting", []) is None
    assert _match("") is None
    assert _match("❤️") is None


def test_a_long_text_is_read_quickly() -> None:
    start = time.process_time()
    _match(("ik denk na over mijn hechtnig en " * 400)[:10_000])
    assert time.process_time() - start < 0.5


def test_names_are_compared_normalised() -> None:
    assert match("héchting", ["HECHTING"]) == Match("HECHTING", sure=True, whole=True)
    assert normalise("HÉCHTING") == "hechting"

"""One normaliser for everything that is typed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import normalise, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Héél   FIJN ", "heel fijn"),
        ("ik\u2019s \u201cja\u201d", 'ik\'s "ja"'),
        ("he\u200bch\x00ting", "hechting"),
        ("een\ntwee\tdrie", "een twee drie"),
        ("fijn👍🏽dank", "fijn dank"),
        ("👨‍👩‍👧 ok", "ok"),
        ("2️⃣", "2"),
        ("𝐇𝐞𝐜𝐡𝐭𝐢𝐧𝐠", "hechting"),
        ("ＳＴＯＰ", "stop"),
        ("\u202eik\u202c", "ik"),
        ("ĳs", "ijs"),
        ("STRASSE ß", "strasse ss"),
        ("\ud800x", "x"),
        ("e\u0301e\u0301n", "een"),
        ("8\u201330", "8-30"),
        ("", ""),
    ],
)
def test_what_is_typed_becomes_plain(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_words_keep_an_inner_apostrophe_and_drop_signs() -> None:
    assert words("Foto's, e-cursus #HECHTING_x 20.15!") == ["foto's", "e", "cursus", "hechting", "x", "20", "15"]


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(max_size=200))
def test_nothing_invisible_is_left(text: str) -> None:
    plain = normalise(text)
    assert plain == " ".join(plain.split())
    assert not any(ord(char) < 32 for char in plain)


@pytest.mark.parametrize("unit", ["a", "é", "👍🏽", "\x00", "\u202e", "e\u0301", "ﷺ", " \n"])
def test_ten_thousand_characters_take_a_moment(unit: str) -> None:
    start = time.process_time()
    normalise(unit * (10_000 // len(unit)))
    assert time.process_time() - start < 0.2

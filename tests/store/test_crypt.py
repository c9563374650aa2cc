from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.store.crypt import KEY_FILE, KeyMissing, Keys


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_a_first_start_makes_a_key_for_its_owner_alone_and_keeps_it(tmp_path: Path) -> None:
    token = Keys.load(tmp_path, None, rows_exist=False).encrypt("hallo")
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert Keys.load(tmp_path, None, rows_exist=True).decrypt(token) == "hallo"


def test_rows_without_their_key_are_refused_and_no_key_is_made(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="key is gone"):
        Keys.load(tmp_path, None, rows_exist=True)
    assert not (tmp_path / KEY_FILE).exists()


def test_on_postgresql_the_key_has_to_be_given() -> None:
    with pytest.raises(KeyMissing, match="explicitly"):
        Keys.load(None, " ", rows_exist=False)
    key = new_key()
    assert Keys.load(None, key, rows_exist=True).decrypt(Keys([key]).encrypt("a")) == "a"


def test_the_first_key_writes_and_all_of_them_read(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    rotated = Keys.load(tmp_path, f"{new}, {old}", rows_exist=True)
    assert rotated.decrypt(Keys([old]).encrypt("oud")) == "oud"
    assert Keys([new]).decrypt(rotated.encrypt("nieuw")) == "nieuw"
    with pytest.raises(KeyMissing):
        Keys([old]).decrypt(rotated.encrypt("nieuw"))


@pytest.mark.parametrize("text", ["", "Zoë\x00", "\ud83d alleen een half teken", "👋🏽‍♀️", "x" * 10_000])
def test_any_text_comes_back_as_it_was(text: str) -> None:
    keys = Keys([new_key()])
    assert keys.decrypt(keys.encrypt(text)) == text


def test_a_malformed_key_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="44 characters"):
        Keys.load(tmp_path, "not a key", rows_exist=False)
    with pytest.raises(KeyMissing, match="44 characters"):
        Keys([])

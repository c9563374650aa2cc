"""The register and the statement say what is configured, and what a person still has to fill in."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.content_folder import load_folder
from bot.core.content.model import Practice
from bot.core.retention import Retention
from bot.refusals import Unusable
from bot.register import purposes, register_of, statement_of, write_register
from bot.settings import AlertSettings, PracticeSettings, Settings, TelegramSettings
from tests.talk import Talk

CONTENT = Path(__file__).parents[1] / "content"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TELEGRAM = PracticeSettings(telegram=TelegramSettings(token=SecretStr("123:abc")))


@pytest.fixture(scope="module")
def mariposha() -> Practice:
    return load_folder(CONTENT).practices["mariposha"]


def settings(**more: object) -> Settings:
    return Settings(_env_file=None, content_dir=CONTENT, **more)  # type: ignore[arg-type]


def test_the_register_has_what_article_thirty_asks(mariposha: Practice) -> None:
    register = register_of(mariposha, settings(), NOW)
    for words in (
        "Verwerkingsverantwoordelijke",
        "grondslag",
        "art. 9 lid 2 a",
        "bewaartermijn",
        "Ontvangers",
        "Beveiliging",
        "Niet versleuteld",
        "25 november 2026",
        "DPIA",
    ):
        assert words in register
    assert "- [ ] het adres van de site" in register and "nog geen https-adres" in register
    assert "Telegram" not in register.partition("## Ontvangers")[2].partition("##")[0]


def test_every_purpose_has_a_ground_and_an_end() -> None:
    for purpose in purposes(Retention()):
        assert purpose.ground.count("art.") >= 1 and purpose.plain and purpose.kept


def test_a_practice_on_telegram_says_so_in_both(mariposha: Practice) -> None:
    on_telegram = settings(practices={"mariposha": TELEGRAM}, public_url="https://chat.example.nl")
    register, statement = register_of(mariposha, on_telegram, NOW), statement_of(mariposha, on_telegram, NOW)
    assert "**Telegram**" in register and "ook buiten de EU" in register and "over https" in register
    assert "**Telegram**" in statement and "ook buiten Europa" in statement
    assert "123:abc" not in register + statement


def test_what_weighs_words_of_danger_and_where_alerts_go_is_said_in_both(mariposha: Practice) -> None:
    told = PracticeSettings(telegram=TELEGRAM.telegram, alert=AlertSettings(telegram_chat=-100123))
    for text in (
        register_of(mariposha, settings(practices={"mariposha": told}), NOW),
        statement_of(mariposha, settings(practices={"mariposha": told}), NOW),
    ):
        assert "klein rekenmodel op deze computer" in text and "Telegram, voor seintjes" in text
        assert "één" in text and "cookie" in text
    register = register_of(mariposha, settings(), NOW)
    assert "seintjes" not in register and "cookie" in register and "veiligheidsplan gewist" in register


def test_the_days_of_the_practice_stand_in_both(mariposha: Practice) -> None:
    short = replace(mariposha, retention=Retention(texts=14, crisis=3, proof_years=2, people=365, unconsented=5))
    register, statement = register_of(short, settings(), NOW), statement_of(short, settings(), NOW)
    assert "teksten 14 dagen; zonder toestemming 2 wat je typt 5 dagen" in register
    assert "teksten 3 dagen" in statement and "als bewijs, 2 jaar" in statement and "12 maanden niets" in statement


def test_each_consent_stands_there_with_the_version_that_people_give_it_to(mariposha: Practice) -> None:
    talk = Talk("2026-03-02 10:00", content=mariposha)
    talk.enrolled("11.00", "hechtingspatroon")
    register = register_of(mariposha, settings(), NOW)
    assert talk.person.consents["daily"].version in register
    assert "Het eigen veiligheidsplan bewaren" in register
    assert "Mag Mariposha, Coaching & Psychotherapie lezen" in register and "{practice}" not in register


def test_every_word_that_the_statement_tells_people_to_type_does_something(mariposha: Practice) -> None:
    statement = statement_of(mariposha, settings(), NOW)
    table = statement.partition("## Wat jij kunt")[2]
    told = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(told) == 7
    for word in told:
        talk = Talk(content=mariposha)
        talk.says(word)
        assert "unmatched" not in talk.events, word


def test_the_command_writes_both_and_names_what_is_missing(tmp_path: Path) -> None:
    lines = write_register(settings(), "mariposha", tmp_path / "privacy", NOW)
    assert (tmp_path / "privacy" / "verwerkingsregister.md").exists()
    assert (tmp_path / "privacy" / "privacyverklaring.md").exists()
    assert any("verwerkersovereenkomst" in line for line in lines)
    with pytest.raises(Unusable, match="ken ik niet"):
        write_register(settings(), "eik", tmp_path, NOW)

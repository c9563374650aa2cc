"""backup, restore, release and doctor as commands: beside a running bot, in plain Dutch, without a traceback."""

import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from bot.refusals import Unusable, said_plainly
from bot.store.crypt import KeyMissing
from tests.test_cli import nabij, serving

pytestmark = pytest.mark.slow


def said(run: subprocess.CompletedProcess[str], code: int = 0) -> str:
    assert run.returncode == code, run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def with_open_messages(data: Path) -> None:
    """Two people of two practices in a database that a bot has made, each with a message that waits."""
    with closing(sqlite3.connect(data / "nabij.sqlite3")) as database, database:
        for number, practice in enumerate(("mariposha", "bellein-academie"), 1):
            account = f"{practice}:telegram"
            database.execute(
                "INSERT INTO subscribers (id, practice, zone, created_at, reachable, first_touch, alarm_tier,"
                " taken_over, paused, last_cause, memory, preferred_address_id)"
                " VALUES (?, ?, 'Europe/Amsterdam', '2026-01-01 00:00:00.000000', 1, '', '', 0, 0, '', '{}', ?)",
                (number, practice, number),
            )
            database.execute(
                "INSERT INTO addresses (id, practice, subscriber_id, channel, account, external_id, name, reachable,"
                " created_at, last_seq) VALUES (?, ?, ?, 'telegram', ?, ?, '', 1, '2026-01-01 00:00:00.000000', 0)",
                (number, practice, number, account, str(number)),
            )
            database.execute(
                "INSERT INTO messages (practice, subscriber_id, address_id, account, cause, n, kind, lane, topic,"
                " step, unasked, state, body, content_version, created_at, due_at, expires_at, attempt, resends,"
                " retries, epoch, seq, provider_id, reason, duplicate_possible) VALUES (?, ?, ?, ?, 'c', 0, 'reply',"
                " 1, '', '', 0, 'ready', x'00', 'v', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000',"
                " '2999-01-01 00:00:00.000000', 0, 0, 0, 0, 0, '', '', 0)",
                (practice, number, number, account),
            )


def states(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "nabij.sqlite3")) as database:
        return [state for (state,) in database.execute("SELECT state FROM messages ORDER BY id")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a bot that has run and has stopped."""
    with serving(tmp_path, "serve") as (process, _):
        process.terminate()
        process.wait(timeout=60)
    return tmp_path / "data"


def test_a_backup_beside_a_running_bot_and_a_restore_that_waits_for_its_stop(tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    with serving(tmp_path, "serve") as (process, _):
        text = said(nabij(tmp_path, "backup", str(file)))
        assert "secret.key" in text and "tombstones.log" in text
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "bestaat al" in said(nabij(tmp_path, "backup", str(file)), 2)
        assert "draait al" in said(nabij(tmp_path, "restore", str(file)), 2)
        process.terminate()
        assert process.wait(timeout=60) == 0
    text = said(nabij(tmp_path, "restore", str(file)))
    assert "teruggezet" in text and "nabij release" in text and "Let op: er is geen" in text
    with serving(tmp_path, "serve") as (process, _):
        assert process.poll() is None


def test_what_was_open_is_held_until_it_is_released_one_practice_at_a_time(tmp_path: Path, data: Path) -> None:
    with_open_messages(data)
    said(nabij(tmp_path, "backup", str(tmp_path / "a.backup")))
    assert "2 berichten" in said(nabij(tmp_path, "restore", str(tmp_path / "a.backup")))
    assert states(data) == ["held", "held"]
    text = said(nabij(tmp_path, "release"))
    assert "mariposha: 1 berichten" in text and "--send" in text and "--drop" in text
    assert "niets vastgehouden" in said(nabij(tmp_path, "release", "--send", "--practice", "nergens"), 2)
    assert "niet allebei" in said(nabij(tmp_path, "release", "--send", "--drop"), 2)
    assert states(data) == ["held", "held"]
    said(nabij(tmp_path, "release", "--send", "--practice", "mariposha"))
    assert states(data) == ["ready", "held"]
    assert "bellein-academie: 0 berichten gaan alsnog, 1 vervallen" in said(nabij(tmp_path, "release", "--drop"))
    assert states(data) == ["ready", "cancelled"]
    assert "Er wordt niets vastgehouden" in said(nabij(tmp_path, "release", "--send"))


def test_what_cannot_be_restored_is_one_line_and_changes_nothing(tmp_path: Path, data: Path) -> None:
    with_open_messages(data)
    said(nabij(tmp_path, "backup", str(tmp_path / "a.backup")))
    (tmp_path / "letter").write_text("Beste Sanne,")
    assert "geen back-up van Nabij" in said(nabij(tmp_path, "restore", str(tmp_path / "letter")), 2)
    assert "none bestaat niet" in said(nabij(tmp_path, "restore", str(tmp_path / "none")), 2)
    key = (data / "secret.key").rename(tmp_path / "key")
    assert "secret.key" in said(nabij(tmp_path, "restore", str(tmp_path / "a.backup")), 2)
    assert states(data) == ["ready", "ready"]
    key.rename(data / "secret.key")
    missing = nabij(tmp_path, "restore", str(tmp_path / "a.backup"), "--tombstones", str(tmp_path / "none.log"))
    assert "none.log bestaat niet" in said(missing, 2)


def test_the_doctor_exits_with_1_when_something_is_wrong(tmp_path: Path, data: Path) -> None:
    settings = {"PUBLIC_URL": "https://localhost:1"}
    text = said(nabij(tmp_path, "doctor", **settings))
    assert "ok      Database: SQLite antwoordt" in text and "let op  Certificaat" in text
    (data / "secret.key").chmod(0o644)
    assert "fout    Sleutel" in said(nabij(tmp_path, "doctor"), 1)


@pytest.mark.parametrize("command", [("backup", "x.backup"), ("release",), ("restore", "x.backup")])
def test_a_database_that_is_not_there_is_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    arguments = [str(tmp_path / word) if word.endswith(".backup") else word for word in command]
    said(nabij(tmp_path, *arguments), 2)


def test_a_key_that_is_not_there_is_said_in_dutch_with_what_to_do() -> None:
    with pytest.raises(Unusable) as refused, said_plainly():
        raise KeyMissing("The database has rows but its key is gone.")
    assert "secret.key" in str(refused.value) and "NABIJ_SECRET_KEY" in str(refused.value)
    assert "The database" not in str(refused.value)

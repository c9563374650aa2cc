"""export, erase, proof, audit and keys as commands: beside a running bot, in plain Dutch, without a traceback."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.store.crypt import KEY_FILE, Keys
from tests.test_cli import nabij, serving
from tests.test_upkeep import said, with_open_messages

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SECRET = "mijn geheime verhaal"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of a bot that has run and has stopped, with two people of two practices, one of whom spoke."""
    with serving(tmp_path, "serve") as (process, _):
        process.terminate()
        process.wait(timeout=30)
    folder = tmp_path / "data"
    with_open_messages(folder)
    keys = Keys.load(folder, None, rows_exist=True)
    with closing(sqlite3.connect(folder / "nabij.sqlite3")) as database, database:
        body = keys.encrypt(json.dumps({"text": "Uitleg", "buttons": [["Gedaan", "done", ""]]}))
        database.execute("UPDATE messages SET body = ?", (body,))
        database.execute(
            "INSERT INTO inbound (practice, account, external_id, subscriber_id, address_id, kind, text, payload, seq,"
            " poisoned, received_at) VALUES ('mariposha', 'mariposha:telegram', '9', 1, 1, 'text', ?, '', 0, 0,"
            " '2026-01-01 00:00:00.000000')",
            (keys.encrypt(SECRET),),
        )
        for given, at in ((1, "2026-01-01 00:00:00.000000"), (0, "2026-02-01 00:00:00.000000")):
            database.execute(
                "INSERT INTO consents (practice, subscriber_id, name, given, version, at, cause) VALUES"
                " ('mariposha', 1, 'daily', ?, 'daily-2026-11/1', ?, 'in:mariposha:telegram:5')",
                (given, at),
            )
    return folder


def count(data: Path, table: str) -> int:
    with closing(sqlite3.connect(data / "nabij.sqlite3")) as database:
        [number] = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(number)


def test_the_practice_gives_somebody_their_data_and_that_is_written_down(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path, "serve"):
        text = said(nabij(tmp_path, "export", "mariposha", "telegram:1", "--to", str(tmp_path / "uit")))
    assert "nabij audit" in text and SECRET not in text
    written = json.loads((tmp_path / "uit" / "mijn-gegevens.json").read_text())
    assert SECRET in [line["text"] for line in written["conversation"]]
    page = tmp_path / "uit" / "mijn-gegevens.html"
    assert SECRET in page.read_text() and page.stat().st_mode & 0o077 == 0
    audited = said(nabij(tmp_path, "audit", "mariposha"))
    assert "gegevens uitgegeven" in audited and "shell:" in audited and "telegram" not in audited
    assert "gegevens uitgegeven" in said(nabij(tmp_path, "audit", "mariposha", "--of", "1"))
    assert "Nog niemand" in said(nabij(tmp_path, "audit", "bellein-academie"))


def test_the_practice_erases_beside_a_running_bot_and_can_prove_the_consents(tmp_path: Path, data: Path) -> None:
    with serving(tmp_path, "serve"):
        asked = nabij(tmp_path, "erase", "mariposha", "1")
        assert asked.returncode == 1 and count(data, "subscribers") == 2
        killed = nabij(tmp_path, "erase", "mariposha", "1", "--yes", CRASH_AT="before-commit:2")
        assert killed.returncode == -9 and count(data, "subscribers") == 2 and count(data, "inbound") == 1
        text = said(nabij(tmp_path, "erase", "mariposha", "1", "--yes"))
        assert "op een code zonder naam na, als bewijs, 5 jaar" in text
        assert "vind ik niet" in said(nabij(tmp_path, "erase", "mariposha", "1", "--yes"), 2)
        proven = said(nabij(tmp_path, "proof", "mariposha", "telegram:1"))
    assert [line.split()[2] for line in proven.splitlines()] == ["ja", "nee"]
    assert "geen bewijs" in said(nabij(tmp_path, "proof", "mariposha", "telegram:2"))
    assert count(data, "subscribers") == 1 and count(data, "inbound") == 0
    assert " erased " in (data / "tombstones.log").read_text()
    audited = said(nabij(tmp_path, "audit", "mariposha"))
    assert "alles gewist" in audited and "bewijs van toestemming opgezocht" in audited


def test_another_practices_people_are_nobody(tmp_path: Path, data: Path) -> None:
    assert "vind ik niet" in said(nabij(tmp_path, "export", "mariposha", "2"), 2)
    assert "vind ik niet" in said(nabij(tmp_path, "erase", "bellein-academie", "telegram:1", "--yes"), 2)
    assert "ken ik niet" in said(nabij(tmp_path, "audit", "eik"), 2)
    assert count(data, "subscribers") == 2


def test_keys_rotate_survives_a_kill_in_the_middle_and_the_old_key_goes(tmp_path: Path, data: Path) -> None:
    old = (data / KEY_FILE).read_text().split()
    assert len(old) == 1
    killed = nabij(tmp_path, "keys", "rotate", CRASH_AT="after-commit:3")
    assert killed.returncode == -9
    both = (data / KEY_FILE).read_text().split()
    assert len(both) == 2 and both[1] == old[0] and (data / KEY_FILE).stat().st_mode & 0o077 == 0
    assert "nog onder een oude" in said(nabij(tmp_path, "keys"))
    assert "Draai eerst" in said(nabij(tmp_path, "keys", "drop"), 2)
    with serving(tmp_path, "serve"):
        assert "draait al" in said(nabij(tmp_path, "keys", "rotate"), 2)
    text = said(nabij(tmp_path, "keys", "rotate"))
    assert "nabij keys drop" in text and len((data / KEY_FILE).read_text().split()) == 2
    said(nabij(tmp_path, "keys", "drop"))
    assert (data / KEY_FILE).read_text().split() == both[:1]
    said(nabij(tmp_path, "export", "mariposha", "1", "--to", str(tmp_path / "uit")))
    assert SECRET in (tmp_path / "uit" / "mijn-gegevens.html").read_text()
    with serving(tmp_path, "serve") as (process, _):
        assert process.poll() is None
    (data / KEY_FILE).write_text(old[0])
    assert "sleutel" in said(nabij(tmp_path, "keys"), 2)

"""The command, as a process: what it prints, its exit codes, and that no known problem shows a traceback."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import data_requests
from bot.cli import cli

pytestmark = pytest.mark.slow

CONTENT = Path(__file__).parents[1] / "content"


def environment(folder: Path, **settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NABIJ_")}
    given = {f"NABIJ_{name}": value for name, value in settings.items()}
    # Any port: who works on Nabij has one of their own on the usual.
    ours = {"NABIJ_DATA_DIR": str(folder / "data"), "NABIJ_CONTENT_DIR": str(CONTENT), "NABIJ_PORT": "0"}
    return {**inherited, **ours, **given}


def nabij(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        env=environment(folder, **settings),
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[1],
    )


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, *arguments: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `nabij` and its address."""
    port = settings.setdefault("PORT", free_port())
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(folder, **settings),
        cwd=Path(__file__).parents[1],
    )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                    break
            except OSError:
                assert process.poll() is None, process.stderr.read() if process.stderr else ""
                time.sleep(0.05)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def test_simulate_prints_one_json_object_a_message(tmp_path: Path) -> None:
    run = nabij(
        tmp_path, "simulate", "mariposha", "HECHTING", "--days", "5", "--json", "--start", "2026-03-20",
        "--answers", "silent",
    )  # fmt: skip
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, run.stderr
    assert {"at", "from", "kind", "text", "buttons"} <= set(lines[0])
    assert [line["kind"] for line in lines] == ["text", "explanation", "exercise", "nudge"]
    assert lines[-1]["at"] == "2026-03-21T19:00:00+01:00"


def test_simulate_follows_a_file_of_answers_and_writes_a_page(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text('- {day: 1, at: "19:30", text: het ging goed}\n')
    page = tmp_path / "page.html"
    run = nabij(
        tmp_path, "simulate", "mariposha", "hechting", "--answers", str(answers), "--html", str(page),
        "--start", "2026-03-20",
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    html = page.read_text()
    assert "het ging goed" in html and "<script" not in html
    assert "21 dagen vanaf vrijdag 20 maart 2026, met antwoorden uit een bestand." in html


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("simulate", "nergens", "HECHTING"), "ken ik niet"),
        (("simulate", "mariposha", "HECHTING", "--start", "gisteren"), "geen datum"),
        (("simulate", "mariposha", "HECHTING", "--answers", "niets.yaml"), "geen bestand"),
        (("serve", "--role", "directeur"), "--role"),
        (("serve", "--role", "web"), "PostgreSQL"),
        (("register",), "Er ontbreekt nog iets: PRAKTIJK."),
        (("export", "mariposha"), "Er ontbreekt nog iets: WIE."),
        (("backup",), "Er ontbreekt nog iets: BESTAND."),
        (("alarms", "mariposha", "--release", "x"), "Wat bij --release staat, kan daar niet."),
        (("alarms", "mariposha", "--releas", "1"), "Bedoel je --release?"),
        (("ages", "mariposha", "nog", "iets"), "te veel"),
        (("keys", "bla"), "De opdracht 'bla' is er niet."),
        (("restore", "nergens.sqlite3"), "nergens.sqlite3 bestaat niet."),
        (("release", "--send", "--drop"), "niet allebei"),
        (("audit", "mariposha"), "nog geen database"),
        (("ages", "mariposha"), "nog geen database"),
        (("keys", "rotate"), "nog geen database"),
    ],
)
def test_a_wrong_call_is_one_line_and_an_exit_code(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    run = nabij(tmp_path, *arguments)
    assert run.returncode == 2
    assert says in run.stderr and "Traceback" not in run.stderr
    assert "Error" not in run.stderr and run.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"DATABASE_URL": "mysql://x/y"}, "kent Nabij niet"),
        ({"DATA_DIR": "/proc/nergens"}, "NABIJ_DATA_DIR"),
        ({"PORT": "abc"}, "NABIJ_PORT"),
        ({"PRACTICES__NERGENS__TELEGRAM__TOKEN": "1:a", "TELEGRAM_API_URL": "http://127.0.0.1:9"}, "nergens"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:9/x", "SECRET_KEY": "x"}, "niet te gebruiken"),
    ],
)
def test_a_setting_that_cannot_work_is_one_line_without_a_traceback(
    tmp_path: Path, settings: dict[str, str], says: str
) -> None:
    run = nabij(tmp_path, "serve", **{"PORT": free_port(), **settings})
    assert run.returncode == 2, run.stderr
    assert says in run.stderr and "Traceback" not in run.stderr


def test_broken_content_at_start_is_exit_2_with_file_and_line(tmp_path: Path) -> None:
    content = tmp_path / "content"
    (content / "practices" / "x").mkdir(parents=True)
    (content / "practices" / "x" / "practice.yaml").write_text("name: [\n")
    run = nabij(tmp_path, "serve", CONTENT_DIR=str(content))
    assert run.returncode == 2 and "Traceback" not in run.stderr
    assert re.search(r"practices/x/practice\.yaml:\d+", run.stderr)


def test_the_demo_starts_answers_and_stops_by_itself(tmp_path: Path) -> None:
    port = free_port()
    with serving(tmp_path, "demo", "--port", port, PORT=port) as (process, address):
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            assert json.load(answer)["status"] == "ok"
        with urllib.request.urlopen(f"{address}/", timeout=5) as home:
            assert "Mariposha" in home.read().decode()
        second = nabij(tmp_path, "serve", PORT=free_port(), DATA_DIR=str(tmp_path / "data" / "demo"))
        assert second.returncode == 2 and "draait al" in second.stderr and "Traceback" not in second.stderr
        taken = nabij(tmp_path / "other", "serve", PORT=port)
        assert taken.returncode == 2 and "NABIJ_PORT" in taken.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_a_wrong_token_switches_off_that_account_and_the_rest_runs(tmp_path: Path) -> None:
    stub = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "stubs" / "telegram.py"), "--port", (port := free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_for(int(port))
        with serving(
            tmp_path,
            "serve",
            TELEGRAM_API_URL=f"http://127.0.0.1:{port}",
            PRACTICES__MARIPOSHA__TELEGRAM__TOKEN="999:verkeerd-token-van-iemand",
        ) as (process, address):
            accounts = _accounts(address, "off")
            assert accounts["mariposha:telegram"] == "off" and accounts["mariposha:webchat"] == "on"
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
            assert "account_stopped" in errors and "verkeerd-token" not in errors
    finally:
        stub.kill()
        stub.communicate()


def _wait_for(port: int) -> None:
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the stub did not start")


def _accounts(address: str, until: str) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for _ in range(200):
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:
            accounts = {one["account"]: one["state"] for one in json.load(answer)["accounts"]}
        if until in accounts.values():
            break
        time.sleep(0.05)
    return accounts


@pytest.mark.parametrize(
    ("answer", "is_erased"), [("ja", True), ("Ja", True), ("nee", False), ("", False), ("jan", False)]
)
def test_only_ja_erases(monkeypatch: pytest.MonkeyPatch, answer: str, is_erased: bool) -> None:  # noqa: FBT001
    erased: list[str] = []

    async def found(*_: object) -> int:
        return 3

    async def erase(_: object, practice: str, whom: str) -> list[str]:
        erased.append(f"{practice} {whom}")
        return ["Gewist."]

    monkeypatch.setattr(data_requests, "whom_it_is", found)
    monkeypatch.setattr(data_requests, "erase_person", erase)
    run = CliRunner().invoke(cli, ["erase", "mariposha", "3"], input=f"{answer}\n")
    assert erased == (["mariposha 3"] if is_erased else [])
    assert run.exit_code == (0 if is_erased else 1)

"""Crash points end a process as a power cut would, and only where a test asked for it."""

import signal
import subprocess
import sys

import pytest

from bot.crash import CRASH_AT, crash_point, kind_and_place

PROGRAM = """
from bot.crash import crash_point
for n in range(1, 6):
    crash_point("after-send")
    crash_point("after-claim")
    print(n, flush=True)
"""


@pytest.mark.parametrize(
    ("crash_at", "passed"), [("after-send", 0), ("after-claim:3", 2), ("after-send:9", 5), ("after-commit", 5)]
)
def test_a_process_dies_at_the_nth_passing_of_its_point(crash_at: str, passed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={CRASH_AT: crash_at}, capture_output=True, text=True, check=False
    )
    assert len(done.stdout.split()) == passed
    assert done.returncode == (0 if passed == 5 else -signal.SIGKILL)


def test_without_being_asked_a_crash_point_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CRASH_AT, raising=False)
    crash_point("after-send")


def test_the_log_says_what_broke_and_where_but_never_what_a_person_wrote() -> None:
    def breaks() -> None:
        raise ValueError("ik heb het moeilijk")

    with pytest.raises(ValueError, match="moeilijk") as caught:
        breaks()
    told = kind_and_place(caught.value)
    assert told["error"] == "ValueError"
    assert told["place"].startswith(f"{__name__}:")
    assert "moeilijk" not in str(told)

"""A content folder to write in, and the command as an author uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import cli
from tests.core.content.example import EXAMPLE

CONTENT = Path(__file__).parents[2] / "content"
Nabij = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small practice De Wilg with the real phrases and word lists; `nabij` looks here."""
    content = tmp_path / "content"
    for path, text in EXAMPLE.items():
        file = content / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name in ("phrases.yaml", "words.yaml"):
        (content / name).write_bytes((CONTENT / name).read_bytes())
    monkeypatch.setenv("NABIJ_CONTENT_DIR", str(content))
    monkeypatch.setenv("NABIJ_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return content


@pytest.fixture
def nabij(folder: Path) -> Nabij:
    """Runs one command; what it refuses is in `exception`."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments))

    return run

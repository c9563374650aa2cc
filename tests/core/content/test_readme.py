"""The author's README shows whole files; together they are a practice that `nabij check` has nothing to say about."""

from __future__ import annotations

import re
from pathlib import Path

from bot.core.content.parse import parse
from bot.core.content.steps import EXERCISES, PROGRAM_KINDS

CONTENT = Path(__file__).parents[3] / "content"
README = (CONTENT / "README.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^`(practices/\S+)`\n\n```\w+\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))


def test_the_examples_together_are_a_practice_without_findings() -> None:
    library, findings = parse({"phrases.yaml": (CONTENT / "phrases.yaml").read_text(encoding="utf-8"), **EXAMPLES})
    assert [str(finding) for finding in findings] == []
    assert library is not None
    assert library.practices["de-wilg"].programs["eigen-ruimte"].days == 8


def test_it_names_every_exercise_and_shows_every_kind_of_step_and_question() -> None:
    assert all(f"| `{name}` | {what} |" in README for name, what in EXERCISES.items())
    assert all(f"\nkind: {kind}\n" in README for kind in PROGRAM_KINDS)
    assert all(f"\n  kind: {kind}\n" in README for kind in ("scale", "choice", "yesno", "number", "text"))

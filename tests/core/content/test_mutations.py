# ruff: noqa: E501 (a table of poison)
"""Whatever happens to a file, parsing says so or gives a library that holds: it never raises."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.core.content.model import Library, StepKind
from bot.core.content.parse import parse
from bot.core.content.report import errors

pytestmark = pytest.mark.slow

CONTENT = Path(__file__).parents[3] / "content"
REAL = {
    file.relative_to(CONTENT).as_posix(): file.read_text(encoding="utf-8")
    for file in sorted(CONTENT.rglob("*"))
    if file.suffix in {".md", ".yaml"} and (file.name == "phrases.yaml" or "mariposha" in file.parts)
}
POISON = (
    "\x00", "\ud800", "\u202e", "\ufeff", "{", "}", "[", "]", ":", "- ", "? ", "! ", "&a ", "*a", "<<: *a", "|", ">", "%", "@", "`",
    "\t", "\n---\n", "---", "...", "'", '"', "#", "!!python/object:os.system", "!!binary x", "!!set {a}", "2026-13-45", "1e999",
    "0x", "12:61", "~", "null", "true", ".inf", "kind: nudge", "question: 3", "answers: {}", "if: [1]", "choices: ja",
    "[" * 3000, "{a: " * 1500, "a: &b [*b]", "? [x, y]\n: z", "{{ 7 * 7 }}", "{keywords}", "<script>", "\u200b" * 9,
)  # fmt: skip


def mutated(seed: int) -> dict[str, str]:
    """Mariposha with one to three files damaged, the same way for the same seed."""
    dice = random.Random(seed)
    files = dict(REAL)
    for _ in range(dice.randint(1, 3)):
        path = dice.choice(sorted(files))
        text = files[path]
        here, there = sorted((dice.randint(0, len(text)), dice.randint(0, len(text))))
        lines = text.split("\n")
        match dice.randint(0, 7):
            case 0:
                files[path] = text[:here]
            case 1:
                files[path] = text[:here] + text[there:]
            case 2:
                files[path] = text[:here] + dice.choice(POISON) + text[here:]
            case 3:
                files[path] = "\n".join(dice.sample(lines, len(lines)))
            case 4:
                files[path] = text + text
            case 5:
                at = dice.randrange(len(lines))
                files[path] = "\n".join([*lines[:at], dice.choice(POISON), *lines[at:]])
            case 6:
                del files[path]
            case _:
                files[path] = "".join(chr(ord(char) ^ (dice.random() < 0.02)) for char in text)
    return files


def holds_together(library: Library) -> bool:
    """What the conversation relies on without looking."""
    return all(
        practice.name
        and practice.keywords
        and all(word.explanation and word.exercise.text and all(word.nudges) for word in practice.keywords.values())
        and all(word.program in practice.programs or not word.program for word in practice.keywords.values())
        and all(
            step.text
            and (step.question is not None) == (step.kind is StepKind.CHECKIN)
            and all(
                program.step(branch.goto) is not None or not branch.goto
                for branch in (step.question.branches if step.question else ())
            )
            for program in practice.programs.values()
            for step in program.steps
        )
        for practice in library.practices.values()
    )


@pytest.mark.parametrize("seed", range(50))
def test_damaged_files_never_raise_and_never_give_a_library_with_errors(seed: int) -> None:
    library, findings = parse(mutated(seed))
    assert (library is None) == bool(errors(findings))
    assert library is None or holds_together(library)
    assert all(finding.line >= 1 and finding.problem and finding.remedy for finding in findings)


@pytest.mark.parametrize("poison", POISON)
def test_a_poisoned_front_matter_is_told_or_harmless(poison: str) -> None:
    path = next(path for path in REAL if path.endswith("07-beweging.md"))
    damaged = {**REAL, path: REAL[path].replace("question:", f"{poison}\nquestion:", 1)}
    library, findings = parse(damaged)
    assert (library is None) == bool(errors(findings))
    assert all(finding.line <= damaged[path].count("\n") + 1 for finding in findings if finding.file == path)

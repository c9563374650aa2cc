"""`nabij new`: filled-in examples that pass the check at once, made from the files in `examples/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from bot.authoring.refusal import Refused, write_new
from bot.content_folder import check_folder
from bot.core.content.fields import SLUG
from bot.core.content.model import Library, Practice, Program, StepKind
from bot.core.content.practice_fields import LONGEST_SHORT_NAME
from bot.core.content.report import errors
from bot.core.content.steps import PROGRAM_KINDS

OFFER_FILE: Final = "80-aanbod.md"
_ROOM_FOR_STEPS: Final = 79
"""The highest number of an ordinary step; offer and goodbye come behind it."""
_NUMBER: Final = re.compile(r"(\d{2,3})-")


def new_practice(folder: Path, slug: str, name: str, word: str) -> list[str]:
    """A practice with one word and one program; returns the paths that were written. Like all of these it raises
    Refused, with nothing written, for a name that can't be or that is there already."""
    _check_slug(slug)
    short = slug.replace("-", " ").title()[:LONGEST_SHORT_NAME].strip()
    slots = {"slug": slug, "name": json.dumps(name or f"Praktijk {short}", ensure_ascii=False), "short": short}
    made = {f"practices/{slug}/practice.yaml": _filled("practice/practice.yaml", slots)}
    word = _word(word)
    program = "even-stilstaan"
    made |= _keyword(slug, word, program, "kennismaking", short)
    made |= _program(slug, program, "Even stilstaan", "kennismaking", short)
    return _write(folder, made)


def new_program(folder: Path, slug: str, program: str, title: str) -> list[str]:
    practice = _practice(folder, slug)
    _check_slug(program)
    made = _program(slug, program, title or title_of(program), _first_offer(practice), practice.short_name)
    return _write(folder, made)


def new_keyword(folder: Path, slug: str, word: str, program: str) -> list[str]:
    practice = _practice(folder, slug)
    word = _word(word)
    return _write(folder, _keyword(slug, word, program, _first_offer(practice), practice.short_name))


def new_step(folder: Path, slug: str, program: str, step: str, kind: str) -> list[str]:
    """One step more, behind the ordinary ones that are there."""
    practice = _practice(folder, slug)
    _check_slug(step)
    if kind not in PROGRAM_KINDS:
        raise Refused(f"'{kind}' is geen soort stap. Kies uit: {', '.join(PROGRAM_KINDS)}.")
    if program not in practice.programs:
        raise Refused(f"Het programma '{program}' bestaat niet. Kies uit: {', '.join(practice.programs) or 'geen'}.")
    offer = _first_offer(practice)
    if kind == StepKind.OFFER and not offer:
        raise Refused("Er is nog geen aanbod. Zet het eerst in practice.yaml onder 'offers:', met title en link.")
    found = practice.programs[program]
    if found.step(step) is not None or (found.goodbye is not None and found.goodbye.id == step):
        raise Refused(f"De stap '{step}' bestaat al in {program}. Kies een andere naam.")
    number = _next_number(found, kind)
    slots = {"id": step, "offer": offer, "short": practice.short_name}
    made = {f"practices/{slug}/programs/{program}/{number:02}-{step}.md": _filled(f"step/{kind}.md", slots)}
    return _write(folder, made)


def title_of(slug: str) -> str:
    """`eigen-ruimte` as people write it: Eigen ruimte."""
    return slug.replace("-", " ").capitalize()


def _keyword(slug: str, word: str, program: str, offer: str, short: str) -> dict[str, str]:
    slots = {
        "word": word,
        "title": f"Over {word.lower()}",
        "offer": offer,
        "short": short,
        "program_line": f"\nprogram: {program}" if program else "",
    }
    names = ["keyword.md", "exercise.md", "nudge-1.md", "nudge-2.md", "nudge-3.md", *(["offer.md"] if offer else [])]
    return {f"practices/{slug}/keywords/{word.lower()}/{name}": _filled(f"keyword/{name}", slots) for name in names}


def _program(slug: str, program: str, title: str, offer: str, short: str) -> dict[str, str]:
    slots = {
        "slug": slug,
        "program": program,
        "title": json.dumps(title, ensure_ascii=False),
        "offer": offer,
        "short": short,
    }
    names = sorted(entry.name for entry in (files("bot.authoring") / "examples" / "program").iterdir())
    return {
        f"practices/{slug}/programs/{program}/{name}": _filled(f"program/{name}", slots)
        for name in names
        if offer or name != OFFER_FILE
    }


def _filled(name: str, slots: Mapping[str, str]) -> str:
    text = (files("bot.authoring") / "examples").joinpath(*name.split("/")).read_text(encoding="utf-8")
    return Template(text).substitute(slots)


def _next_number(program: Program, kind: str) -> int:
    ordinary, ends = [0], [_ROOM_FOR_STEPS + 1]
    for step in (*program.steps, *([program.goodbye] if program.goodbye else [])):
        found = _NUMBER.match(step.file.rpartition("/")[2])
        (ends if step.kind in (StepKind.OFFER, StepKind.GOODBYE) else ordinary).append(int(found[1]) if found else 0)
    if kind == StepKind.GOODBYE:
        return max(*ordinary, *ends) + 1
    # Between the last ordinary step and what closes the program; beside the last one when there is no room.
    last, closing = max(ordinary), min(ends[1:], default=ends[0])
    return min(last + 1, closing - 1) if closing > last else last


def _first_offer(practice: Practice) -> str:
    return next(iter(practice.offers), "")


def _word(word: str) -> str:
    word = word.upper()
    if not re.fullmatch(r"[A-Z0-9]{3,20}", word):
        raise Refused(f"'{word}' kan geen woord zijn: neem 3 tot 20 letters, zonder spaties of accenten.")
    return word


def _check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise Refused(f"'{slug}' kan niet als naam: gebruik kleine letters, cijfers en streepjes.")


def _practice(folder: Path, slug: str) -> Practice:
    library, findings = check_folder(folder)
    if library is None:
        raise Refused(f"De map met inhoud heeft fouten; herstel die eerst (nabij check). {errors(findings)[0]}")
    return practice_in(library, slug)


def practice_in(library: Library, slug: str) -> Practice:
    if slug not in library.practices:
        raise Refused(f"De praktijk '{slug}' ken ik niet. Wel: {', '.join(sorted(library.practices))}.")
    return library.practices[slug]


def _write(folder: Path, made: Mapping[str, str]) -> list[str]:
    """Writes what makes no error in the folder as it is now."""
    there = next((name for name in made if (folder / name).exists()), None)
    if there is None:
        before = errors(check_folder(folder)[1])
        wrong = [finding for finding in errors(check_folder(folder, instead=made)[1]) if finding not in before]
        if wrong:
            raise Refused(f"Zo kan het niet: {wrong[0].problem} {wrong[0].remedy}")
    write_new(folder, made)
    return list(made)

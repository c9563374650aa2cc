"""Content files to a Library: every file is read, everything wrong is told, and nothing wrong is ever used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.core.content.campaigns import read_campaigns
from bot.core.content.documents import read_document, read_yaml
from bot.core.content.model import Keyword, Library, Offer, Practice, Program, Question, Step, StepKind
from bot.core.content.phrases import PHRASES
from bot.core.content.practice_fields import COMMON_PHRASES, read_common_phrases, read_practice
from bot.core.content.questions import QUESTIONS, read_bank
from bot.core.content.report import Finding, Report, errors
from bot.core.content.rules import check
from bot.core.content.sources import SOURCES, read_sources
from bot.core.content.steps import read_exercise, read_offer, read_step, required_body
from bot.core.content.word_rules import WORDS, read_words
from bot.core.text import words

FurtherRule = Callable[[Library, Report], None]
NUDGES: Final = ("nudge-1.md", "nudge-2.md", "nudge-3.md")
KEYWORD_FILES: Final = ("keyword.md", "exercise.md", *NUDGES)
_STEP_FILE: Final = re.compile(r"\d{2,3}-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
_KEYWORD_NAME: Final = re.compile(r"[A-Z0-9]{3,30}")


def parse(
    files: Mapping[str, str], phrases: Mapping[str, frozenset[str]] = PHRASES, further: Sequence[FurtherRule] = ()
) -> tuple[Library | None, list[Finding]]:
    """The library that the files (path in the content folder -> text) describe, and what is wrong with them.

    The library is None as soon as one finding is an error; warnings leave it usable. Never raises for any text.
    `phrases`: the names that the conversation needs, each with the placeholders that it fills in. `further`: rules for
    whoever is writing, that are no reason to refuse a folder while the bot runs.
    """
    report = Report(files)
    library = _library(files, phrases, report)
    broken = report.broken_files()
    structural = len(report.findings)
    check(library, phrases, report)
    for rule in further:
        rule(library, report)
    # A file that could not be read as meant would be blamed a second time, for what is missing because of that.
    told = report.findings[:structural] + [one for one in report.findings[structural:] if one.file not in broken]
    findings = sorted(set(told))
    return (None if errors(findings) else library), findings


def _library(files: Mapping[str, str], phrases: Mapping[str, frozenset[str]], report: Report) -> Library:
    version = _version(files)
    common = read_common_phrases(files, phrases, report)
    bank = read_bank("", files, report)
    practices = {}
    for slug, own in _folders(files, "practices/").items():
        practices[slug] = replace(_practice(slug, own, common, bank, report), version=version)
    _report_strays(files, practices, report)
    if not practices:
        report.error(
            "practices", 1, "Er is geen enkele praktijk.", "Maak een map practices/<naam> met een practice.yaml."
        )
    return Library(
        practices=_knowing_each_other(practices),
        version=version,
        questions=bank,
        sources=read_sources(files, report),
        words=read_words(files, report),
    )


def _version(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        for part in (path, files[path]):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _practice(
    slug: str, files: Mapping[str, str], common: Mapping[str, str], bank: Mapping[str, Question], report: Report
) -> Practice:
    """`files`: those of the practice's folder, by their path inside it. `common` and `bank`: the phrases and the
    questions of all practices."""
    home = f"practices/{slug}/"
    practice = read_practice(home, files.get("practice.yaml"), slug, common, report)
    questions = {**bank, **read_bank(home, files, report)}
    practice = replace(practice, questions=questions, campaigns=read_campaigns(home, files, report))
    programs = {
        folder: _program(f"{home}programs/{folder}/", folder, own, practice, report)
        for folder, own in _folders(files, "programs/").items()
    }
    keywords: dict[str, Keyword] = {}
    for folder, own in _folders(files, "keywords/").items():
        keyword = _keyword(f"{home}keywords/{folder}/", folder, own, practice.offers, report)
        if keyword.name in keywords:
            there = keywords[keyword.name].file
            report.error(
                keyword.file,
                "keyword",
                f"Het woord {keyword.name} staat ook in {there}.",
                "Kies een ander woord, of haal er één weg.",
            )
        keywords.setdefault(keyword.name, keyword)
    return replace(practice, programs=programs, keywords=keywords)


def _keyword(home: str, folder: str, files: Mapping[str, str], offers: Mapping[str, Offer], report: Report) -> Keyword:
    for name in KEYWORD_FILES:
        if name not in files:
            report.error(home + name, 1, "Dit bestand ontbreekt.", f"Elk woord heeft {', '.join(KEYWORD_FILES)}.")
    file = home + "keyword.md"
    document = read_document(file, files["keyword.md"], report) if "keyword.md" in files else None
    offer = read_offer(home + "offer.md", files["offer.md"], offers, report) if "offer.md" in files else None
    exercise = (
        read_exercise(home + "exercise.md", files["exercise.md"], report)
        if "exercise.md" in files
        else Step(id="exercise", kind=StepKind.EXERCISE, text="", file=home + "exercise.md")
    )
    first, second, third = (_nudge(home + name, files.get(name), report) for name in NUDGES)
    nudges = (first, second, third)
    if document is None:
        return Keyword(
            name=folder.upper(), about="", explanation="", exercise=exercise, nudges=nudges, offer=offer, file=file
        )
    fields = document.fields
    name = fields.required_text("keyword", folder.upper())
    if name and not _KEYWORD_NAME.fullmatch(name):
        fields.error(
            "keyword",
            f"'{name[:40]}' kan geen woord zijn.",
            "Eén woord van 3 tot 30 hoofdletters, zonder spaties of accenten.",
        )
    keyword = Keyword(
        name=name,
        about=fields.required_text("about", "Hoe nabijheid en afstand bij jou werken"),
        explanation=required_body(document, report),
        exercise=exercise,
        nudges=nudges,
        aliases=fields.texts("aliases"),
        series=fields.one_of("followup", ("ask", "series"), default="ask") == "series",
        program=fields.slug("program"),
        offer=offer,
        source=fields.text("source"),
        file=file,
    )
    fields.refuse_unknown()
    return keyword


def _nudge(file: str, text: str | None, report: Report) -> str:
    document = read_document(file, text, report) if text is not None else None
    if document is None:
        return ""
    document.fields.refuse_unknown()
    return required_body(document, report)


def _program(home: str, folder: str, files: Mapping[str, str], practice: Practice, report: Report) -> Program:
    steps: list[Step] = []
    for name in sorted(files):
        if found := _STEP_FILE.fullmatch(name):
            step = read_step(home + name, found[1], files[name], practice.offers, practice.questions, report)
            if any(step.id == other.id for other in steps):
                report.error(
                    home + name, 1, f"Er zijn twee stappen '{step.id}'.", "Geef elke stap een eigen naam na het nummer."
                )
            steps.append(step)
        elif name.endswith(".md"):
            report.error(
                home + name, 1, "Deze bestandsnaam kan niet.", "Noem een stap nummer-naam, bijvoorbeeld 03-lichaam.md."
            )
    ends = {kind: _only_one(steps, kind, report) for kind in (StepKind.OFFER, StepKind.GOODBYE)}
    _offer_and_goodbye_last(steps, report)
    file = home + "program.yaml"
    title = about = source = ""
    draft = False
    if "program.yaml" not in files:
        report.error(file, 1, "Dit bestand ontbreekt.", "Maak het met 'title:' en 'about:'.")
    elif fields := read_yaml(file, files["program.yaml"], report):
        title = fields.required_text("title", "Nabij en veilig")
        about = fields.required_text("about", "Twee weken over nabijheid, in kleine stappen")
        source = fields.text("source")
        draft = fields.flag("draft")
        fields.refuse_unknown()
    return Program(
        id=folder,
        title=title,
        about=about,
        steps=tuple(step for step in steps if step.kind is not StepKind.GOODBYE),
        offer=ends[StepKind.OFFER],
        goodbye=ends[StepKind.GOODBYE],
        source=source,
        draft=draft,
        file=file,
    )


def _only_one(steps: Iterable[Step], kind: StepKind, report: Report) -> Step | None:
    found = [step for step in steps if step.kind is kind]
    for other in found[1:]:
        report.error(
            other.file, "kind", f"Dit programma heeft al een '{kind}'.", "Er kan er maar één zijn; haal er één weg."
        )
    return found[0] if found else None


def _offer_and_goodbye_last(steps: list[Step], report: Report) -> None:
    order = {StepKind.OFFER: 1, StepKind.GOODBYE: 2}
    reached = 0
    for step in steps:
        rank = order.get(step.kind, 0)
        if rank < reached:
            report.error(
                step.file,
                "kind",
                "Na het aanbod komt alleen nog het afscheid.",
                "Geef aanbod en afscheid de hoogste nummers.",
            )
        reached = max(reached, rank)


def _folders(files: Mapping[str, str], under: str) -> dict[str, dict[str, str]]:
    """The files below `under`, by folder and then by their path inside that folder."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(files):
        folder, slash, inside = path.removeprefix(under).partition("/")
        if path.startswith(under) and slash and folder and inside:
            found.setdefault(folder, {})[inside] = files[path]
    return found


def _report_strays(files: Mapping[str, str], practices: Mapping[str, Practice], report: Report) -> None:
    known = {COMMON_PHRASES, WORDS}
    known.update(path for path in files if path.startswith((QUESTIONS, SOURCES)) and path.endswith(".yaml"))
    for practice in practices.values():
        known.add(practice.file)
        known.update(question.file for question in practice.questions.values())
        known.update(campaign.file for campaign in practice.campaigns.values())
        for keyword in practice.keywords.values():
            home = keyword.file.removesuffix("keyword.md")
            known.update(home + name for name in (*KEYWORD_FILES, "offer.md"))
        for program in practice.programs.values():
            known.add(program.file)
            home = program.file.removesuffix("program.yaml")
            known.update(
                path
                for path in files
                if path.startswith(home) and "/" not in path.removeprefix(home) and path.endswith(".md")
            )
    told = {finding.file for finding in report.findings}
    for path in sorted(files.keys() - known - told):
        report.warning(
            path, 1, "Dit bestand hoort nergens bij en wordt niet gebruikt.", "Controleer de naam en de map."
        )


def _knowing_each_other(practices: Mapping[str, Practice]) -> dict[str, Practice]:
    """Each practice with the words of the others, so that a neighbour's keyword gets a kind answer."""
    return {
        slug: replace(practice, elsewhere=_words_of(practices.values(), besides=practice))
        for slug, practice in practices.items()
    }


def _words_of(practices: Iterable[Practice], besides: Practice) -> frozenset[str]:
    """The words of the other practices. One that stands for an own keyword too is spelled as there: the same name
    twice in two spellings would hide the own one."""
    own = {"".join(words(name)): name for name in besides.names()}
    others = (name for practice in practices if practice is not besides for name in practice.names())
    return frozenset(own.get("".join(words(name)), name) for name in others)

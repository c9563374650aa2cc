"""`nabij draft`: a practice's own article cut into a draft program. No language model: headings, sentences, lists,
questions and calls to action are all that is looked at, and a person edits every step before it is ever sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.authoring.articles import Article, Block, Items, Paragraph, Section
from bot.core.content.program_rules import FIRST_OFFER_DAY, LONGEST_TITLE
from bot.core.content.step_rules import LONGEST_LESSON, SHORTEST_LESSON
from bot.core.content.text_rules import BUTTON_LABEL, WHATSAPP_BODY, count_words, too_alike
from bot.core.text import words

AIMED_AT: Final = 100
"""Words of a lesson."""
MOST_CHOICES: Final = 7
_LONGEST_LABEL: Final = 60
_A_SENTENCE_EACH: Final = 9
"""Words of a list's items, on average, from which the list is also read out as text."""
_CLOSING: Final = ".?!…”\"’')"
_SENTENCE: Final = re.compile(r"([.?!…][”\"’')]*)\s+(?=[“\"‘'(]?[A-ZÀ-Þ0-9])")
_ABOUT_YOU: Final = re.compile(r"\b(?:je|jij|jou|jouw|jezelf)\b", re.IGNORECASE)
_CALL: Final = re.compile(
    r"\b(?:plan (?:een|je|jouw|direct)|boek (?:een|je|nu)|meld je|schrijf je|neem contact"
    r"|stuur (?:me|mij|ons)|bel (?:me|ons)"
    r"|start (?:deze|je|met|direct)|begin vandaag|doe mee|kennismaking\w*|gratis (?:sessie|gesprek)|e-?course"
    r"|introductieweekend\w*|workshop\w*|(?:deze|onze|mijn)(?: online)? training\w*|\w*traject|aanmelden"
    r"|nieuwsbrief)\b",
    re.IGNORECASE,
)
_FILLING: Final = (
    "Lees dit rustig, en nog een keer als je wilt.",
    "Je hoeft er vandaag niets mee te doen. Merk alleen op of er iets bij je opkomt: een beeld, een gevoel, een vraag.",
    "Komt er niets, dan is dat ook goed. Morgen gaan we weer een kleine stap verder, in jouw tempo.",
)
_GOODBYE: Final = (
    "Dit was de laatste stap. Dank je dat je meelas, in jouw tempo. Ik stuur je nu niets meer uit mezelf. "
    "Het ga je goed."
)
_REPLY: Final = "Dank je. Er is geen goed of fout antwoord."


@dataclass(slots=True)
class _Drafting:
    files: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    steps: int = 0

    def name(self, wish: str) -> str:
        """A step id that is free."""
        base = "-".join(re.findall(r"[a-z0-9]+", " ".join(words(wish)[:4]))) or "stap"
        found, number = base, 1
        while found in self.ids:
            number += 1
            found = f"{base}-{number}"
        self.ids.add(found)
        return found

    def add(self, kind: str, source: str, wish: str, text: str, question: Sequence[str] = ()) -> None:
        self.steps += 1
        step = self.name(wish)
        lines = [f"kind: {kind}", "draft: true", f"source: {_quoted(source)}"]
        lines += [line.replace("{id}", step) for line in question]
        self.files[f"{self.steps:02}-{step}.md"] = _file(lines, text)


def draft_program(article: Article, source: str, offer: str = "") -> dict[str, str]:
    """The files of a program by name. `source`: the article's name; `offer`: the practice's offer that a call to action
    leads to, empty when it has none."""
    sections, calls = _without_calls(article.sections)
    drafting = _Drafting()
    for section in sections:
        _draft_section(section, drafting)
    if calls and drafting.steps + 1 >= FIRST_OFFER_DAY:
        fields = ["kind: offer", "draft: true", *([f"offer: {offer}"] if offer else [])]
        text = _upto(WHATSAPP_BODY, [part for call in calls for part in (call.heading, *_texts(call.blocks))])
        drafting.files["98-aanbod.md"] = _file([*fields, f"source: {_quoted(calls[0].heading)}"], text)
    drafting.files["99-afscheid.md"] = _file(["kind: goodbye", "draft: true"], _GOODBYE)
    title = _cut(article.title, LONGEST_TITLE)
    drafting.files["program.yaml"] = "\n".join(
        (
            f"title: {_quoted(title[:1].upper() + title[1:])}",
            "about: Elke dag een kleine stap, naar een eigen artikel",
            f"source: {source}",
            "draft: true",
            "",
        )
    )
    return drafting.files


def _without_calls(sections: Sequence[Section]) -> tuple[Sequence[Section], Sequence[Section]]:
    """The sections, and what invites to an offer at their end: whole sections, or the last blocks of one. The first
    section is never an invitation."""
    kept, calls = list(sections), list[Section]()
    while len(kept) > 1:
        last = kept[-1]
        at = 0 if _CALL.search(last.heading) else _first_call(last.blocks)
        if at is None:
            break
        calls.insert(0, Section(last.heading, last.blocks[at:]))
        if at:
            kept[-1] = Section(last.heading, last.blocks[:at])
            break
        kept.pop()
    return kept, calls


def _first_call(blocks: Sequence[Block]) -> int | None:
    return next((at for at, block in enumerate(blocks) if any(map(_CALL.search, _texts([block])))), None)


def _draft_section(section: Section, drafting: _Drafting) -> None:
    """Lessons, the section's first question to the reader, and each of its lists as a choice."""
    sentences: list[str] = []
    lists: list[Sequence[str]] = []
    for block in section.blocks:
        if isinstance(block, Items) and len(block.items) > 1:
            lists.append(block.items)
            short = sum(count_words(item) for item in block.items) < _A_SENTENCE_EACH * len(block.items)
            if short and len(block.items) <= MOST_CHOICES:
                continue
        for text in _texts([block]):
            sentences += _sentences(text)
    question = next((one for one in sentences if one.endswith("?") and _ABOUT_YOU.search(one)), "")
    if question and sum(map(count_words, sentences)) - count_words(question) >= SHORTEST_LESSON:
        sentences.remove(question)
    for lesson in _lessons(sentences):
        drafting.add("lesson", section.heading, section.heading, lesson)
    if question:
        text = f"{question}\n\nSchrijf er een paar woorden over, als je wilt."
        drafting.add("checkin", section.heading, f"vraag {section.heading}", text, _asks("text"))
    for items in lists:
        _draft_choice(section.heading, items, drafting)


def _lessons(sentences: Sequence[str]) -> list[str]:
    """The sentences in lessons of about the same length, each within the limits."""
    sentences = [part for sentence in sentences for part in _bearable(sentence)]
    total = sum(map(count_words, sentences))
    if not total:
        return []
    wanted = max(1, -(-total // AIMED_AT))
    for number in range(wanted, 0, -1):
        lessons = _in_parts(sentences, total / number)
        if all(SHORTEST_LESSON <= count_words(lesson) <= LONGEST_LESSON for lesson in lessons):
            return lessons
    return [_filled(lesson) for lesson in _in_parts(sentences, AIMED_AT)]


def _in_parts(sentences: Sequence[str], size: float) -> list[str]:
    parts: list[list[str]] = [[]]
    length, target = 0, size
    for sentence in sentences:
        count = count_words(sentence)
        too_long = count + sum(map(count_words, parts[-1])) > LONGEST_LESSON
        if parts[-1] and (too_long or length + count / 2 > target):
            parts.append([])
            target = max(target + size, length + size / 2)
        parts[-1].append(sentence)
        length += count
    return [_paragraphs(part) for part in parts]


def _bearable(sentence: str) -> list[str]:
    """A sentence of more than a lesson's words, in pieces."""
    said = sentence.split()
    return [" ".join(said[at : at + AIMED_AT]) for at in range(0, len(said), AIMED_AT)]


def _paragraphs(sentences: Sequence[str]) -> str:
    """A blank line after every third sentence or so: a phone's screen is small."""
    return "\n\n".join(" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3))


def _filled(lesson: str) -> str:
    for sentence in _FILLING:
        if count_words(lesson) < SHORTEST_LESSON:
            lesson = f"{lesson}\n\n{sentence}"
    return lesson


def _draft_choice(heading: str, items: Sequence[str], drafting: _Drafting) -> None:
    labels = [_label(item) for item in items[:MOST_CHOICES]]
    listed = "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    if len(listed) > WHATSAPP_BODY - 120:
        listed = "\n".join(f"{number}. {label}" for number, label in enumerate(labels, 1))
    question = ["question:", "  id: {id}", "  kind: choice", "  choices:"]
    shorts: list[str] = []
    for number, label in enumerate([*labels, "Iets anders"], 1):
        short = label if len(label) <= BUTTON_LABEL else _cut(f"{number}. {label}", BUTTON_LABEL)
        if any(too_alike(short, other) for other in shorts):
            short = f"Nummer {number}"
        shorts.append(short)
        question += [f"    - id: keuze-{number}", f"      label: {_quoted(label)}"]
        question += [f"      short: {_quoted(short)}"] if short != label else []
    text = f"Wat herken je hiervan het meest?\n\n{listed}\n\nEén antwoord is genoeg."
    drafting.add("checkin", heading, f"keuze {heading}", text, [*question, *_ANSWERS])


def _asks(kind: str) -> list[str]:
    return ["question:", "  id: {id}", f"  kind: {kind}", *_ANSWERS]


_ANSWERS: Final = ("answers:", "  - if: else", f"    reply: {_REPLY}")


def _texts(blocks: Iterable[Block]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        match block:
            case Paragraph(text):
                found.append(text)
            case Items(items):
                found += [item if item.endswith(tuple(_CLOSING)) else f"{item.rstrip(' ;,')}." for item in items]
    return found


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.sub(r"\1\n", " ".join(text.split())).split("\n") if count_words(part)]


def _label(item: str) -> str:
    return _cut(_sentences(item)[0] if _sentences(item) else item, _LONGEST_LABEL)


def _cut(text: str, longest: int) -> str:
    """The text on one line, cut behind a whole word."""
    line = " ".join(text.split()).rstrip(" ;,.:")
    if len(line) <= longest:
        return line
    short = line[:longest].rpartition(" ")[0] or line[:longest]
    return short.rstrip(" ;,.:–-(“\"‘'")


def _upto(longest: int, parts: Sequence[str]) -> str:
    """The parts as paragraphs, as far as they fit, up to the end of a sentence."""
    text = ""
    for part in parts:
        between = "\n\n"
        for sentence in _sentences(part):
            longer = f"{text}{between}{sentence}".strip()
            if len(longer) >= longest:
                return text or _cut(sentence, longest - 1)
            text, between = longer, " "
    return text


def _quoted(text: str) -> str:
    """As a YAML scalar on one line."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _file(fields: Sequence[str], text: str) -> str:
    return "\n".join(("---", *fields, "---", text, ""))

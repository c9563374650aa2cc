"""A content file as its fields (YAML) and its text (Markdown), with the lines on which they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.core.content.fields import Fields
from bot.core.content.report import BODY, Report

_FENCE = re.compile(r"---[ \t]*")
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Document:
    fields: Fields
    text: str
    """The Markdown below the front matter, without blank lines around it."""


def read_document(file: str, text: str, report: Report) -> Document | None:
    """A Markdown file with or without front matter; None, with a finding, when its front matter can't be read."""
    lines = _plain(text).split("\n")
    if not _printable(file, lines, report):
        return None
    front, body, first_body_line = "", lines, 1
    if lines and _FENCE.fullmatch(lines[0]):
        end = next((n for n, line in enumerate(lines[1:], 1) if _FENCE.fullmatch(line)), None)
        if end is None:
            report.error(
                file,
                1,
                "Het blok met gegevens bovenaan is niet afgesloten.",
                "Zet een regel met alleen --- onder de gegevens, vóór de tekst.",
            )
            return None
        front, body, first_body_line = "\n".join(lines[1:end]), lines[end + 1 :], end + 2
    blank = next((n for n, line in enumerate(body) if line.strip()), 0)
    report.mark(file, BODY, min(first_body_line + blank, len(lines)))
    fields = _fields(file, front, report, above=1)
    return Document(fields, "\n".join(body).strip()) if fields is not None else None


def read_yaml(file: str, text: str, report: Report) -> Fields | None:
    """A YAML file that holds fields; None, with a finding, when it can't be read."""
    text = _plain(text)
    if not _printable(file, text.split("\n"), report):
        return None
    return _fields(file, text, report, above=0)


def _plain(text: str) -> str:
    """One kind of line ending, and no byte order mark: Windows editors write both."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _printable(file: str, lines: list[str], report: Report) -> bool:
    for number, line in enumerate(lines, 1):
        if found := _UNPRINTABLE.search(line):
            report.error(
                file,
                number,
                f"Hier staat een onzichtbaar of onleesbaar teken (U+{ord(found[0]):04X}).",
                "Haal het weg; typ de regel zo nodig opnieuw.",
            )
            return False
    return True


def _fields(file: str, yaml: str, report: Report, *, above: int) -> Fields | None:
    """`above`: how many lines of the file stand before the first line of `yaml`."""
    try:
        loaded = YAML(typ="rt").load(yaml)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, yaml.count("\n")) + 1 + above if mark else 1
        report.error(file, line, f"Deze gegevens zijn niet te lezen ({_reason(error)}).", _YAML_REMEDY)
        return None
    # ruamel raises the plain ones for values that only look like a date or a number, and for bottomless nesting.
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        report.error(file, 1 + above, f"Deze gegevens zijn niet te lezen ({type(error).__name__}).", _YAML_REMEDY)
        return None
    if loaded is None:
        loaded = CommentedMap()
    if not isinstance(loaded, CommentedMap):
        report.error(
            file,
            1 + above,
            "Hier horen gegevens te staan als 'naam: waarde', één per regel.",
            "Kijk naar de voorbeelden in content/README.md.",
        )
        return None
    return Fields(file, loaded, report, above=above)


def _reason(error: MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "onbekende reden").split("\n")[0]
    if "duplicate key" in problem:
        return "een naam staat er twee keer"
    if "tab" in problem or "'\\t'" in problem:
        return "gebruik spaties, geen tab"
    if "mapping values are not allowed" in problem:
        return "een dubbele punt staat waar dat niet kan"
    return problem


_YAML_REMEDY = (
    "Controleer inspringen (met spaties), dubbele punten en aanhalingstekens; "
    'een tekst met een dubbele punt staat tussen "aanhalingstekens".'
)

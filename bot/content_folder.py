"""The content folder on disk: read whole, validated whole, and reloaded without ever losing the last good version."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.core.content.model import Library
from bot.core.content.parse import FurtherRule, parse
from bot.core.content.report import Finding, Level, errors

_SUFFIXES = (".md", ".yaml", ".yml")
_NOT_CONTENT = frozenset({"readme.md"})
_LARGEST = 256 * 1024

_Stamp = dict[str, tuple[int, int]]


class ContentErrors(Exception):
    """The folder can't be used. `findings` say where and what to do; the caller prints them and goes no further (at
    start) or keeps what it has (while running)."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = errors(findings)[0]
        super().__init__(str(first) if len(findings) == 1 else f"{first} (en {len(findings) - 1} meer)")


def load_folder(path: Path | str) -> Library:
    """The library in the folder. Raises ContentErrors when anything in it is wrong, and for a folder that is not
    there or can't be read; warnings are left out (see `check_folder`)."""
    library, findings = check_folder(path)
    if library is None:
        raise ContentErrors(findings)
    return library


def check_folder(
    path: Path | str, further: Sequence[FurtherRule] = (), instead: Mapping[str, str] | None = None
) -> tuple[Library | None, list[Finding]]:
    """The library, or None when something is wrong, with everything that there is to say about the files.

    `further`: rules that only whoever is writing wants to hear about. `instead`: files (path in the folder -> text)
    that are looked at as if they stood there already."""
    library, findings, _ = _loaded(Path(path), further, instead)
    return library, findings


def _loaded(
    folder: Path, further: Sequence[FurtherRule] = (), instead: Mapping[str, str] | None = None
) -> tuple[Library | None, list[Finding], Mapping[str, str]]:
    if not folder.is_dir():
        remedy = "Controleer de instelling CONTENT_DIR."
        return None, [Finding(str(folder), 1, Level.ERROR, "De map met inhoud bestaat niet.", remedy)], {}
    files, unreadable = _read(folder)
    files.update(instead or {})
    library, findings = parse(files, further=further)
    already_told = {finding.file for finding in unreadable}
    findings = sorted({*unreadable, *(finding for finding in findings if finding.file not in already_told)})
    return (None if errors(findings) else library), findings, files


class ContentFolder:
    """The current library of a folder that people edit while the bot runs."""

    def __init__(self, path: Path | str) -> None:
        """Raises ContentErrors when there is nothing good to start with."""
        self._path = Path(path)
        self._stamp = _stamp(self._path)
        library, findings, files = _loaded(self._path)
        if library is None:
            raise ContentErrors(findings)
        self._library, self._files = library, files

    @property
    def files(self) -> Mapping[str, str]:
        """The texts of the files that `library` was made of, by path in the folder."""
        return self._files

    @property
    def library(self) -> Library:
        """The last version that was good as a whole."""
        return self._library

    def refresh(self) -> list[Finding]:
        """Reads the folder again if a file changed, came or went. A bad load changes nothing and is told once: the
        findings come back (warnings too), and the next call is silent until something changes again."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return []
        self._stamp = stamp
        library, findings, files = _loaded(self._path)
        if library is not None and library.version != self._library.version:
            self._library, self._files = library, files
        return findings


def _content_files(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """In no order. Plain entries, not Paths: the folder is looked at every few seconds, for as long as the bot runs."""
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        # What went away while we looked, and what nobody may read, holds nothing.
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _content_files(entry.path)
        elif entry.name.endswith(_SUFFIXES) and entry.name.lower() not in _NOT_CONTENT and entry.is_file():
            yield entry


def _read(folder: Path) -> tuple[dict[str, str], list[Finding]]:
    files: dict[str, str] = {}
    findings: list[Finding] = []
    for file in sorted(Path(entry.path) for entry in _content_files(folder)):
        name = file.relative_to(folder).as_posix()
        data = b""
        try:
            if file.stat().st_size > _LARGEST:
                findings.append(
                    Finding(name, 1, Level.ERROR, "Dit bestand is veel te groot.", "Knip het op: één stap per bestand.")
                )
                continue
            data = file.read_bytes()
            files[name] = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            findings.append(
                Finding(
                    name,
                    line,
                    Level.ERROR,
                    "Dit bestand is niet als UTF-8 opgeslagen.",
                    "Sla het opnieuw op met codering UTF-8.",
                )
            )
        except OSError as error:
            reason = error.strerror or "onbekende reden"
            findings.append(
                Finding(
                    name,
                    1,
                    Level.ERROR,
                    f"Dit bestand is niet te lezen ({reason}).",
                    "Controleer de rechten van het bestand.",
                )
            )
    return files, findings


def _stamp(folder: Path) -> _Stamp:
    """When and how large each file is: enough to see an edit without reading anything."""
    stamp: _Stamp = {}
    for entry in _content_files(folder):
        try:
            found = entry.stat()
        except FileNotFoundError:
            continue
        stamp[entry.path] = (found.st_mtime_ns, found.st_size)
    return stamp

"""What can't be done for an author, as one plain Dutch sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class Refused(Exception):
    """The caller prints the sentence and stops; nothing was written."""


def text_of(file: Path) -> str:
    """The text of a file. Raises Refused when it is not there, or not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is niet als UTF-8 opgeslagen. Sla het opnieuw op met codering UTF-8.") from error
    except OSError as error:
        raise Refused(f"{file} is niet te lezen: {error.strerror or 'onbekende reden'}.") from error


def write_new(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files (path in the folder -> text), all or none: raises Refused when one of them is there already or
    can't be written."""
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise Refused(f"{folder / there[0]} bestaat al. Er is niets veranderd; kies een andere naam.")
    written: list[Path] = []
    try:
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as handle:
                written.append(file)
                handle.write(text)
    except OSError as error:
        for file in written:
            file.unlink()
        raise Refused(f"{error.filename} kan niet geschreven worden: {error.strerror}.") from error

"""The commands of whoever runs Nabij: backup, restore, release, doctor. Each may raise Unusable or ContentErrors."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings

commands = typer.Typer()


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="BESTAND", help="De back-up, zoals nabij-2026-03-20.backup.")],
) -> None:
    """Maakt een back-up van de database; Nabij mag gewoon doordraaien."""
    # Imported here, as everywhere below: the store takes a second to load, and `nabij --help` has no use for it.
    from bot import upkeep

    _say(upkeep.backup(Settings(), file))


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="BESTAND", help="De back-up.")],
    *,
    tombstones: Annotated[
        list[Path] | None, typer.Option(help="Ook de tombstones.log van een andere machine; mag vaker.")
    ] = None,
) -> None:
    """Zet een back-up terug, met alles wat open stond vastgehouden. Nabij moet stil staan."""
    from bot import upkeep

    _say(asyncio.run(upkeep.restore(Settings(), file, tombstones or ())))


@commands.command()
def release(
    *,
    send: Annotated[bool, typer.Option("--send", help="Verstuur alsnog wat wordt vastgehouden.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Laat vervallen wat wordt vastgehouden.")] = False,
    practice: Annotated[str, typer.Option(help="Alleen deze praktijk.")] = "",
) -> None:
    """Beslist na een restore over wat is vastgehouden; zonder keuze laat het alleen zien wat dat is."""
    from bot import upkeep
    from bot.refusals import Unusable

    settings = Settings()
    if send and drop:
        raise Unusable("Kies --send of --drop, niet allebei.")
    if not send and not drop:
        _say(asyncio.run(upkeep.whats_held(settings)))
        return
    choice = upkeep.Choice.SEND if send else upkeep.Choice.DROP
    _say(asyncio.run(upkeep.release(settings, choice, practice)))


@commands.command()
def doctor() -> None:
    """Kijkt na of alles klopt: database, klok, schijf, accounts, certificaat, inhoud en hulplijnen."""
    from bot.doctor import Verdict, examine

    examined = asyncio.run(examine(Settings()))
    _say(str(line) for line in examined)
    if any(line.verdict is Verdict.WRONG for line in examined):
        sys.exit(1)


@commands.command()
def alarms(
    practice: Annotated[str, typer.Argument(metavar="PRAKTIJK", help="De korte naam, zoals mariposha.")],
    *,
    release: Annotated[int | None, typer.Option(help="Nummer van wie weer verder mag.")] = None,
) -> None:
    """Wie van een praktijk in alarm is, en of de praktijk een seintje kreeg; --release geeft iemand weer vrij."""
    from bot.concerns import alarms as of_practice

    if release is None:
        _say(asyncio.run(of_practice.standing(Settings(), practice)))
    else:
        _say(asyncio.run(of_practice.release(Settings(), practice, release)))


@commands.command()
def ages(
    practice: Annotated[str, typer.Argument(metavar="PRAKTIJK", help="De korte naam, zoals mariposha.")],
    *,
    lift: Annotated[int | None, typer.Option(help="Nummer van wie toch 16 of ouder is.")] = None,
) -> None:
    """Wie van een praktijk zei jonger dan 16 te zijn; --lift zet een vergissing recht."""
    from bot.concerns import ages as of_practice

    if lift is None:
        _say(asyncio.run(of_practice.under_sixteen(Settings(), practice)))
    else:
        _say(asyncio.run(of_practice.lift(Settings(), practice, lift)))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)

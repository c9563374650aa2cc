"""The commands about people's data: export, erase, proof, audit. Each may raise Unusable or ContentErrors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings

commands = typer.Typer()

Slug = Annotated[str, typer.Argument(metavar="PRAKTIJK", help="De korte naam van de praktijk, zoals mariposha.")]
Whom = Annotated[
    str, typer.Argument(metavar="WIE", help="Het nummer van de abonnee, of kanaal:adres zoals telegram:123456.")
]


@commands.command()
def export(
    practice: Slug,
    whom: Whom,
    *,
    to: Annotated[Path, typer.Option("--to", help="De map waar de bestanden komen.")] = Path(),
) -> None:
    """Schrijft alles wat van iemand bewaard wordt naar twee bestanden: om te lezen, en voor een ander programma."""
    # Imported here, as everywhere below: the store takes a second to load, and `nabij --help` has no use for it.
    from bot import data_requests

    _say(asyncio.run(data_requests.export_person(Settings(), practice, whom, to)))


@commands.command()
def erase(
    practice: Slug,
    whom: Whom,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Vraag niet of je het zeker weet.")] = False,
) -> None:
    """Wist alles van iemand, voor altijd. Nabij mag gewoon doordraaien. Er wordt niets naar de persoon gestuurd."""
    from bot import data_requests

    settings = Settings()
    if not yes:
        number = asyncio.run(data_requests.whom_it_is(settings, practice, whom))
        asked = f"Alles wissen van abonnee {number} van {practice}? Dit kan niet terug. Typ ja om te wissen"
        if typer.prompt(asked, default="nee").strip().lower() not in {"ja", "j", "yes", "y"}:
            raise typer.Abort
    _say(asyncio.run(data_requests.erase_person(settings, practice, whom)))


@commands.command()
def proof(
    practice: Slug,
    address: Annotated[str, typer.Argument(metavar="ADRES", help="kanaal:adres zoals telegram:123456.")],
) -> None:
    """Zoekt op welke toestemmingen een gewist iemand gaf en introk."""
    from bot import data_requests

    _say(asyncio.run(data_requests.proof_of(Settings(), practice, address)))


@commands.command()
def audit(
    practice: Slug,
    *,
    of: Annotated[str, typer.Option("--of", metavar="WIE", help="Alleen over deze abonnee.")] = "",
) -> None:
    """Laat zien wie wiens gegevens bekeek, meenam of wiste."""
    from bot import data_requests

    _say(asyncio.run(data_requests.audit(Settings(), practice, of)))


@commands.command()
def register(
    practice: Slug,
    *,
    to: Annotated[Path, typer.Option("--to", help="De map waar de bestanden komen.")] = Path(),
) -> None:
    """Schrijft het verwerkingsregister en de privacyverklaring van een praktijk, uit wat er is ingesteld."""
    from datetime import UTC, datetime

    from bot.register import write_register

    _say(write_register(Settings(), practice, to, datetime.now(UTC)))


keys = typer.Typer(help="De sleutels waarmee teksten versleuteld zijn: bekijken, vervangen, de oude weghalen.")
commands.add_typer(keys, name="keys")


@keys.callback(invoke_without_command=True)
def tell_keys(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        from bot import key_rotation

        _say(asyncio.run(key_rotation.tell_keys(Settings())))


@keys.command()
def rotate() -> None:
    """Zet alle versleutelde teksten onder een nieuwe sleutel. Wie wordt onderbroken, begint gewoon nog eens."""
    from bot import key_rotation

    _say(asyncio.run(key_rotation.rotate_keys(Settings())))


@keys.command()
def drop() -> None:
    """Haalt de oude sleutel weg, zodra niets hem meer nodig heeft."""
    from bot import key_rotation

    _say(asyncio.run(key_rotation.drop_old_keys(Settings())))


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)

"""The command `nabij`. What it says is Dutch; every known problem is one clear line and an exit code, no traceback."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot import logs
from bot.authoring.commands import commands as authoring
from bot.authoring.refusal import Refused
from bot.cli_operations import commands as operations
from bot.cli_privacy import commands as privacy
from bot.cli_usage import UsageError, told
from bot.content_folder import ContentErrors, load_folder
from bot.core.content.model import Practice
from bot.core.content.report import Finding, Level
from bot.core.dutch import long_date
from bot.core.schedule import local
from bot.settings import DemoSettings, Settings, problems

WRONG = 2
"""Exit code for what the person who starts it has to mend."""
cli = typer.Typer(
    name="nabij",
    help="Nabij: een zelf te draaien berichtenbot voor praktijken voor therapie en coaching.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli.add_typer(authoring)
cli.add_typer(operations)
cli.add_typer(privacy)


def main() -> None:
    with _said_plainly():
        sys.exit(cli(standalone_mode=False) or 0)


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Known problems in one line; anything else keeps its traceback, since it is a mistake of ours."""
    try:
        yield
    except ContentErrors as error:
        for finding in error.findings:
            _complain(str(finding))
        _fail("De inhoud kan zo niet gebruikt worden. Er is niets veranderd.")
    except ValidationError as error:
        for line in problems(error):
            _complain(line)
        sys.exit(WRONG)
    except UsageError as error:
        _fail(told(error))
    except typer.Abort:
        _complain("Afgebroken. Er is niets veranderd.")
        sys.exit(1)
    except Exception as error:
        from bot.refusals import Unusable

        if not isinstance(error, Unusable | Refused):
            raise
        _fail(str(error))


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


def _fail(sentence: str) -> NoReturn:
    _complain(sentence)
    sys.exit(WRONG)


@cli.command()
def demo(
    *,
    lan: Annotated[bool, typer.Option("--lan", help="Laat ook telefoons in huis meedoen (alleen de chat).")] = False,
    port: Annotated[int | None, typer.Option(help="Poort; standaard 8080.")] = None,
    speed: Annotated[float, typer.Option(help="Hoe snel de klok loopt; 1 is gewoon, hooguit 20000.")] = 1.0,
) -> None:
    """Start alles op deze computer, met een klok die je vooruit kunt zetten. Geen account of token nodig."""
    settings = DemoSettings(lan=lan, clock_speed=speed)
    changes: dict[str, Any] = {"data_dir": settings.data_dir / "demo"}
    if lan and "host" not in settings.model_fields_set:
        changes["host"] = "0.0.0.0"  # noqa: S104 -- that is what the person asked for
    if "log_level" not in settings.model_fields_set:
        changes["log_level"] = "warning"
    if port is not None:
        changes["port"] = port
    settings = settings.model_copy(update=changes)
    _serve(settings, "all", lambda address: _announce_demo(settings, address))


def _announce_demo(settings: Settings, address: str) -> None:
    console = Console(highlight=False)
    here = address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 -- compared, not bound
    console.print("\n[bold]Nabij draait.[/bold] Dit is een demo, niet namens een praktijk.\n")
    console.print(f"  Open [bold]{here}/[/bold] en stuur een praktijk een woord. Of begin meteen:")
    practices = load_folder(settings.content_dir).practices
    width = max(len(practice.short_name) for practice in practices.values())
    for slug, practice in practices.items():
        console.print(f"  {practice.short_name:<{width}}  {here}/chat/{slug}")
    if settings.lan and (phone := _own_address()):
        console.print(f"  Op je telefoon, op dezelfde wifi: [bold]http://{phone}:{here.rpartition(':')[2]}/[/bold]")
    console.print("\n  Stoppen: Ctrl-C. De gesprekken blijven in " + str(settings.data_dir) + ".\n")


def _own_address() -> str:
    """This machine's address in the house; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


@cli.command()
def serve(
    *,
    role: Annotated[str, typer.Option(help="all, web of worker; de laatste twee alleen met PostgreSQL.")] = "all",
) -> None:
    """Draait de bot met de instellingen uit de omgeving (NABIJ_...)."""
    settings = Settings()
    _serve(settings, role, lambda address: print(f"Nabij draait{f' op {address}' if address else ''}.", flush=True))


def _serve(settings: Settings, role: str, ready: Any) -> None:
    # Imported here: starting takes most of its time importing, and `nabij --help` does not need it. Neither that nor
    # most of what is read at the start becomes garbage: `run` looks for it once it is ready, and not among the modules.
    gc.disable()
    from bot.app import Role
    from bot.server import run

    gc.freeze()
    if role not in tuple(Role):
        _fail(f"--role is all, web of worker, niet '{role}'.")
    as_json = not sys.stderr.isatty() if settings.log_json is None else settings.log_json
    logs.configure(settings.log_level, as_json=as_json)
    asyncio.run(run(settings, Role(role), ready))


@cli.command()
def migrate() -> None:
    """Brengt de database naar de tabellen van deze versie."""
    from bot.data_folder import migrate_database

    with Console(stderr=True).status("De database wordt bijgewerkt; bij veel rijen duurt dat even..."):
        changed = asyncio.run(migrate_database(Settings()))
    print("De database is bijgewerkt." if changed else "De database is al bij.")


@cli.command()
def check(
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Ook waarschuwingen tellen als fout.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Eén JSON-object per regel.")] = False,
    coverage: Annotated[bool, typer.Option("--coverage", help="Ook of elk kopje van elk artikel terugkomt.")] = False,
    articles: Annotated[Path | None, typer.Option(help="Map met de artikelen zelf (.txt), voor --coverage.")] = None,
    safety: Annotated[bool, typer.Option("--safety", help="Hoeveel de veiligheidscheck herkent, per soort.")] = False,
) -> None:
    """Kijkt inhoud, instellingen en hulplijnen na: bij elke fout bestand, regel en wat je kunt doen."""
    if safety:
        _print_safety_rates()
        return
    # Imported here: reading levels take a third of a second to load, and only this looks at them.
    from bot.authoring.checking import check_content, check_content_and_coverage, print_coverage
    from bot.core.safety.helplines import verify_helplines

    folder = Settings().content_dir
    if coverage or articles is not None:
        findings, rows = check_content_and_coverage(folder, articles)
        if not as_json:
            print_coverage(Console(), rows)
    else:
        findings = check_content(folder)
    findings = [*findings, *_age_of_helplines(verify_helplines(datetime.now().astimezone().date()))]
    for finding in findings:
        if as_json:
            print(json.dumps(_as_object(finding), ensure_ascii=False))
        else:
            print(finding)
    errors = sum(1 for finding in findings if finding.level is Level.ERROR or strict)
    if not as_json:
        print("Alles in orde." if not findings else f"{len(findings)} bevindingen, waarvan {errors} fout.")
    if errors:
        sys.exit(1)


def _print_safety_rates() -> None:
    from bot.authoring.safety_rates import print_rates, sentences_folder

    folder = sentences_folder()
    if folder is None:
        print(
            "De gelabelde zinnen zitten niet in een geïnstalleerde kopie. Haal de broncode van deze versie op en voer "
            "daar `nabij check --safety` uit; de cijfers van deze versie staan in bot/core/safety/model.md."
        )
        return
    print_rates(Console(), folder)


def _age_of_helplines(found: Any) -> list[Finding]:
    return list(found)


def _as_object(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line,
        "level": finding.level.value,
        "problem": finding.problem,
        "remedy": finding.remedy,
    }


_WHO: Final = {
    "faithful": "met iemand die op alles antwoordt",
    "silent": "met iemand die stil blijft",
    "late": "met iemand die een dag later antwoordt",
}


@cli.command()
def simulate(
    practice: Annotated[str, typer.Argument(metavar="PRAKTIJK", help="De korte naam, zoals mariposha.")],
    keyword: Annotated[str, typer.Argument(metavar="WOORD", help="Wat de persoon stuurt, zoals HECHTING.")],
    *,
    days: Annotated[int, typer.Option(min=1, max=400, help="Hoeveel dagen.")] = 21,
    answers: Annotated[str, typer.Option(help="faithful, silent, late, of een YAML-bestand.")] = "faithful",
    start: Annotated[str, typer.Option(help="Eerste dag, zoals 2026-03-20; standaard vandaag.")] = "",
    html: Annotated[Path | None, typer.Option(help="Schrijf een pagina om door te sturen.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Eén JSON-object per bericht.")] = False,
) -> None:
    """Laat zien wat iemand meemaakt, van het eerste woord tot het laatste bericht. Er wordt niets verstuurd."""
    from bot.simulation import PERSONAS, Scripted, silent
    from bot.simulation import simulate as run
    from bot.transcript import as_page, as_text, in_terminal

    content = _practice(practice)
    persona, script = PERSONAS.get(answers, silent), tuple[Scripted, ...]()
    if answers not in PERSONAS:
        script = _script(Path(answers))
    first = _date(start) if start else local(datetime.now().astimezone(), content.zone).date()
    lines = run(content, keyword, first, days, persona, script)
    if as_json:
        for line in lines:
            print(json.dumps(line.as_json(), ensure_ascii=False))
    elif html is not None:
        title = f"{content.short_name}: {keyword.upper()}"
        who = _WHO.get(answers, "met antwoorden uit een bestand")
        since = f"{days} dagen vanaf {long_date(first)} {first.year}"
        page = as_page(lines, title, f"{since}, {who}. Een simulatie, er is niets verstuurd.")
        _write(html, page)
        print(f"Geschreven: {html}")
    elif sys.stdout.isatty():
        in_terminal(Console(), lines)
    else:
        print("\n".join(as_text(lines)))


def _practice(slug: str) -> Practice:
    library = load_folder(Settings().content_dir)
    if slug not in library.practices:
        _fail(f"De praktijk '{slug}' ken ik niet. Wel: {', '.join(sorted(library.practices))}.")
    return library.practices[slug]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        _fail(f"'{text}' is geen datum. Schrijf jaar-maand-dag, zoals 2026-03-20.")


def _script(file: Path) -> Any:
    from bot.simulation import scripted

    try:
        entries = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        _fail(f"'{file}' is geen faithful, silent of late, en ook geen bestand.")
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        _fail(f"{file} is niet te lezen: {error}")
    if not isinstance(entries, list):
        _fail(f'{file}: schrijf een lijst met regels zoals - {{day: 1, at: "19:30", text: gedaan}}')
    try:
        return scripted(entries)
    except ValueError as error:
        _fail(f"{file}: {error}")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{file} kan niet geschreven worden: {error.strerror}")

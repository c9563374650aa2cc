"""The commands of an author: `nabij new`, `nabij preview`, `nabij draft`. Each may raise Refused or ContentErrors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot.authoring import examples
from bot.authoring.articles import read_article
from bot.authoring.drafting import draft_program
from bot.authoring.refusal import Refused, text_of, write_new
from bot.content_folder import check_folder, load_folder
from bot.core.content.report import errors
from bot.core.text import normalise
from bot.settings import Settings

commands = typer.Typer()
new = typer.Typer(
    name="new", help="Maakt een ingevuld voorbeeld om mee te beginnen.", no_args_is_help=True, rich_markup_mode=None
)
commands.add_typer(new)

Slug = Annotated[str, typer.Argument(help="De map van de praktijk, zoals de-wilg.")]


@new.command("practice")
def new_practice(
    slug: Slug,
    *,
    name: Annotated[str, typer.Option(help="De volledige naam.")] = "",
    keyword: Annotated[str, typer.Option(help="Het eerste woord dat mensen sturen.")] = "RUIMTE",
) -> None:
    """Een praktijk met één woord en één programma."""
    written = examples.new_practice(_folder(), slug, name, keyword)
    _told(
        written,
        f"Vul in {written[0]} de gegevens van de praktijk in.",
        f"Lees wat iemand krijgt: nabij simulate {slug} {keyword.upper()}",
        f"Geef elke tekst je eigen woorden, en kijk alles na: nabij check. Proberen: nabij demo, en dan /chat/{slug}",
    )


@new.command("program")
def new_program(
    practice: Slug,
    program: Annotated[str, typer.Argument(help="De map van het programma, zoals eigen-ruimte.")],
    *,
    title: Annotated[str, typer.Option(help="De titel zoals mensen die zien.")] = "",
) -> None:
    """Een programma van een week, met een keuze onderweg."""
    written = examples.new_program(_folder(), practice, program, title)
    _told(
        written,
        f"Zet 'program: {program}' in keyword.md van het woord dat erbij hoort.",
        f"Bekijk het in één keer: nabij preview {practice} {program} --html {program}.html",
    )


@new.command("step")
def new_step(
    practice: Slug,
    program: Annotated[str, typer.Argument(help="De map van het programma.")],
    step: Annotated[str, typer.Argument(help="De naam van de stap, zoals oude-gewoonte.")],
    *,
    kind: Annotated[str, typer.Option(help="lesson, exercise, checkin, offer of goodbye.")] = "lesson",
) -> None:
    """Eén stap, na de stappen die er al zijn."""
    written = examples.new_step(_folder(), practice, program, step, kind)
    _told(
        written,
        "Verander het nummer vooraan de bestandsnaam als de stap eerder of later komt. De naam erachter blijft.",
        f"Bekijk het geheel: nabij preview {practice} {program} --html {program}.html",
    )


@new.command("keyword")
def new_keyword(
    practice: Slug,
    word: Annotated[str, typer.Argument(help="Het woord dat mensen sturen, zoals ROUW.")],
    *,
    program: Annotated[str, typer.Option(help="Het programma dat erbij hoort.")] = "",
) -> None:
    """Een woord met uitleg, oefening en vervolg."""
    written = examples.new_keyword(_folder(), practice, word, program)
    _told(written, f"Lees wat iemand krijgt: nabij simulate {practice} {word.upper()}")


@commands.command()
def preview(
    practice: Slug,
    program: Annotated[str, typer.Argument(help="De map van het programma.")],
    *,
    html: Annotated[Path | None, typer.Option(help="Schrijf een pagina om te bekijken of door te sturen.")] = None,
) -> None:
    """Laat een heel programma zien, met elk antwoord en wat erop volgt. Er wordt niets verstuurd."""
    from bot.authoring.preview import as_page, as_text

    content = examples.practice_in(load_folder(_folder()), practice)
    if program not in content.programs:
        raise Refused(f"Het programma '{program}' bestaat niet. Kies uit: {', '.join(content.programs) or 'geen'}.")
    found = content.programs[program]
    if html is None:
        print("\n".join(as_text(content, found)))
        return
    _replace(html, as_page(content, found))
    print(f"Geschreven: {html}")


@commands.command()
def draft(
    article: Annotated[Path, typer.Argument(help="Je eigen artikel, als gewone tekst (.txt).")],
    *,
    practice: Annotated[str, typer.Option(help="De map van de praktijk, zoals de-wilg.")],
    program: Annotated[str, typer.Option(help="De map van het programma; standaard naar het artikel.")] = "",
) -> None:
    """Knipt een eigen artikel in een concept-programma, op deze computer. Er wordt niets van verstuurd."""
    folder = _folder()
    content = examples.practice_in(load_folder(folder), practice)
    try:
        read = read_article(text_of(article))
    except ValueError as error:
        raise Refused(f"In {article} staat geen tekst.") from error
    name = slug_of(article.stem)
    program = program or name.removeprefix(f"{practice}-")
    home = f"practices/{practice}/programs/{program}/"
    files = draft_program(read, name, next(iter(content.offers), ""))
    made = {home + file: text for file, text in sorted(files.items())}
    if not (folder / home).exists():
        wrong = errors(check_folder(folder, instead=made)[1])
        if wrong:
            raise Refused(f"Dit artikel laat zich niet knippen. {wrong[0]}")
    elif any((folder / home).iterdir()):
        raise Refused(f"{folder / home} bestaat al. Er is niets veranderd; kies met --program een andere naam.")
    write_new(folder, made)
    _told(
        list(made),
        f"Lees het als geheel: nabij preview {practice} {program} --html {program}.html",
        "Haal weg wat je iemand niet ongevraagd stuurt als hij alleen thuis is, en maak er korte zinnen van, met 'je'.",
        "Voeg oefeningen toe: nabij new step "
        f"{practice} {program} naam-van-de-stap --kind exercise. Haal per stap 'draft: true' weg als de tekst klopt.",
        "Is alles goed, haal 'draft: true' dan ook weg uit program.yaml. Tot die tijd wordt er niets verstuurd.",
    )


def slug_of(name: str) -> str:
    """A folder's name for what a person calls it. Raises Refused when nothing is left of it."""
    slug = "-".join(re.findall(r"[a-z0-9]+", normalise(name)))
    if not slug:
        raise Refused(f"Van '{name}' kan ik geen mapnaam maken. Geef er een met --program.")
    return slug


def _folder() -> Path:
    return Settings().content_dir


def _replace(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{file} kan niet geschreven worden: {error.strerror}.") from error


def _told(written: Sequence[str], *following: str) -> None:
    print("Geschreven:")
    for name in written:
        print(f"  {_folder() / name}")
    print("\nHoe nu verder:")
    for number, line in enumerate(following, 1):
        print(f"  {number}. {line}")

"""Reading an article as people publish it: what is a heading, what is a list, what is only the page around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring.articles import Items, Paragraph, read_article

ARTICLES = Path(__file__).parents[3] / "shared" / "articles"
ARTICLE = """praktijk-over-rust
Praktijk De Wilg
12/10/2025
3 min

Rust en ruimte

Waarom rust soms spannend is (en wat je ermee kunt)

Iedereen kent het wel. Je gaat zitten,
en meteen komt er onrust.

  • je handen zoeken iets;
  • je denkt aan morgen.

Wat is een grens?

Een grens is de plek waar jij begint. Je merkt hem vaak eerder dan je denkt.
Hoe is dat voor jou?

1. Merk het op.
2. Adem uit.
Plan een kennismaking
Je bent welkom. Bel ons gerust.

Reacties
© 2025 De Wilg
"""


def test_headings_are_told_from_sentences_and_from_the_page() -> None:
    article = read_article(ARTICLE)
    assert article.title == "Rust en ruimte"
    assert [section.heading for section in article.sections] == [
        "Waarom rust soms spannend is (en wat je ermee kunt)",
        "Wat is een grens?",
        "Plan een kennismaking",
    ]


def test_paragraphs_and_lists_keep_their_order_and_every_word() -> None:
    first, second, third = read_article(ARTICLE).sections
    assert first.blocks == (
        Paragraph("Iedereen kent het wel. Je gaat zitten, en meteen komt er onrust."),
        Items(("je handen zoeken iets;", "je denkt aan morgen.")),
    )
    assert second.blocks[-1] == Items(("Merk het op.", "Adem uit."))
    assert isinstance(second.blocks[0], Paragraph)
    assert second.blocks[0].text.endswith("Hoe is dat voor jou?")
    assert third.blocks == (Paragraph("Je bent welkom. Bel ons gerust."),)


def test_text_above_the_first_heading_is_a_section_too() -> None:
    intro = "Dit is een inleiding van meer dan twintig woorden, want anders lijkt zij op de knoppen van een site. " * 2
    article = read_article(f"grenzen\n\n{intro}\n\nWat je doet\n\nJe ademt uit.")
    assert [section.heading for section in article.sections] == ["grenzen", "Wat je doet"]


def test_links_under_each_other_are_no_headings() -> None:
    article = read_article("Reeks\n\nDit is een reeks.\n\nDeel 1: Rust\nDeel 2: Ruimte\nDeel 3: Grenzen\n")
    assert [section.heading for section in article.sections] == ["Reeks"]


def test_an_article_from_windows_reads_the_same() -> None:
    assert read_article("\ufeff" + ARTICLE.replace("\n", "\r\n")) == read_article(ARTICLE)


@pytest.mark.parametrize("text", ["Eén zin zonder kopje.", "Rust", "- een\n- twee"])
def test_an_article_without_headings_is_one_section(text: str) -> None:
    assert len(read_article(text).sections) == 1


@pytest.mark.parametrize("text", ["", "\n \n", "123\n---\n"])
def test_a_text_without_words_is_no_article(text: str) -> None:
    with pytest.raises(ValueError, match="no text"):
        read_article(text)


@pytest.mark.skipif(not ARTICLES.is_dir(), reason="the folder of articles is not beside this checkout")
@pytest.mark.parametrize(
    ("name", "count", "last"),
    [
        ("bellein-academie-hechtingspatronen", 7, "Wil je dit niet alleen lezen maar ook ervaren in je lijf?"),
        ("ik-kies-jou-bindingsangst-ontmaskerd", 11, "Bindingsangst ontmaskerd: de conclusie"),
        ("ik-kies-jou-terugtrekken", 9, "Bindingsangst hoeft je relatie niet te bepalen"),
        ("mariposha-hechtingsproblemen", 8, "Wil jij je hechtingspatroon begrijpen en verzachten?"),
        ("praktijk-de-liefde-impact-van-bindingsangst", 13, "Doe mee met onze podcast over relaties!"),
    ],
)
def test_the_real_articles_have_their_sections(name: str, count: int, last: str) -> None:
    sections = read_article((ARTICLES / f"{name}.txt").read_text(encoding="utf-8")).sections
    assert (len(sections), sections[-1].heading) == (count, last)

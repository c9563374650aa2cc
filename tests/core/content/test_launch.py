"""What a practice still needs before its texts go to people."""

from __future__ import annotations

import pytest

from bot.core.content.launch import missing_for_launch
from tests.core.content.example import EXAMPLE, HOME, changed, read

LINK = "link: https://wilg.example/kennismaken"
LIVE = "link: https://www.dewilg.nl/kennismaken"


def missing(files: dict[str, str]) -> list[str]:
    library, _ = read(files)
    assert library is not None
    return missing_for_launch(library.practices["wilg"])


def test_an_approved_practice_with_links_misses_nothing() -> None:
    assert missing(changed(f"{HOME}practice.yaml", LINK, LIVE)) == []


def test_nobody_approved_it() -> None:
    files = changed(f"{HOME}practice.yaml", "  by: W. de Vries\n  on: 2026-03-01", '  by: ""\n  on: ""')
    files[f"{HOME}practice.yaml"] = files[f"{HOME}practice.yaml"].replace(LINK, LIVE)
    assert [line.partition(":")[0] for line in missing(files)] == ["approved"]


@pytest.mark.parametrize(
    "link", ['link: ""', "link: binnenkort", "link: https://wilg.example/a", "link: http://x.test"]
)
def test_an_offer_leads_nowhere(link: str) -> None:
    assert missing(changed(f"{HOME}practice.yaml", LINK, link)) == ["offers.gesprek.link: het adres van 'Kennismaking'"]


@pytest.mark.parametrize("link", ["link: https://example.nl", "link: tel:+31201234567", "link: t.me/wilg"])
def test_an_offer_leads_somewhere(link: str) -> None:
    assert missing(changed(f"{HOME}practice.yaml", LINK, link)) == []


def test_the_example_itself_is_only_an_example() -> None:
    assert len(missing(dict(EXAMPLE))) == 1

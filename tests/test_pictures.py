"""The picture of a week: a PNG of one size that is the same each time."""

import asyncio
import struct
import subprocess
import sys
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from bot import pictures
from bot.core.messages import Picture, Series

pytestmark = pytest.mark.slow

MONDAY = date(2026, 3, 9)


def points(*numbers: int, step: int = 1) -> tuple[tuple[date, int], ...]:
    return tuple((MONDAY + timedelta(days=step * at), number) for at, number in enumerate(numbers))


def picture(*series: Series, days: int = 6) -> Picture:
    return Picture(alt="Spanning", series=series, first=MONDAY, last=MONDAY + timedelta(days=days))


TENSION = Series("Spanning", points(7, 3, 5, 8))


async def test_a_picture_is_a_png_of_twice_its_size_on_a_page() -> None:
    png = await pictures.png(picture(TENSION))
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (2 * pictures.WIDTH, 2 * pictures.HEIGHT)
    assert len(png) < 300_000


async def test_the_same_picture_is_drawn_alike_and_another_one_differently() -> None:
    two = picture(TENSION, Series("Nabijheid", points(2, 2, 6)))
    drawn = [pictures._draw(two), pictures._draw(two), pictures._draw(picture(TENSION))]
    assert drawn[0] == drawn[1] != drawn[2]
    assert b"matplotlib" not in drawn[0]


async def test_many_at_once_are_drawn_each_for_itself() -> None:
    wanted = [picture(Series("Spanning", points(number, 5))) for number in (1, 3, 9)]
    together = await asyncio.gather(*map(pictures.png, wanted))
    assert together == [pictures._draw(one) for one in wanted]


async def test_a_picture_brings_its_own_opaque_light_paper() -> None:
    image = Image.open(BytesIO(await pictures.png(picture(TENSION)))).convert("RGBA")
    assert image.getchannel("A").getextrema() == (255, 255)
    corners = {image.getpixel((x, y)) for x in (0, image.width - 1) for y in (0, image.height - 1)}
    assert corners == {(0xFB, 0xF0, 0xE2, 255)}


@pytest.mark.parametrize(
    "of",
    [
        picture(Series("Spanning", points(0, 10)), Series("Nabijheid", points(0, 10))),
        picture(Series("Spanning", points(7, 5, step=13)), days=27),
        picture(Series("Vriendelijke blikken " * 2, points(5, 5)), Series("Behoefte zeggen", points(10))),
    ],
    ids=["the same numbers", "four weeks", "long names"],
)
def test_nothing_stands_against_the_edge(of: Picture) -> None:
    image = Image.open(BytesIO(pictures._draw(of))).convert("RGB")
    paper = Image.new("RGB", image.size, (0xFB, 0xF0, 0xE2))
    edge = 12
    for box in (
        (0, 0, image.width, edge),
        (0, image.height - edge, image.width, image.height),
        (0, 0, edge, image.height),
        (image.width - edge, 0, image.width, image.height),
    ):
        assert image.crop(box).tobytes() == paper.crop(box).tobytes()


def test_the_library_is_not_loaded_before_the_first_picture() -> None:
    script = "import sys, bot.app; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

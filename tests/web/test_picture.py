"""A picture in the web chat: for the eyes of the one visitor it was sent to."""

from datetime import date

from bot.core.messages import Kind, Outgoing, Picture, Series
from tests.web.house import House, Visitor, eventually

WEEK = Picture(
    alt="Spanning: maandag 9 maart een 7, dinsdag 10 maart een 3.",
    series=(Series("Spanning", ((date(2026, 3, 9), 7), (date(2026, 3, 10), 3))),),
    first=date(2026, 3, 9),
    last=date(2026, 3, 15),
)


async def told(house: House) -> tuple[Visitor, str]:
    """A visitor who was told of the week, and the address of the picture."""
    anna = house.visitor()
    await anna.opens()
    await house.tell(anna.address, Outgoing(text="Je week.", kind=Kind.WEEK, picture=WEEK))

    async def there() -> bool:
        await anna.opens()
        return bool(anna.lines)

    await eventually(there)
    return anna, f"/chat/mariposha/picture/{anna.lines[0]['id']}.png"


async def test_the_line_tells_the_picture_in_words_and_its_address_gives_the_png(house: House) -> None:
    anna, address = await told(house)
    assert anna.lines[0]["picture"] == WEEK.alt
    response = await anna.client.get(address)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert response.content.startswith(b"\x89PNG")
    assert response.headers["cache-control"] == "no-store"
    assert "img-src 'self'" in response.headers["content-security-policy"]


async def test_another_visitor_does_not_get_it(house: House) -> None:
    _, address = await told(house)
    bo = house.visitor()
    await bo.opens()
    assert (await bo.client.get(address)).status_code == 404
    assert (await house.browser().get(address)).status_code == 401


async def test_after_not_me_the_same_browser_does_not_get_it(house: House) -> None:
    anna, address = await told(house)
    await anna.posts("forget", {})
    assert (await anna.client.get(address)).status_code == 404


async def test_a_message_without_a_picture_has_none(house: House) -> None:
    anna = house.visitor()
    await anna.opens()
    await house.tell(anna.address, Outgoing(text="Dag."))

    async def there() -> bool:
        await anna.opens()
        return bool(anna.lines)

    await eventually(there)
    assert anna.lines[0]["picture"] is None
    assert (await anna.client.get(f"/chat/mariposha/picture/{anna.lines[0]['id']}.png")).status_code == 404
    assert (await anna.client.get("/chat/mariposha/picture/x.png")).status_code == 400


async def test_at_another_practice_there_is_no_such_picture(house: House) -> None:
    anna, address = await told(house)
    await anna.client.get("/chat/bellein", headers={"Accept": "text/html"})
    assert (await anna.client.get(address.replace("mariposha", "bellein"))).status_code == 404

"""The oracle itself: it says what is wrong, and only that."""

from dataclasses import replace

import pytest

from tests.faults.oracle import Judged, Row, Truth, judge
from tests.stubs.telegram_world import Sent

HELLO = Row(
    practice="a", chat=1, cause="in:1", n=0, unasked=False, state="accepted", resends=0, retries=0,
    duplicate_possible=False, reason="", text="hello",
)  # fmt: skip
BYE = replace(HELLO, n=1, text="bye")
LESSON = replace(HELLO, cause="visit:1", unasked=True, text="lesson")
STOPPED_AT = 100.0


def came(text: str, bot: str = "a", chat: int = 1, at: float = 50.0) -> Sent:
    return Sent(bot, chat, 1, text, text, [], at)


def judged(rows: list[Row], *ledger: Sent, received: frozenset[tuple[str, int]] = frozenset({("a", 7)})) -> Judged:
    return judge(
        Truth(
            rows=rows,
            ledger=ledger,
            practices={"a": "a", "b": "b"},
            confirmed={("a", 7): STOPPED_AT},
            received=received,
            stops={("a", 1): ("a", 7)},
        )
    )


def test_everything_that_came_once_and_in_order_is_well() -> None:
    found = judged([HELLO, BYE, LESSON], came("hello"), came("bye"), came("lesson", at=STOPPED_AT + 0.2))
    found.must_hold()
    assert (found.messages, found.duplicates, found.unknown) == (3, 0, 0)


def test_a_counted_copy_is_a_duplicate_and_no_breach() -> None:
    resent = replace(HELLO, resends=1, duplicate_possible=True)
    found = judged([resent], came("hello"), came("hello"))
    found.must_hold()
    assert (found.duplicates, found.unknown) == (1, 1)


@pytest.mark.parametrize(
    ("breach", "found"),
    [
        ("lost", judged([HELLO])),
        ("lost", judged([replace(HELLO, state="ready")])),
        ("lost", judged([HELLO], came("hello"), received=frozenset())),
        ("uncounted", judged([HELLO], came("hello"), came("hello"))),
        ("uncounted", judged([replace(HELLO, state="cancelled")], came("hello"))),
        ("leaks", judged([HELLO], came("hello"), came("hello", bot="b"))),
        ("leaks", judged([HELLO], came("hello"), came("hello", chat=2))),
        ("disordered", judged([HELLO, BYE], came("bye"), came("hello"))),
        ("late", judged([LESSON], came("lesson", at=STOPPED_AT + 0.3))),
    ],
)
def test_each_breach_is_seen(breach: str, found: Judged) -> None:
    assert getattr(found, breach) == 1
    with pytest.raises(AssertionError, match=breach):
        found.must_hold()

"""What must hold whatever was injected: the platform's own ledger against the rows of the database.

Both are read from disk when everything has come to rest. A row is told from its neighbours by its chat and its text as
the reader sees it, so what is judged is what people got, not what the bot believes to have sent.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from bot.core.markup import to_telegram_html
from bot.store.crypt import KeyMissing, Keys
from bot.store.rows import read_body
from tests.stubs.telegram_rules import parse_html
from tests.stubs.telegram_world import Keys as Keyboard
from tests.stubs.telegram_world import Sent

SILENT_WITHIN: Final = 0.250
"""Real seconds after the commit of a STOP within which what was claimed before it may still start."""
OPEN: Final = frozenset({"ready", "sending"})
UNREADABLE: Final = "\0"


@dataclass(frozen=True, slots=True)
class Row:
    """A Telegram message as the database has it at the end."""

    practice: str
    chat: int
    cause: str
    n: int
    unasked: bool
    state: str
    resends: int
    retries: int
    duplicate_possible: bool
    reason: str
    text: str
    """As its reader sees it; `UNREADABLE` when its body is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What platform and database say at the end."""

    rows: Sequence[Row]
    ledger: Sequence[Sent]
    practices: Mapping[str, str]
    """Whose bot it is, by its username."""
    confirmed: Mapping[tuple[str, int], float]
    """When the platform learned that an update is safe (real time), by practice and update id."""
    received: frozenset[tuple[str, int]]
    """The updates that the database has."""
    stops: Mapping[tuple[str, int], tuple[str, int]]
    """The update in which somebody said STOP, by practice and chat; who says START later is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    messages: int
    lost: int
    """Rows that count as accepted and never came, rows that are still open, and confirmed updates without a trace."""
    duplicates: int
    """Copies that came more than once for each row."""
    uncounted: int
    """Of those: more than the resends after an unknown outcome of their rows explain."""
    unknown: int
    """Rows with an attempt that ended unclear."""
    held: int
    leaks: int
    """Messages from a bot of a practice that has no such row for that chat."""
    disordered: int
    """Rows of a Decision that came before an earlier one of it."""
    late: int
    """Unasked messages that started too long after the commit of a STOP."""

    def must_hold(self) -> None:
        breaches = {
            "lost": self.lost,
            "uncounted": self.uncounted,
            "leaks": self.leaks,
            "disordered": self.disordered,
            "late": self.late,
        }
        broken = {name: number for name, number in breaches.items() if number}
        assert not broken, f"{broken} of {self}"
        assert self.duplicates <= self.unknown * 2, self


def judge(truth: Truth) -> Judged:
    groups: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in truth.rows:
        groups[row.practice, row.chat, row.text].append(row)
    came: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for number, sent in enumerate(truth.ledger):
        came[truth.practices[sent.bot], sent.chat, sent.text].append(number)
    lost = duplicates = uncounted = 0
    for key, rows in groups.items():
        copies = len(came[key])
        lost += max(0, sum(row.state == "accepted" for row in rows) - copies)
        duplicates += max(0, copies - len(rows))
        uncounted += max(0, copies - sum(map(_explained, rows)))
    return Judged(
        messages=len(truth.rows),
        lost=lost + sum(row.state in OPEN for row in truth.rows) + len(truth.confirmed.keys() - truth.received),
        duplicates=duplicates,
        uncounted=uncounted,
        unknown=sum(row.duplicate_possible or row.state == "unknown" for row in truth.rows),
        held=sum(row.state == "held" for row in truth.rows),
        leaks=sum(len(numbers) for key, numbers in came.items() if key not in groups),
        disordered=_disordered(truth.rows, groups, came),
        late=_late(truth, groups),
    )


def _explained(row: Row) -> int:
    """How many copies the row itself accounts for."""
    if row.state in {"accepted", "unknown"} or row.duplicate_possible:
        return 1 + row.resends
    return 0


def _disordered(
    rows: Iterable[Row],
    groups: Mapping[tuple[str, int, str], Sequence[Row]],
    came: Mapping[tuple[str, int, str], Sequence[int]],
) -> int:
    """By the first copy of each row whose text is its own."""
    decisions: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        key = (row.practice, row.chat, row.text)
        if len(groups[key]) == 1 and came.get(key):
            decisions[row.practice, row.cause].append((row.n, came[key][0]))
    wrong = 0
    for places in decisions.values():
        first = [place for _, place in sorted(places)]
        wrong += sum(later < earlier for earlier, later in pairwise(first))
    return wrong


def _late(truth: Truth, groups: Mapping[tuple[str, int, str], Sequence[Row]]) -> int:
    """The update was confirmed after its commit, so whatever came this long after that is certainly too late."""
    late = 0
    for sent in truth.ledger:
        practice = truth.practices[sent.bot]
        said = truth.stops.get((practice, sent.chat))
        if said is None or said not in truth.confirmed:
            continue
        rows = groups.get((practice, sent.chat, sent.text), ())
        late += bool(rows and all(row.unasked for row in rows) and sent.at > truth.confirmed[said] + SILENT_WITHIN)
    return late


def read_ledger(file: Path) -> list[Sent]:
    with file.open(encoding="utf-8") as lines:
        return [_sent(json.loads(line)) for line in lines]


def _sent(told: dict[str, Any]) -> Sent:
    keys: Keyboard = [[(label, data) for label, data in line] for line in told.pop("keys")]
    return Sent(**told, keys=keys)


class Records:
    """The database of a bot, read by another process: this one."""

    def __init__(self, url: str, keys: Keys) -> None:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            file = f"file:{address.database}"
            address = address.set(drivername="sqlite+pysqlite", database=file, query={"mode": "ro", "uri": "true"})
        self._engine = create_engine(address, poolclass=NullPool)
        self._keys = keys

    def rows(self) -> list[Row]:
        with self._engine.connect() as conn:
            found = conn.execute(_ROWS).all()
        return [
            Row(row.practice, int(row.external_id), row.cause, row.n, bool(row.unasked), row.state, row.resends,
                row.retries, bool(row.duplicate_possible), row.reason, self._visible(bytes(row.body)))
            for row in found
        ]  # fmt: skip

    def states(self) -> Counter[str]:
        """Of the Telegram messages. Cheap: it is asked again and again."""
        with self._engine.connect() as conn:
            return Counter({row.state: row.number for row in conn.execute(_STATES)})

    def received(self) -> frozenset[tuple[str, int]]:
        with self._engine.connect() as conn:
            found = conn.execute(_RECEIVED).all()
        return frozenset((row.practice, int(row.external_id)) for row in found)

    def connected(self) -> Connection:
        return self._engine.connect()

    def _visible(self, body: bytes) -> str:
        try:
            return _as_seen(read_body(self._keys.decrypt(body)).text)
        except (KeyMissing, ValueError, KeyError):
            return UNREADABLE


@cache
def _as_seen(markdown: str) -> str:
    return parse_html(to_telegram_html(markdown))


_ROWS: Final = text(
    "SELECT m.practice, a.external_id, m.cause, m.n, m.unasked, m.state, m.resends, m.retries, m.duplicate_possible,"
    " m.reason, m.body FROM messages m JOIN addresses a ON a.id = m.address_id WHERE a.channel = 'telegram'"
    " ORDER BY m.id"
)
_STATES: Final = text("SELECT state, count(*) AS number FROM messages WHERE account LIKE '%telegram' GROUP BY state")
_RECEIVED: Final = text("SELECT practice, external_id FROM inbound WHERE account LIKE '%telegram'")

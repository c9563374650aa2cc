"""Several `nabij serve --role worker` on one PostgreSQL, and a notary in the database who writes down every claim."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import make_url, text

from tests.faults.nursery import Nursery, Run
from tests.faults.serving import STOPS_WITHIN, Serving, comes_true
from tests.journeys.people import CONTENT
from tests.stubs.telegram import TelegramStub

PRACTICES: Final = tuple(f"praktijk-{number}" for number in range(8))
WORD: Final = "HECHTING"
SHARED_WITHIN: Final = 45.0
"""Real seconds for a new worker to start and to get its share; the machine may be busy with other tests."""

_NOTARY: Final = """
CREATE TABLE claims (at timestamptz, account text, epoch bigint, worker text);
CREATE TABLE takings (at timestamptz, account text, epoch bigint, owner text);
CREATE FUNCTION note_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO claims VALUES (clock_timestamp(), NEW.account, NEW.epoch, current_setting('application_name'));
  RETURN NULL; END $$;
CREATE FUNCTION note_taking() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO takings VALUES (clock_timestamp(), NEW.account, NEW.epoch, NEW.owner);
  RETURN NULL; END $$;
CREATE TRIGGER claimed AFTER UPDATE ON messages FOR EACH ROW
  WHEN (NEW.state = 'sending' AND NEW.attempt > OLD.attempt) EXECUTE FUNCTION note_claim();
CREATE TRIGGER taken AFTER UPDATE ON accounts FOR EACH ROW
  WHEN (NEW.epoch > OLD.epoch) EXECUTE FUNCTION note_taking();
"""
_TWO_OWNERS: Final = """
SELECT count(*) FROM (SELECT account, epoch FROM claims GROUP BY account, epoch HAVING count(DISTINCT worker) > 1) two
"""
_TOO_LATE: Final = """
SELECT count(*) FROM claims c JOIN takings t ON t.account = c.account AND t.epoch = c.epoch + 1 AND c.at > t.at
"""
"""Claims of an owner after the next one had taken the account."""
_LIVING: Final = """
SELECT w.name, count(a.account) FROM workers w LEFT JOIN accounts a ON a.owner = w.name
WHERE w.lease_until > now() GROUP BY w.name
"""
_IN_FLIGHT: Final = """
SELECT count(*) FROM messages m JOIN accounts a USING (account)
WHERE m.state = 'sending' AND a.account LIKE '%telegram' AND split_part(a.owner, chr(58), 2) = ANY(:workers)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the notary saw."""

    number: int
    takings: int
    by_two: int
    """Epochs of an account under which more than one worker claimed."""
    too_late: int


@dataclass
class Team:
    folder: Path
    stub: TelegramStub
    nursery: Nursery
    database_url: str
    runs: list[Run] = field(default_factory=list)
    _born: int = 0

    def __post_init__(self) -> None:
        settings = {"CLOCK_START": "", "CLOCK_SPEED": "", "CONTENT_DIR": str(_content(self.folder))}
        for practice in PRACTICES:
            prefix = f"PRACTICES__{practice.upper().replace('-', '_')}__TELEGRAM__"
            settings |= {f"{prefix}TOKEN": token_of(practice), f"{prefix}RATE": "100"}
        self.serving = Serving(
            self.folder, self.stub, self.nursery, settings, database_url=self.database_url, practices=()
        )
        self.serving.practices = PRACTICES

    async def begins(self, workers: int) -> None:
        await self.serving.command("migrate")
        with self.serving.records.connected() as conn, conn.begin():
            conn.execute(text(_NOTARY))
        for _ in range(workers):
            await self.grows()
        await self.shares_fairly(workers)

    async def grows(self) -> Run:
        self._born += 1
        known_as = make_url(self.database_url).update_query_dict({"application_name": f"worker-{self._born}"})
        environment = self.serving.environment | {"NABIJ_DATABASE_URL": known_as.render_as_string(hide_password=False)}
        run = await self.nursery.run(["serve", "--role", "worker"], environment, self.serving.log)
        self.runs.append(run)
        return run

    def in_flight_of(self, runs: Sequence[Run]) -> int:
        with self.serving.records.connected() as conn:
            return int(conn.scalar(text(_IN_FLIGHT), {"workers": [str(run.pid) for run in runs]}) or 0)

    def accounts_of(self) -> Counter[str]:
        """How many accounts each living worker owns, by its process id."""
        with self.serving.records.connected() as conn:
            return Counter({name.split(":")[1]: number for name, number in conn.execute(text(_LIVING))})

    async def shares_fairly(self, workers: int, within: float = SHARED_WITHIN) -> float:
        """Waits until so many living workers own everything in equal shares; returns the real seconds it took."""
        began = asyncio.get_running_loop().time()
        share = -(-2 * len(PRACTICES) // workers)

        def fair() -> bool:
            owned = self.accounts_of()
            return len(owned) == workers and sum(owned.values()) == 2 * len(PRACTICES) and max(owned.values()) <= share

        await comes_true(fair, within, lambda: f"{self.accounts_of()}\n{self.serving.end_of_log()}")
        return asyncio.get_running_loop().time() - began

    async def takes_over_from(self, gone: Sequence[Run], within: float) -> float:
        """Waits until none of them owns anything and everything has a living owner; the real seconds it took."""
        began = asyncio.get_running_loop().time()
        names = {str(run.pid) for run in gone}

        def moved() -> bool:
            owned = self.accounts_of()
            return sum(owned.values()) == 2 * len(PRACTICES) and not names & owned.keys()

        await comes_true(moved, within, lambda: f"{self.accounts_of()}\n{self.serving.end_of_log()}")
        return asyncio.get_running_loop().time() - began

    def claims(self) -> Claims:
        with self.serving.records.connected() as conn:
            found = [conn.scalar(text(one)) for one in _COUNTS]
        number, takings, by_two, too_late = (int(one or 0) for one in found)
        return Claims(number=number, takings=takings, by_two=by_two, too_late=too_late)

    async def ends(self) -> None:
        """All of them stop by themselves, in time."""
        for run in self.runs:
            run.send(signal.SIGTERM)
        async with asyncio.timeout(STOPS_WITHIN):
            codes = [await run.end() for run in self.runs]
        assert codes == [0] * len(self.runs), self.serving.end_of_log()

    async def is_killed(self) -> None:
        for run in self.runs:
            run.send(signal.SIGKILL)
            await run.end()


_COUNTS: Final = ("SELECT count(*) FROM claims", "SELECT count(*) FROM takings", _TWO_OWNERS, _TOO_LATE)


def token_of(practice: str) -> str:
    return f"{1000 + PRACTICES.index(practice)}:" + "team" * 9


def _content(folder: Path) -> Path:
    """Small practices that are read fast: one keyword each."""
    made = folder / "team"
    shutil.copytree(CONTENT, made, ignore=shutil.ignore_patterns("practices"))
    like = CONTENT / "practices/mariposha"
    for practice in PRACTICES:
        words = made / "practices" / practice / "keywords/hechting"
        shutil.copytree(like / "keywords/hechting", words)
        shutil.copy(like / "practice.yaml", made / "practices" / practice)
        keyword = words / "keyword.md"
        lines = keyword.read_text(encoding="utf-8").splitlines(keepends=True)
        keyword.write_text("".join(line for line in lines if not line.startswith("program:")), encoding="utf-8")
    return made

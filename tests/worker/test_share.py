"""Who takes and who gives back, as values: rows of workers, counts of accounts, and the database's time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.store.workers import SET_BACK, Member
from bot.worker.share import LEASE, Change, change, fair_share, living, next_end

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def member(name: str, ends_in: float = 10, *, leaving: bool = False) -> Member:
    return Member(name, NOW + timedelta(seconds=ends_in), leaving)


def test_a_lease_is_over_at_its_end_and_not_before() -> None:
    assert living([member("a", 0.001), member("b", 0), member("c", -5)], NOW) == {"a"}


def test_a_lease_from_before_the_clock_was_set_back_is_none() -> None:
    longest = (LEASE + SET_BACK).total_seconds()
    assert living([member("slewed", longest), member("an hour ahead", 3600)], NOW) == {"slewed"}


def test_the_next_look_is_at_the_end_of_the_first_running_lease() -> None:
    assert next_end([member("dead", -3), member("soon", 2), member("late", 9)], NOW) == NOW + timedelta(seconds=2)
    assert next_end([member("dead", -3)], NOW) is None


def test_the_first_worker_takes_everything() -> None:
    assert change("a", [member("a")], NOW, {"": 200}, orphans=200, closing=0) == Change(take=200)


def test_a_second_one_gets_its_half_back_from_the_first() -> None:
    both = [member("a"), member("b")]
    assert change("a", both, NOW, {"a": 201}, orphans=0, closing=0) == Change(give=100)
    assert change("b", both, NOW, {"a": 201}, orphans=0, closing=0) == Change()
    assert change("b", both, NOW, {"a": 101, "": 100}, orphans=100, closing=0) == Change(take=100)


def test_what_is_being_given_back_is_not_given_twice() -> None:
    both = [member("a"), member("b")]
    assert change("a", both, NOW, {"a": 200}, orphans=0, closing=100) == Change()


def test_the_accounts_of_the_dead_are_shared_by_the_living() -> None:
    left = [member("a"), member("b"), member("dead", -1)]
    held = {"a": 2, "b": 2, "dead": 2}
    assert change("a", left, NOW, held, orphans=2, closing=0) == Change(take=1)
    assert change("b", left, NOW, held, orphans=2, closing=0) == Change(take=1)


def test_who_leaves_has_no_share_but_keeps_what_is_in_flight_until_it_is_done() -> None:
    leaving = [member("a", leaving=True), member("b")]
    held = {"a": 3, "b": 3}
    assert change("a", leaving, NOW, held, orphans=0, closing=1) == Change(give=2)
    assert change("b", leaving, NOW, {"a": 1, "b": 3, "": 2}, orphans=2, closing=0) == Change(take=2)


def test_whose_own_lease_is_over_takes_nothing() -> None:
    frozen = [member("a", -1), member("b")]
    assert change("a", frozen, NOW, {"a": 0, "b": 2}, orphans=5, closing=0).take == 0


@given(accounts=st.integers(0, 500), workers=st.integers(1, 12), seed=st.randoms())
def test_from_any_beginning_everybody_ends_with_a_fair_share(accounts: int, workers: int, seed: object) -> None:
    """They act one after the other, in any order, as they do under the lock."""
    names = [f"worker {number}" for number in range(workers)]
    members = [member(name) for name in names]
    held = dict.fromkeys(names, 0)
    orphans = accounts
    for _ in range(3):
        for name in seed.sample(names, workers):  # type: ignore[attr-defined]
            now = change(name, members, NOW, held, orphans, closing=0)
            assert not (now.take and now.give)
            held[name] += now.take - now.give
            orphans += now.give - now.take
    assert orphans == 0
    assert max(held.values()) <= fair_share(accounts, workers)
    assert sum(held.values()) == accounts

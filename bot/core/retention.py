"""How long what is kept. The defaults are those that a person is told of; a practice may shorten most of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days, unless a name says otherwise, counted from when something was said, sent or given."""

    texts: int = 30
    """What a person typed, the free text of an answer, and the bodies of messages to the person."""
    unconsented: int = 7
    """What somebody typed or tapped who gave no consent to keep answers; never longer than `texts`."""
    crisis: int = 7
    """What was said around an alarm. After it only a count without a person is left."""
    waiting: int = 30
    """What waits for OPEN in discreet mode and was never opened."""
    records: int = 730
    """That a message was sent or something happened, without a text."""
    people: int = 730
    """Somebody who has written nothing for this long, and for whom nothing runs, is erased."""
    proof_years: int = 5
    """That a consent was given or taken back, after erasure: under a keyed hash, without a name."""
    backups: int = 30
    """Copies of the database that Nabij makes by itself. Whoever makes others is told to keep them no longer."""
    audit_years: int = 5
    """Who looked at whose data."""


SHORTEST_DEDUPE_DAYS = 8
"""What came in is known by its number for this long, whatever else: a platform may send it again for a week."""

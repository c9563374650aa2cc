"""Secret addresses of the page with a person's safety plan: who has one reads the plan, for an hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.subscriber import Subscriber
from bot.store.joining import digest_of
from bot.store.memory import read_rows, select_subscribers
from bot.store.tables import AddressRow, PlanLinkRow, SubscriberRow

LIFETIME: Final = timedelta(hours=1)
"""Of a link, on real time: long enough to open it on another device and to print it there."""


async def make_plan_links(conn: AsyncConnection, links: Iterable[tuple[str, int, str]]) -> None:
    """Practice, subscriber and secret of each; an empty secret makes none. Whatever link the person had is gone."""
    fresh = [link for link in links if link[2]]
    if not fresh:
        return
    made_at = datetime.now(UTC)
    of_them = PlanLinkRow.subscriber_id.in_([subscriber_id for _, subscriber_id, _ in fresh])
    await conn.execute(delete(PlanLinkRow).where(of_them | (PlanLinkRow.made_at <= made_at - LIFETIME)))
    await conn.execute(
        insert(PlanLinkRow),
        [
            {"digest": digest_of(secret), "practice": practice, "subscriber_id": subscriber_id, "made_at": made_at}
            for practice, subscriber_id, secret in fresh
        ],
    )


async def whose_plan(conn: AsyncConnection, secret: str) -> Subscriber | None:
    """The person whose plan the secret opens, to read and not to change; None for one that is unknown or too old."""
    row = (
        await conn.execute(
            select_subscribers()
            .join(AddressRow, AddressRow.id == SubscriberRow.preferred_address_id)
            .join(PlanLinkRow, PlanLinkRow.subscriber_id == SubscriberRow.id)
            .where(
                PlanLinkRow.digest == digest_of(secret),
                PlanLinkRow.made_at > datetime.now(UTC) - LIFETIME,
                PlanLinkRow.practice == SubscriberRow.practice,
            )
        )
    ).one_or_none()
    if row is None:
        return None
    [subscriber] = await read_rows(conn, [row])
    return subscriber

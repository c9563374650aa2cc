"""The tables. Columns for what is queried; the rest of a person's state is one JSON value.

A state in the WHERE of an index is a literal there and must be a literal in the query too, else neither database uses
the index. Times are UTC instants. Texts of people and bodies of messages are encrypted; names, addresses and numeric
answers are clear, so that a practice can search them.
"""

from bot.store.tables.house import AccountRow, ContentVersionRow, MetaRow, WorkerRow
from bot.store.tables.messages import AlertRow, InboundRow, MessageRow
from bot.store.tables.people import AddressRow, AnswerRow, ConsentRow, EnrollmentRow, EventRow, SubscriberRow
from bot.store.tables.proofs import ConsentProofRow, ErasureRow, LookRow
from bot.store.tables.secrets import ExportLinkRow, JoinCodeRow, PlanLinkRow

__all__ = [
    "AccountRow",
    "AddressRow",
    "AlertRow",
    "AnswerRow",
    "ConsentProofRow",
    "ConsentRow",
    "ContentVersionRow",
    "EnrollmentRow",
    "ErasureRow",
    "EventRow",
    "ExportLinkRow",
    "InboundRow",
    "JoinCodeRow",
    "LookRow",
    "MessageRow",
    "MetaRow",
    "PlanLinkRow",
    "SubscriberRow",
    "WorkerRow",
]

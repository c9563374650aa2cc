"""Everything that is kept of a person: a value by a published schema, written down as JSON and as a page."""

from bot.exports.model import Export
from bot.exports.writing import as_json, as_page, schema

__all__ = ["Export", "as_json", "as_page", "schema"]

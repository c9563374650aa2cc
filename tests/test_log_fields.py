"""Every field that the code logs is on the list, so that nothing is left out where an engineer looks for it."""

import ast
from dataclasses import fields
from pathlib import Path

import bot
from bot.logs import ALLOWED
from bot.store.retention import Doings

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def logged(source: str) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {
        keyword.arg
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in LEVELS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "_log"
        for keyword in call.keywords
        if keyword.arg is not None
    }


def test_every_field_that_is_logged_may_be_logged() -> None:
    found = {path.name: logged(path.read_text(encoding="utf-8")) for path in Path(bot.__file__).parent.rglob("*.py")}
    assert {"account", "count"} <= set().union(*found.values())
    assert {name: left for name, names in found.items() if (left := names - ALLOWED)} == {}


def test_what_the_night_took_away_is_counted_in_the_log() -> None:
    assert {field.name for field in fields(Doings)} <= ALLOWED

"""What is wrong with a call of `nabij`, in Dutch: the library that reads the arguments says it in English."""

from __future__ import annotations

from typing import Any, Final

import typer

UsageError: Final[type[Exception]] = typer.BadParameter.__mro__[1]
"""The library names the base of its own errors nowhere in public."""


def told(error: Any) -> str:
    """The sentence for a UsageError, and how to read on; the help itself where a command was called bare."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.format_message())
    path = error.ctx.command_path if error.ctx is not None else "nabij"
    return f"{_what(error)} Hoe het werkt: {path} --help"


def _what(error: Any) -> str:
    match type(error).__name__:
        case "MissingParameter":
            return f"Er ontbreekt nog iets: {_name(error)}."
        case "NoSuchOption":
            near = f" Bedoel je {' of '.join(sorted(error.possibilities))}?" if error.possibilities else ""
            return f"De optie {error.option_name} is er niet.{near}"
        case "NoSuchCommand":
            return _no_command(error)
        case "BadOptionUsage":
            return f"Bij {error.option_name} klopt iets niet: er hoort een waarde achter, of juist geen."
        case "BadParameter":
            return f"Wat bij {_name(error)} staat, kan daar niet."
    return _no_command(error) if "command" in str(error.message) else "Er staat iets te veel, of op de verkeerde plek."


def _no_command(error: Any) -> str:
    name = str(error.message).partition("'")[2].partition("'")[0]
    return f"De opdracht '{name}' is er niet."


def _name(error: Any) -> str:
    """Of an option its first form, of an argument what the help calls it."""
    param = error.param
    if param is None:
        return "een waarde"
    return str(param.opts[0] if param.param_type_name == "option" else param.metavar or param.name)

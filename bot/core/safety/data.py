"""The package data of the safety check, read once at import. It is part of the program, never of the content."""

from importlib import resources
from typing import Any

from ruamel.yaml import YAML


def load(name: str) -> Any:
    """The parsed YAML file `name` beside this module. A missing or broken file stops the program from starting."""
    # With libyaml where it is there, thirty times as quick: half a megabyte of rules is read at each start.
    return YAML(typ="safe").load(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))

"""Buttons whose label comes from content: the short form that channels with 20 characters need."""

from __future__ import annotations

from bot.core.content.model import Program
from bot.core.messages import Button

SHORT = 20


def button(label: str, action: str) -> Button:
    return Button(label, action, "" if len(label) <= SHORT else f"{label[: SHORT - 1].rstrip(' ,:')}…")


def program_button(program: Program) -> Button:
    return button(program.title, f"daily:{program.id}")

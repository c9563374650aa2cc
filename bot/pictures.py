"""A Picture as PNG: the numbers of a week or a few, large and calm enough for a phone, in light and dark.

The picture brings its own warm paper, so that it reads the same on every background; its lines differ in dash and mark
and not in colour alone. matplotlib takes some seconds to load and is loaded by the first picture, never at the start.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from bot.core.dutch import DAYS, SHORT_MONTHS
from bot.core.messages import Picture, Series

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH: Final = 800
HEIGHT: Final = 500
"""In pixels of a page; the PNG has twice as many, for sharp screens."""
_SHARPNESS: Final = 2
_DOTS: Final = 100
_KEPT: Final = 64

_PAPER: Final = "#fbf0e2"
_INK: Final = "#3a2a25"
_QUIET: Final = "#6b5a52"
_RULE: Final = "#e3d3c1"
_LINES: Final[Sequence[dict[str, Any]]] = (
    {"color": "#99432a", "linestyle": "-", "marker": "o", "markersize": 15, "zorder": 4},
    # An open square around the dot: both are seen where the numbers are the same.
    {
        "color": "#1d5c66",
        "linestyle": (0, (2.2, 1.3)),
        "marker": "s",
        "markersize": 23,
        "markerfacecolor": _PAPER,
        "zorder": 3,
    },
)
_NAMES_FIT: Final = 25
"""Characters of both names together that stand beside each other at full size."""
_drawing: Final = Lock()
"""matplotlib keeps fonts and caches for all threads together, and does not guard them."""


async def png(picture: Picture) -> bytes:
    """The PNG, drawn in a thread; the newest few are kept. The same picture gives the same bytes."""
    return await asyncio.to_thread(_drawn, picture)


@lru_cache(maxsize=_KEPT)
def _drawn(picture: Picture) -> bytes:
    with _drawing:
        return _draw(picture)


def _draw(picture: Picture) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / _DOTS, HEIGHT / _DOTS), dpi=_DOTS * _SHARPNESS, facecolor=_PAPER)
    axes = figure.add_axes((0.095, 0.12, 0.875, 0.69), facecolor=_PAPER)
    _lay_out(axes, picture)
    for number, series in enumerate(picture.series[: len(_LINES)]):
        _add(axes, picture, series, number)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.05, 1.05),
        ncols=len(_LINES),
        frameon=False,
        fontsize=26 * min(1.0, _NAMES_FIT / sum(len(series.name) for series in picture.series)),
        labelcolor=_INK,
        markerscale=0.8,
        handlelength=2.4,
        handletextpad=0.5,
        columnspacing=1.4,
        borderpad=0.1,
    )
    written = io.BytesIO()
    # Without it the file would name the version of the library.
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _lay_out(axes: Axes, picture: Picture) -> None:
    days = (picture.last - picture.first).days
    axes.set_xlim(-0.08 * days, 1.08 * days)
    axes.set_ylim(-1.9, 11.5)
    for edge in axes.spines.values():
        edge.set_visible(False)
    for height in (0, 5, 10):
        axes.axhline(height, color=_RULE, linewidth=2, zorder=0)
    axes.set_yticks([0, 5, 10])
    marks = _marked(days)
    axes.set_xticks(marks, [_called(picture.first + timedelta(days=mark), days) for mark in marks])
    axes.tick_params(length=0, labelsize=24, labelcolor=_QUIET, pad=7)
    axes.tick_params(axis="x", labelcolor=_INK)


def _marked(days: int) -> Sequence[int]:
    """Which days are named: each of a week, else four of them."""
    return range(days + 1) if days < 7 else [round(days * part / 3) for part in range(4)]


def _called(day: date, days: int) -> str:
    return DAYS[day.weekday()][:2] if days < 7 else f"{day.day} {SHORT_MONTHS[day.month - 1]}"


def _add(axes: Axes, picture: Picture, series: Series, number: int) -> None:
    from matplotlib.patheffects import withStroke

    style = _LINES[number]
    places = [(day - picture.first).days for day, _ in series.points]
    heights = [height for _, height in series.points]
    axes.plot(places, heights, label=series.name, linewidth=5, markeredgewidth=4, clip_on=False, **style)
    for place, height, above in zip(places, heights, _sides(picture, number), strict=True):
        axes.annotate(
            str(height),
            (place, height),
            xytext=(0, 16 if above else -17),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=25,
            fontweight="bold",
            color=style["color"],
            path_effects=[withStroke(linewidth=5, foreground=_PAPER)],
            zorder=5,
        )


def _sides(picture: Picture, number: int) -> list[bool]:
    """For each point whether its number stands above it: away from the other line, else away from its own."""
    other = picture.series[1 - number].points if len(picture.series) > 1 else ()
    points = picture.series[number].points
    sides = []
    for at, (day, height) in enumerate(points):
        crossing = _height_on(other, day)
        beside = [value for _, value in (*points[max(0, at - 1) : at], *points[at + 1 : at + 2])]
        if crossing is None:
            sides.append(not beside or min(beside) < height or max(beside) == height)
        else:
            sides.append(height > crossing or (height == crossing and number == 0))
    return sides


def _height_on(points: Sequence[tuple[date, int]], day: date) -> float | None:
    """Where the line through the points passes on a day; None beside its ends."""
    for (start, first), (end, last) in pairwise((*points[:1], *points)):
        if start <= day <= end:
            return first + (last - first) * (day - start) / max(end - start, timedelta(days=1))
    return None

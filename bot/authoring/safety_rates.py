"""How much of the labelled sentences the safety check recognises, class by class, for `nabij check --safety`.

The sentences are synthetic and live with the tests, so an installed copy has none. `labelled.yaml` and
`written_*.yaml` were looked at while the rules were written; `frozen.yaml` says how usual sentences fare that nobody
has looked at, `held_out.yaml` how rarer ones do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

import bot
from bot.core.safety import Alarm, check

_SETS: Final = {
    "labelled.yaml": "gebruikt bij het schrijven",
    "written_dev.yaml": "gebruikt bij het schrijven",
    "written_train.yaml": "gebruikt bij het schrijven",
    "written_train_2.yaml": "gebruikt bij het schrijven",
    "frozen.yaml": "nooit bekeken",
    "held_out.yaml": "nooit bekeken, zonder de gewoonste zinnen",
}
Right = Callable[[Alarm | None], bool]


@dataclass(frozen=True, slots=True)
class Rate:
    """What one class of a set gives: how many sentences, how many with any alarm, how many rightly judged."""

    label: str
    sentences: int
    alarms: int
    right: int
    meaning: str

    @property
    def alarm_rate(self) -> float:
        return self.alarms / self.sentences

    @property
    def right_rate(self) -> float:
        return self.right / self.sentences


def sentences_folder() -> Path | None:
    """Where the labelled sentences are in a copy of the source, None in an installed copy."""
    folder = Path(bot.__file__).parent.parent / "tests" / "core" / "safety"
    return folder if any((folder / name).exists() for name in _SETS) else None


def measure(file: Path) -> list[Rate]:
    """The rates of one file of labelled sentences, in its order."""
    classes: dict[str, list[Any]] = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return [_rate(label, sentences) for label, sentences in classes.items() if sentences]


def print_rates(console: Console, folder: Path) -> None:
    """One table a set that is there."""
    for name, seen in _SETS.items():
        file = folder / name
        if not file.exists():
            continue
        table = Table(title=f"{name} ({seen})", title_justify="left")
        for heading in ("soort", "zinnen", "alarm", "juist", "juist is"):
            table.add_column(heading, justify="right" if heading in {"zinnen", "alarm", "juist"} else "left")
        for rate in measure(file):
            table.add_row(
                rate.label, str(rate.sentences), f"{rate.alarm_rate:.1%}", f"{rate.right_rate:.1%}", rate.meaning
            )
        console.print(table)
    console.print(
        "De check herkent zinnen die lijken op een lijst; hij stelt niets vast en mist er dus. "
        "Alleen wat nooit bekeken is, zegt iets over nieuwe zinnen."
    )


def _rate(label: str, sentences: Sequence[Any]) -> Rate:
    right, meaning = _judgement(label)
    alarms = [_checked(sentence) for sentence in sentences]
    return Rate(
        label,
        len(alarms),
        sum(alarm is not None for alarm in alarms),
        sum(right(alarm) for alarm in alarms),
        meaning,
    )


def _checked(sentence: Any) -> Alarm | None:
    """A list is a row of messages: the last is the text, the others came just before."""
    return check(sentence) if isinstance(sentence, str) else check(sentence[-1], sentence[:-1])


def _judgement(label: str) -> tuple[Right, str]:
    if label.startswith(("idioms", "benign")):
        return _silent, "geen alarm"
    if label.startswith("negated"):
        return _not_grave, "alarm, niet A"
    if label == "abuse":
        return _violence, "alarm voor geweld"
    if label == "third_party":
        return _about_another, "alarm over een ander"
    if label.endswith("_a"):
        return _grave, "alarm A"
    if label.endswith("_b"):
        return _serious, "alarm A of B"
    return _any, "alarm"


def _silent(alarm: Alarm | None) -> bool:
    return alarm is None


def _any(alarm: Alarm | None) -> bool:
    return alarm is not None


def _grave(alarm: Alarm | None) -> bool:
    return alarm is not None and alarm.tier == "A"


def _serious(alarm: Alarm | None) -> bool:
    return alarm is not None and alarm.tier in {"A", "B"}


def _not_grave(alarm: Alarm | None) -> bool:
    return alarm is not None and alarm.tier != "A"


def _violence(alarm: Alarm | None) -> bool:
    return alarm is not None and alarm.rule.startswith("abuse.")


def _about_another(alarm: Alarm | None) -> bool:
    return alarm is not None and alarm.third_party

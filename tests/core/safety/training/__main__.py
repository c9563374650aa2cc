"""Learn from the sentences that may be looked at, print what folds by file say, write the model and whom to trust."""

from pathlib import Path

from tests.core.safety.training.learning import (
    Table,
    danger_of,
    learn,
    read_sentences,
    report,
    scores_of_folds,
    threshold_for,
    written,
)
from tests.core.safety.training.trust import trust

_DATA = Path("bot/core/safety")


def main() -> None:
    sentences = read_sentences()
    table = Table(sentences)
    scores = scores_of_folds(table)
    threshold = threshold_for(sentences, scores)
    for line in report(sentences, scores, threshold):
        print(line)  # noqa: T201
    heads = learn(table)
    (_DATA / "model.json").write_text(written(table, heads, threshold), encoding="utf-8")
    trusted = trust(sentences, lambda text: danger_of(text, table, heads) >= threshold)
    (_DATA / "trust.txt").write_text(trusted, encoding="utf-8")


main()

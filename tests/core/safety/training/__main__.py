"""Learn from the sentences that may be looked at, print what four-fold checking says, write the model."""

from pathlib import Path

from tests.core.safety.training import learning

_MODEL = Path("bot/core/safety/model.json")


def main() -> None:
    sentences = learning.read_sentences()
    scores = learning.scores_of_folds(sentences)
    threshold = learning.threshold_for(sentences, scores)
    for line in learning.report(sentences, scores, threshold):
        print(line)  # noqa: T201
    _MODEL.write_text(learning.learn(sentences, threshold), encoding="utf-8")


main()

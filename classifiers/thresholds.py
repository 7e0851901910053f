"""Where a probability becomes a grade: chosen on posts of unseen writers, for three plain words."""

from collections.abc import Sequence

import numpy as np

from classifiers.model import QUESTIONS
from classifiers.records import Example
from classifiers.training import answers

#: Weight of recall against precision (F-beta) when an alert's threshold is chosen.
SENSITIVITIES = {"careful": 2.0, "balanced": 0.9, "quiet": 0.5}
FINEST = np.linspace(0.05, 0.95, 91)


def choose(examples: Sequence[Example], unseen: np.ndarray) -> dict[str, dict[str, float]]:
    """Return for each sensitivity the threshold of each question."""
    right = answers(examples)
    chosen = {}
    for word, beta in SENSITIVITIES.items():
        chosen[word] = {
            question: _best(unseen[:, column], right[:, column], beta if question == "alert" else 1.0)
            for column, question in enumerate(QUESTIONS)
        }
    return chosen


def _best(probability: np.ndarray, right: np.ndarray, beta: float) -> float:
    """Return the threshold with the best F-beta."""
    values = [f_beta(probability >= threshold, right, beta) for threshold in FINEST]
    return round(float(FINEST[int(np.argmax(values))]), 3)


def f_beta(told: np.ndarray, right: np.ndarray, beta: float) -> float:
    """Return the weighted mean of precision and recall."""
    hits = float(np.sum(told & (right == 1)))
    weighted = (1 + beta**2) * hits
    total = weighted + beta**2 * float(np.sum(~told & (right == 1))) + float(np.sum(told & (right == 0)))
    return weighted / total if total else 0.0

"""Where a probability becomes a grade: chosen on posts of unseen writers, for three plain words."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

import numpy as np
from sklearn.metrics import f1_score

from classifiers.model import QUESTIONS
from classifiers.records import Example
from classifiers.training import answers

_ALERT = QUESTIONS.index("alert")
#: How many needless alerts a head accepts for every hundred harmless mentions, by her word for it.
BUDGETS = {"careful": 20.0, "balanced": 6.0, "quiet": 3.0}
#: A file with at most this share of alerts resembles an ordinary stream of mentions.
ORDINARY = 0.15
FINEST = np.linspace(0.05, 0.95, 91)


def choose(examples: Sequence[Example], unseen: np.ndarray) -> dict[str, dict[str, float]]:
    """Return for each sensitivity the threshold of each question.

    That of an alert is the lowest that keeps the budget on ordinary streams; the others have the best F1.
    """
    right = answers(examples)
    best = {question: _best(unseen[:, column], right[:, column]) for column, question in enumerate(QUESTIONS)}
    harmless = unseen[_ordinary(examples) & (right[:, _ALERT] == 0), _ALERT]
    return {word: {**best, "alert": _within(budget, harmless)} for word, budget in BUDGETS.items()}


def _ordinary(examples: Sequence[Example]) -> np.ndarray:
    """Return which examples stand in files like an ordinary stream; all of them where there is no such file."""
    alerts: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        alerts[example.batch].append(example.alert)
    ordinary = np.array([fmean(alerts[example.batch]) <= ORDINARY for example in examples])
    return ordinary if ordinary.any() else np.ones(len(examples), bool)


def _within(budget: float, harmless: np.ndarray) -> float:
    """Return the lowest threshold at which at most `budget` of a hundred harmless posts are told."""
    shares = [100 * float((harmless >= threshold).mean()) for threshold in FINEST]
    fitting = [threshold for threshold, share in zip(FINEST, shares, strict=True) if share <= budget]
    return round(float(min(fitting, default=FINEST[-1])), 3)


def _best(probability: np.ndarray, right: np.ndarray) -> float:
    """Return the threshold with the best F1."""
    values = [f1_score(right, probability >= threshold, zero_division=0) for threshold in FINEST]
    return round(float(FINEST[int(np.argmax(values))]), 3)

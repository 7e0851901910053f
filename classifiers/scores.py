"""What a model is worth: figures beside those of a dummy that always gives the commonest answer."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.metrics import average_precision_score

from classifiers.model import QUESTIONS
from classifiers.records import Example
from classifiers.training import answers


def scores_of(
    examples: Sequence[Example], probabilities: np.ndarray, thresholds: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return precision, recall and average precision per question, of the model and of the dummy."""
    right = answers(examples)
    scores: dict[str, float] = {}
    dummy: dict[str, float] = {}
    for column, question in enumerate(QUESTIONS):
        truth = right[:, column]
        told = probabilities[:, column] >= thresholds[question]
        rate = float(truth.mean())
        guess = np.full(len(truth), rate >= 0.5)
        for name, answer in ((f"{question} precision", _precision), (f"{question} recall", _recall)):
            scores[name], dummy[name] = round(answer(told, truth), 4), round(answer(guess, truth), 4)
        scores[f"{question} average precision"] = round(
            float(average_precision_score(truth, probabilities[:, column])), 4
        )
        dummy[f"{question} average precision"] = round(rate, 4)
    return scores, dummy


def _precision(told: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sum(told & (truth == 1)) / max(np.sum(told), 1))


def _recall(told: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sum(told & (truth == 1)) / max(np.sum(truth == 1), 1))

"""Training: fit, calibrate on posts of writers the model has not seen, choose thresholds, write the passport."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifiers.model import QUESTIONS, Model, counts, design
from classifiers.reading import Reading, read
from classifiers.records import Example

SEED = 7
FOLDS = 5
STRENGTH = 6.0  #: inverse of the regularisation
ROUNDS = 300


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with what it answers on posts it was not trained on."""

    model: Model
    unseen: np.ndarray  #: probabilities for each example by a model that has not seen its batch


def answers(examples: Sequence[Example]) -> np.ndarray:
    """Return the right answers, shape (examples, questions), 0 or 1."""
    return np.array([[_answer(example, question) for question in QUESTIONS] for example in examples], dtype=np.int8)


def _answer(example: Example, question: str) -> bool:
    if question == "alert":
        return example.alert
    field, value = question.rsplit("_", 1)
    if value.isdigit():
        return int(getattr(example, field)) >= int(value)
    return str(getattr(example, field)) == value


def train(examples: Sequence[Example]) -> Trained:
    """Train on all examples; calibrate on predictions for unseen batches. Reproducible."""
    readings = [read(example.text, example.names) for example in examples]
    right = answers(examples)
    idf, matrix = _weighted(readings)
    scores = _unseen_scores(matrix, right, [example.batch for example in examples])
    slope, shift = _calibration(scores, right)
    weights, bias = _fit(matrix, right)
    model = Model(idf, weights, bias, slope, shift)
    return Trained(model, 1.0 / (1.0 + np.exp(-(scores * slope + shift))))


def _weighted(readings: Sequence[Reading]) -> tuple[np.ndarray, Any]:
    holding = np.bincount(counts(readings).indices, minlength=counts(readings[:1]).shape[1])
    idf = (np.log((1 + len(readings)) / (1 + holding)) + 1).astype(np.float32)
    return idf, design(readings, idf)


def _fit(matrix: Any, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fitted = [_one(matrix, right[:, column]) for column in range(right.shape[1])]
    weights = np.stack([classifier.coef_[0] for classifier in fitted], axis=1).astype(np.float32)
    bias = np.array([classifier.intercept_[0] for classifier in fitted], dtype=np.float32)
    return weights, bias


def _one(matrix: Any, right: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=ROUNDS, random_state=SEED).fit(matrix, right)


def _unseen_scores(matrix: Any, right: np.ndarray, batches: Sequence[str]) -> np.ndarray:
    scores = np.zeros(right.shape, dtype=np.float64)
    folds = GroupKFold(n_splits=min(FOLDS, len(set(batches))))
    for seen, unseen in folds.split(matrix, right, groups=batches):
        weights, bias = _fit(matrix[seen], right[seen])
        scores[unseen] = matrix[unseen] @ weights + bias
    return scores


def _calibration(scores: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    slope, shift = np.ones(right.shape[1]), np.zeros(right.shape[1])
    for column in range(right.shape[1]):
        platt = LogisticRegression(C=100.0).fit(scores[:, [column]], right[:, column])
        slope[column], shift[column] = platt.coef_[0, 0], platt.intercept_[0]
    return slope.astype(np.float32), shift.astype(np.float32)

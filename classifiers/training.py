"""Training: fit, calibrate on posts of writers the model has not seen, choose thresholds, write the passport."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifiers.boosting import fit_trees
from classifiers.model import QUESTIONS, Model, blended, columns_of, counts, figures_of, joined, weighted_parts
from classifiers.reading import Reading, read
from classifiers.records import Example

SEED = 7
FOLDS = 6
STRENGTH = 8.0  #: inverse of the regularisation
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
    """Train on all examples, reproducibly; the second stage and the calibration learn from unseen batches."""
    readings = [read(example.text, example.names) for example in examples]
    right = answers(examples)
    batches = [example.batch for example in examples]
    figures = figures_of(readings)
    idf = _rarity(readings)
    parts = weighted_parts(readings, idf)
    matrix = joined(parts, figures)
    linear = _unseen_linear(matrix, right, batches)
    alone = np.hstack([_unseen_linear(part, right, batches) for part in parts])
    columns = columns_of(linear, alone, figures)
    boosted = _unseen_boosted(columns, right, batches)
    blend, shift = _calibration(linear, boosted, right)
    weights, bias = _fit(matrix, right)
    fitted = [_fit(part, right) for part in parts]
    model = Model(
        idf=idf,
        weights=weights,
        bias=bias,
        part_weights=np.vstack([own for own, _ in fitted]),
        part_bias=np.stack([own for _, own in fitted]),
        trees=fit_trees(columns, right, SEED),
        blend=blend,
        shift=shift,
    )
    return Trained(model, blended(linear, boosted, blend, shift))


def _rarity(readings: Sequence[Reading]) -> np.ndarray:
    matrix = counts(readings)
    holding = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return (np.log((1 + len(readings)) / (1 + holding)) + 1).astype(np.float32)


def _fit(matrix: Any, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fitted = [_one(matrix, right[:, column]) for column in range(right.shape[1])]
    weights = np.stack([classifier.coef_[0] for classifier in fitted], axis=1).astype(np.float32)
    bias = np.array([classifier.intercept_[0] for classifier in fitted], dtype=np.float32)
    return weights, bias


def _one(matrix: Any, right: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=ROUNDS, random_state=SEED).fit(matrix, right)


def _folds(batches: Sequence[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return rows to learn from and rows to answer; no batch is in both."""
    folds = GroupKFold(n_splits=min(FOLDS, len(set(batches))))
    return list(folds.split(np.zeros(len(batches)), groups=batches))


def _unseen_linear(matrix: Any, right: np.ndarray, batches: Sequence[str]) -> np.ndarray:
    scores = np.zeros(right.shape, dtype=np.float32)
    for seen, unseen in _folds(batches):
        weights, bias = _fit(matrix[seen], right[seen])
        scores[unseen] = matrix[unseen] @ weights + bias
    return scores


def _unseen_boosted(columns: np.ndarray, right: np.ndarray, batches: Sequence[str]) -> np.ndarray:
    scores = np.zeros(right.shape, dtype=np.float32)
    for seen, unseen in _folds(batches):
        scores[unseen] = fit_trees(columns[seen], right[seen], SEED).scores(columns[unseen])
    return scores


def _calibration(linear: np.ndarray, boosted: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what both stages weigh in each question's probability (Platt's method)."""
    blend, shift = np.ones((2, right.shape[1]), np.float32), np.zeros(right.shape[1], np.float32)
    for column in range(right.shape[1]):
        platt = LogisticRegression(C=100.0).fit(np.c_[linear[:, column], boosted[:, column]], right[:, column])
        blend[:, column], shift[column] = platt.coef_[0], platt.intercept_[0]
    return blend, shift

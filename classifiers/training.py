"""Training: fit, calibrate on posts of writers the model has not seen, choose thresholds, write the passport."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from classifiers.boosting import fit_trees
from classifiers.counting import columns_met, counts, weighed
from classifiers.model import (
    QUESTIONS,
    VIEWS,
    Model,
    View,
    blended,
    columns_of,
    figures_of,
    final_scores,
    views_of,
)
from classifiers.passages import Passages, passages, said_once
from classifiers.reading import Reading, read
from classifiers.records import Example

SEED = 7
FOLDS = 6
ROUNDS = 300
KEPT = 0.5  #: share of the weights of a view that are kept
SMOOTHING = 0.5  #: added to the counts of a column on either side before they are compared
#: Examples to learn from, and rows to answer.
_Fold: TypeAlias = tuple[np.ndarray, np.ndarray]


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
    # Threads inside one sum would add in another order each time. Whole fits go side by side instead.
    with threadpool_limits(limits=1):
        return _trained(examples)


def _trained(examples: Sequence[Example]) -> Trained:
    rows = _rows(examples)
    right = answers(examples)
    learned = slice(len(examples))
    folds = _folds([example.batch for example in examples], rows.owners)
    figures = figures_of(rows.readings)
    counted = counts(rows.readings)
    columns = columns_met({name: own[learned] for name, own in counted.items()})
    seen = views_of(weighed(counted, columns), figures)
    views = list(zip(seen, VIEWS.values(), strict=True))
    linear = [_unseen_linear(matrix, right, folds, view) for matrix, view in views]
    known = columns_of(linear, figures)
    boosted = _unseen_boosted(known, right, folds)
    blend, shift = _calibration([own[learned] for own in final_scores(linear, boosted)], right)
    fitted = [_fit(matrix[learned], right, view) for matrix, view in views]
    model = Model(
        columns=columns,
        weights=tuple(weights for weights, _ in fitted),
        bias=np.stack([bias for _, bias in fitted]),
        trees=fit_trees(known[learned], right, SEED),
        blend=blend,
        shift=shift,
    )
    return Trained(model, rows.told(blended(linear, boosted, blend, shift)))


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a training looks at: the whole readings, which it learns from, then parts, which are only answered."""

    readings: list[Reading]
    owners: np.ndarray  #: index of the example of each
    judged: list[tuple[Passages, list[int]]]  #: what is judged of each example, and in which rows it stands

    def told(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the probabilities of each example as the judge would tell them, shape (examples, questions)."""
        return np.stack([own.told(own.heard(probabilities[rows])) for own, rows in self.judged])


def _rows(examples: Sequence[Example]) -> _Rows:
    readings = [said_once(read(example.text, example.names)) for example in examples]
    owners = list(range(len(examples)))
    judged = []
    for index, whole in enumerate(readings[:]):
        own = passages(whole)
        known = [index] if own.windows == (whole,) else []
        parts = own.every[len(known) :]
        judged.append((own, [*known, *range(len(readings), len(readings) + len(parts))]))
        readings += parts
        owners += [index] * len(parts)
    return _Rows(readings, np.array(owners), judged)


def _fit(matrix: Any, right: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return weights, shape (columns, questions), and bias, shape (questions,)."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the questions have nothing to do with one another
        fitted = list(pool.map(lambda column: _one(matrix, right[:, column], view), range(right.shape[1])))
    weights = _largest(np.stack([own for own, _ in fitted], axis=1).astype(np.float32))
    return weights, np.array([bias for _, bias in fitted], dtype=np.float32)


def _largest(weights: np.ndarray) -> np.ndarray:
    """Return the weights with the smallest ones put to 0, which say next to nothing and fill the file."""
    sizes = np.abs(weights)
    return np.where(sizes >= np.quantile(sizes[sizes > 0], 1 - KEPT), weights, np.float32(0))


def _one(matrix: Any, right: np.ndarray, view: View) -> tuple[np.ndarray, float]:
    telling = _telling(matrix, right) if view.telling else np.ones(matrix.shape[1])
    linear = LogisticRegression(C=view.strength, solver="liblinear", max_iter=ROUNDS, random_state=SEED)
    linear.fit(matrix @ sparse.diags_array(telling), right)
    return linear.coef_[0] * telling, float(linear.intercept_[0])


def _telling(matrix: Any, right: np.ndarray) -> np.ndarray:
    """Return for each column the logarithm of how much likelier it is where the answer is yes."""
    met = matrix > 0
    yes = SMOOTHING + np.asarray(met[right == 1].sum(axis=0)).ravel()
    no = SMOOTHING + np.asarray(met[right == 0].sum(axis=0)).ravel()
    told: np.ndarray = np.log((yes / yes.sum()) / (no / no.sum()))
    return told


def _folds(batches: Sequence[str], owners: np.ndarray) -> list[_Fold]:
    """Return examples to learn from and rows to answer; no batch is in both."""
    folds = GroupKFold(n_splits=min(FOLDS, len(set(batches))))
    split = folds.split(np.zeros(len(batches)), groups=batches)
    return [(seen, np.flatnonzero(np.isin(owners, unseen))) for seen, unseen in split]


def _unseen_linear(matrix: Any, right: np.ndarray, folds: Sequence[_Fold], view: View) -> np.ndarray:
    scores = np.zeros((matrix.shape[0], right.shape[1]), dtype=np.float32)
    for seen, unseen in folds:
        weights, bias = _fit(matrix[seen], right[seen], view)
        scores[unseen] = matrix[unseen] @ weights + bias
    return scores


def _unseen_boosted(columns: np.ndarray, right: np.ndarray, folds: Sequence[_Fold]) -> np.ndarray:
    scores = np.zeros((len(columns), right.shape[1]), dtype=np.float32)
    for seen, unseen in folds:
        scores[unseen] = fit_trees(columns[seen], right[seen], SEED).scores(columns[unseen])
    return scores


def _calibration(scores: Sequence[np.ndarray], right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what each score weighs in each question's probability (Platt's method)."""
    blend = np.ones((len(scores), right.shape[1]), np.float32)
    shift = np.zeros(right.shape[1], np.float32)
    for column in range(right.shape[1]):
        own = np.stack([score[:, column] for score in scores], axis=1)
        platt = LogisticRegression(C=100.0).fit(own, right[:, column])
        blend[:, column], shift[column] = platt.coef_[0], platt.intercept_[0]
    return blend, shift

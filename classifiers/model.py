"""What was learned: linear models per question over several views of a text, and trees over answers and figures.

A view is some parts of what is counted in a reading (counting.py). The linear models see the views; the trees see
what the linear models say and the knowledge of the field (features.py), and so learn which of it matters together.
The file is written by skops, never by pickle, and carries a passport (passport.py); a changed byte is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from classifiers.counting import Columns, counts, weighed
from classifiers.features import WORDS, feature_names, features
from classifiers.reading import Reading

#: The questions a model answers, each with a probability.
QUESTIONS = (
    "about_us",
    "about_other",
    "safeguarding_1",
    "safeguarding_2",
    "defamation_1",
    "defamation_2",
    "conduct_1",
    "conduct_2",
    "alert",
    "tone_positive",
    "tone_negative",
)
FIGURES_WEIGHT = 0.3
TAGS_WEIGHT = 0.7


@dataclass(frozen=True, slots=True)
class View:
    """The parts that one linear model per question sees."""

    parts: tuple[str, ...]
    strength: float  #: inverse of the regularisation
    figures: bool = False
    telling: bool = False  #: columns weigh by how much they tell (Wang and Manning's naive Bayes weights)
    final: bool = False  #: speaks in the final probability too, not only to the trees


MASKED = ("words", "letters", "bio", "tags", "fields")
VIEWS = {
    "masked": View(MASKED, 8.0, figures=True, final=True),
    "masked telling": View(MASKED, 4.0, telling=True, final=True),
    "named telling": View(("named words", "named letters"), 4.0, telling=True, final=True),
    "bio": View(("bio",), 8.0),
    "tags": View(("tags",), 8.0),
    "fields": View(("fields",), 4.0, telling=True, final=True),
    "around the name": View(("around",), 4.0, telling=True),
}


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees of all questions, padded to the same number of nodes. Leaves point to themselves."""

    feature: np.ndarray  #: column asked at each node, shape (trees, nodes), int16
    threshold: np.ndarray  #: at most this: to the left; float32
    left: np.ndarray  #: int16
    right: np.ndarray  #: int16
    value: np.ndarray  #: what a leaf adds, float32
    question: np.ndarray  #: index of the question of each tree, shape (trees,), int16
    depth: int

    def scores(self, columns: np.ndarray) -> np.ndarray:
        """Return the sum of the leaves per question for each row of `columns`, shape (rows, questions)."""
        rows = np.arange(len(columns))[:, None]
        trees = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(columns), len(self.feature)), dtype=np.int16)
        for _ in range(self.depth):
            goes_left = columns[rows, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        members = np.equal(self.question[:, None], np.arange(len(QUESTIONS))).astype(np.float32)
        summed: np.ndarray = self.value[trees, node] @ members
        return summed


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model. Arrays are float32."""

    columns: Mapping[str, Columns]  #: of each part
    weights: tuple[np.ndarray, ...]  #: of each view, shape (columns of the view, questions)
    bias: np.ndarray  #: shape (views, questions)
    trees: Trees
    blend: np.ndarray  #: what each final view and the trees weigh in the end, shape (final views + 1, questions)
    shift: np.ndarray  #: shape (questions,)

    def probabilities(self, readings: Sequence[Reading]) -> np.ndarray:
        """Return the probability of each question for each reading, shape (readings, questions)."""
        figures = figures_of(readings)
        seen = views_of(weighed(counts(readings), self.columns), figures)
        linear = [
            np.asarray(matrix @ weights + bias, dtype=np.float32)
            for matrix, weights, bias in zip(seen, self.weights, self.bias, strict=True)
        ]
        return blended(linear, self.trees.scores(columns_of(linear, figures)), self.blend, self.shift)


def blended(linear: Sequence[np.ndarray], boosted: np.ndarray, blend: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Turn the scores of the views and of the trees into probabilities."""
    speaking = final_scores(linear, boosted)
    score = sum((own * weight for own, weight in zip(speaking, blend, strict=True)), start=shift)
    result: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
    return result


def final_scores(linear: Sequence[np.ndarray], boosted: np.ndarray) -> list[np.ndarray]:
    """Return the scores that speak in the final probability."""
    return [own for own, view in zip(linear, VIEWS.values(), strict=True) if view.final] + [boosted]


def figures_of(readings: Sequence[Reading]) -> np.ndarray:
    """Return the figures of readings, shape (readings, figures), float32."""
    return np.asarray([features(reading) for reading in readings], dtype=np.float32)


def views_of(parts: dict[str, Any], figures: np.ndarray) -> list[Any]:
    """Return the matrix of each view."""
    own = {**parts, "tags": parts["tags"] * TAGS_WEIGHT}
    last = sparse.csr_matrix(figures * FIGURES_WEIGHT)
    return [
        sparse.hstack([*(own[part] for part in view.parts), *([last] if view.figures else [])], format="csr")
        for view in VIEWS.values()
    ]


def columns_of(linear: Sequence[np.ndarray], figures: np.ndarray) -> np.ndarray:
    """Return what the trees see: all linear scores, the figures, and the figures for the length of the text."""
    length = np.maximum(1.0, 2 * figures[:, [feature_names().index(WORDS)]])
    return np.hstack([*linear, figures, figures / length]).astype(np.float32)

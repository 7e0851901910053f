"""What was learned: a linear model per question over words, letters and tags, and trees over answers and figures.

The linear models see which words a text has; the trees see what the linear models say and the knowledge of the
field (features.py), and so learn which of it matters together. Words are hashed, so that no name of any training
post can be read from the model file. The file is written by skops, never by pickle, and carries a passport
(passport.py); a changed byte is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from classifiers.features import WORDS, feature_names, features, tags
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
WORD_BITS = 16
LETTER_BITS = 16
BIO_BITS = 11
TAG_BITS = 14
FIGURES_WEIGHT = 0.3
TAGS_WEIGHT = 0.7
_EDGES = np.cumsum([0, 1 << WORD_BITS, 1 << LETTER_BITS, 1 << BIO_BITS, 1 << TAG_BITS]).tolist()
#: First and last column of words, letters, bios and tags.
PARTS: tuple[tuple[int, int], ...] = tuple(pairwise(_EDGES))


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

    idf: np.ndarray  #: weight of each hashed column, shape (columns,)
    weights: np.ndarray  #: shape (columns + figures, questions)
    bias: np.ndarray  #: shape (questions,)
    part_weights: np.ndarray  #: of the models that see one part of the columns alone, shape (columns, questions)
    part_bias: np.ndarray  #: shape (parts, questions)
    trees: Trees
    blend: np.ndarray  #: what the linear score and the trees weigh in the end, shape (2, questions)
    shift: np.ndarray  #: shape (questions,)

    def probabilities(self, readings: Sequence[Reading]) -> np.ndarray:
        """Return the probability of each question for each reading, shape (readings, questions)."""
        figures = figures_of(readings)
        parts = weighted_parts(readings, self.idf)
        linear = np.asarray(joined(parts, figures) @ self.weights + self.bias, dtype=np.float32)
        alone = [
            part @ self.part_weights[start:end] + bias
            for part, (start, end), bias in zip(parts, PARTS, self.part_bias, strict=True)
        ]
        columns = columns_of(linear, np.hstack(alone), figures)
        return blended(linear, self.trees.scores(columns), self.blend, self.shift)


def blended(linear: np.ndarray, boosted: np.ndarray, blend: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Turn the scores of both stages into probabilities."""
    score = linear * blend[0] + boosted * blend[1] + shift
    result: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
    return result


def figures_of(readings: Sequence[Reading]) -> np.ndarray:
    """Return the figures of readings, shape (readings, figures), float32."""
    return np.asarray([features(reading) for reading in readings], dtype=np.float32)


def counts(readings: Sequence[Reading]) -> Any:
    """Return the hashed words, letters, bio words and tags of readings, shape (readings, columns), sparse."""
    said = [f"{reading.title.plain} | {reading.body}" for reading in readings]
    bios = [f"{reading.bio.plain} by {reading.author.plain}" for reading in readings]
    parts = [
        _hashed(said, "word", (1, 2), WORD_BITS),
        _hashed(said, "char_wb", (3, 5), LETTER_BITS),
        _hashed(bios, "word", (1, 2), BIO_BITS),
        _hashed([tags(reading) for reading in readings], _itself, (1, 1), TAG_BITS),
    ]
    return sparse.hstack(parts, format="csr")


def weighted_parts(readings: Sequence[Reading], idf: np.ndarray) -> list[Any]:
    """Return the weighted counts of words, letters, bios and tags, each row of length one."""
    matrix = counts(readings).multiply(idf).tocsr()
    return [_unit(matrix[:, start:end]) for start, end in PARTS]


def joined(parts: Sequence[Any], figures: np.ndarray) -> Any:
    """Return the matrix the linear model of all parts sees."""
    *others, tagged = parts
    return sparse.hstack([*others, tagged * TAGS_WEIGHT, sparse.csr_matrix(figures * FIGURES_WEIGHT)], format="csr")


def columns_of(linear: np.ndarray, alone: np.ndarray, figures: np.ndarray) -> np.ndarray:
    """Return what the trees see: all linear scores, the figures, and the figures for the length of the text."""
    length = np.maximum(1.0, 2 * figures[:, [feature_names().index(WORDS)]])
    return np.hstack([linear, alone, figures, figures / length]).astype(np.float32)


def _itself(tokens: list[str]) -> list[str]:
    return tokens


def _hashed(texts: Sequence[Any], analyzer: Any, spans: tuple[int, int], bits: int) -> Any:
    vectorizer = HashingVectorizer(
        analyzer=analyzer,
        ngram_range=spans,
        n_features=1 << bits,
        alternate_sign=False,
        norm=None,
        binary=True,
        lowercase=False,
        token_pattern=r"\S+",  # noqa: S106  # no password: every run of signs is a word
        dtype=np.float32,
    )
    return vectorizer.transform(texts)


def _unit(matrix: Any) -> Any:
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    return sparse.diags_array(1.0 / np.maximum(lengths, 1e-9)) @ matrix

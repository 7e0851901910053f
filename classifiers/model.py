"""What was learned: one linear model per question over words, letters, the bio and the field's knowledge.

Words are hashed, so that no name of any training post can be read from the model file. The file is written by
skops, never by pickle, and carries a passport (passport.py); a changed byte is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from classifiers.features import features
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
KNOWLEDGE_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model. Arrays are float32."""

    idf: np.ndarray  #: weight of each hashed column, shape (columns,)
    weights: np.ndarray  #: shape (columns + figures, questions)
    bias: np.ndarray  #: shape (questions,)
    slope: np.ndarray  #: calibration of each question: probability = sigmoid(slope * score + shift)
    shift: np.ndarray

    def probabilities(self, readings: Sequence[Reading]) -> np.ndarray:
        """Return the probability of each question for each reading, shape (readings, questions)."""
        scores = design(readings, self.idf) @ self.weights + self.bias
        return calibrated(np.asarray(scores), self.slope, self.shift)


def calibrated(scores: np.ndarray, slope: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Turn raw scores into probabilities."""
    result: np.ndarray = 1.0 / (1.0 + np.exp(-np.clip(scores * slope + shift, -30, 30)))
    return result


def counts(readings: Sequence[Reading]) -> Any:
    """Return the hashed words, letters and bio words of readings, shape (readings, columns), sparse."""
    said = [f"{reading.title.plain} {reading.body}" for reading in readings]
    bios = [f"{reading.bio.plain} by {reading.author}" for reading in readings]
    return sparse.hstack(
        [_hashed(said, "word", (1, 2), WORD_BITS), _hashed(said, "char_wb", (3, 5), LETTER_BITS),
         _hashed(bios, "word", (1, 2), BIO_BITS)],
        format="csr",
    )  # fmt: skip


def design(readings: Sequence[Reading], idf: np.ndarray) -> Any:
    """Return the matrix the linear models see: weighted counts, each part of length one, and the figures."""
    matrix = counts(readings).multiply(idf).tocsr()
    edges = (0, 1 << WORD_BITS, (1 << WORD_BITS) + (1 << LETTER_BITS), matrix.shape[1])
    parts = [_unit(matrix[:, start:end]) for start, end in pairwise(edges)]
    figures = sparse.csr_matrix(np.asarray([features(reading) for reading in readings], dtype=np.float32))
    return sparse.hstack([*parts, figures * KNOWLEDGE_WEIGHT], format="csr")


def _hashed(texts: list[str], analyzer: str, spans: tuple[int, int], bits: int) -> Any:
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

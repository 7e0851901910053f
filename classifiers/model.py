"""What was learned: linear models per question over several views of a text, and trees over answers and figures.

A view is some parts of what is counted in a reading: its words and letters with persons masked, the same with
persons named, its bio, its tags. The linear models see the views; the trees see what the linear models say and the
knowledge of the field (features.py), and so learn which of it matters together. Words are hashed, so that no name
of any training post can be read from the model file. The file is written by skops, never by pickle, and carries a
passport (passport.py); a changed byte is refused.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from classifiers.features import WORDS, around, feature_names, features, fields, tags
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
class Part:
    """One thing counted in a reading: groups of words or of letters, hashed."""

    said: Callable[[Reading], Any]  #: the text, or a list of words that are taken as they are
    analyzer: str  #: "word", "letters" (inside words) or "list"
    spans: tuple[int, int]  #: shortest and longest group
    bits: int  #: the part has so many columns, as a power of two


@dataclass(frozen=True, slots=True)
class View:
    """The parts that one linear model per question sees."""

    parts: tuple[str, ...]
    strength: float  #: inverse of the regularisation
    figures: bool = False
    telling: bool = False  #: columns weigh by how much they tell (Wang and Manning's naive Bayes weights)
    final: bool = False  #: speaks in the final probability too, not only to the trees


PARTS = {
    "words": Part(lambda reading: f"{reading.title.plain} | {reading.body}", "word", (1, 2), 16),
    "letters": Part(lambda reading: f"{reading.title.plain} | {reading.body}", "letters", (3, 5), 16),
    "bio": Part(lambda reading: f"{reading.bio.plain} by {reading.author.plain}", "word", (1, 2), 11),
    "tags": Part(tags, "list", (1, 1), 14),
    "fields": Part(fields, "list", (1, 1), 15),
    "around": Part(around, "list", (1, 1), 14),
    "named words": Part(lambda reading: reading.named, "word", (1, 3), 17),
    "named letters": Part(lambda reading: reading.named, "letters", (2, 5), 17),
}
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
_EDGES = list(pairwise(np.cumsum([0, *(1 << part.bits for part in PARTS.values())]).tolist()))
#: First and last column of each part.
COLUMNS: dict[str, tuple[int, int]] = dict(zip(PARTS, _EDGES, strict=True))
_EVERY_RUN_OF_SIGNS = r"\S+"
#: A column met in fewer training posts than this says nothing.
RAREST = 2


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
    weights: tuple[np.ndarray, ...]  #: of each view, shape (columns of the view, questions)
    bias: np.ndarray  #: shape (views, questions)
    trees: Trees
    blend: np.ndarray  #: what each final view and the trees weigh in the end, shape (final views + 1, questions)
    shift: np.ndarray  #: shape (questions,)

    def probabilities(self, readings: Sequence[Reading]) -> np.ndarray:
        """Return the probability of each question for each reading, shape (readings, questions)."""
        figures = figures_of(readings)
        seen = views_of(weighted_parts(counts(readings), self.idf), figures)
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


def counts(readings: Sequence[Reading]) -> Any:
    """Return which hashed groups of all parts stand in readings, shape (readings, columns), sparse."""
    return sparse.hstack([_hashed(readings, part) for part in PARTS.values()], format="csr")


def weighted_parts(counted: Any, idf: np.ndarray) -> dict[str, Any]:
    """Return the weighted counts of each part, each row of length one."""
    weighted = counted.copy()
    weighted.data = counted.data * idf[counted.indices]
    return {name: _unit(weighted[:, start:end]) for name, (start, end) in COLUMNS.items()}


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


def _hashed(readings: Sequence[Reading], part: Part) -> Any:
    said = map(part.said, readings)
    if part.analyzer == "letters":
        return _marked([_columns_of_letters(text, part.spans, part.bits) for text in said], part)
    vectorizer = HashingVectorizer(
        analyzer=_itself if part.analyzer == "list" else "word",
        ngram_range=part.spans,
        n_features=1 << part.bits,
        alternate_sign=False,
        norm=None,
        binary=True,
        lowercase=False,
        token_pattern=_EVERY_RUN_OF_SIGNS,
        dtype=np.float32,
    )
    return vectorizer.transform(said)


def _itself(tokens: list[str]) -> list[str]:
    return tokens


def _marked(rows: Sequence[np.ndarray], part: Part) -> Any:
    """Return a matrix with 1 in the given columns of each row."""
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate(rows)
    return sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(rows), 1 << part.bits))


def _columns_of_letters(text: str, spans: tuple[int, int], bits: int) -> np.ndarray:
    words = [_letters(word, spans, bits) for word in text.split()]
    return np.unique(np.concatenate(words)) if words else np.zeros(0, np.int32)


@lru_cache(maxsize=30_000)
def _letters(word: str, spans: tuple[int, int], bits: int) -> np.ndarray:
    """Return the columns of all groups of letters of a word and the gaps around it; words come again and again."""
    padded = f" {word} "
    groups = {
        padded[at : at + size]
        for size in range(spans[0], min(spans[1], len(padded)) + 1)
        for at in range(len(padded) - size + 1)
    }
    return np.asarray([murmurhash3_32(group, positive=True) % (1 << bits) for group in groups], np.int32)


def _unit(matrix: Any) -> Any:
    """Bring each row to length one, in place. For a single post, scipy's operators would take most of the time."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lengths = np.sqrt(np.bincount(rows, np.square(matrix.data), matrix.shape[0]))
    matrix.data = (matrix.data / np.maximum(lengths, 1e-9)[rows]).astype(np.float32)
    return matrix

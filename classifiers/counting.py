"""What is counted in a reading: words and letters, with persons masked and with persons named; bio, tags, fields.

All are hashed to columns, so that no name of any training post can be read from a model file. Only those columns
are kept that were met often enough in training.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from classifiers.features import around, fields, tags
from classifiers.reading import Reading

#: A column met in fewer training posts than this says nothing.
RAREST = 3
_EVERY_RUN_OF_SIGNS = r"\S+"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing counted in a reading: groups of words or of letters, hashed."""

    said: Callable[[Reading], Any]  #: the text, or a list of words that are taken as they are
    analyzer: str  #: "word", "letters" (inside words) or "list"
    spans: tuple[int, int]  #: shortest and longest group
    bits: int  #: the part has so many columns, as a power of two


PARTS = {
    "words": Part(lambda reading: f"{reading.title.plain} | {reading.body}", "word", (1, 2), 19),
    "letters": Part(lambda reading: f"{reading.title.plain} | {reading.body}", "letters", (3, 5), 18),
    "bio": Part(lambda reading: f"{reading.bio.plain} by {reading.author.plain}", "word", (1, 2), 14),
    "tags": Part(tags, "list", (1, 1), 17),
    "fields": Part(fields, "list", (1, 1), 17),
    "around": Part(around, "list", (1, 1), 17),
    "named words": Part(lambda reading: reading.named, "word", (1, 3), 19),
    "named letters": Part(lambda reading: reading.named, "letters", (2, 5), 19),
}


_WIDEST = 1 << max(part.bits for part in PARTS.values())


def layout() -> tuple[str, ...]:
    """Return what is counted, one line a part: a model understands no other counts than it was made of."""
    return tuple(
        f"{name}: {part.analyzer} {part.spans[0]} to {part.spans[1]}, {part.bits} bits"
        for name, part in PARTS.items()
    )


@dataclass(frozen=True)
class Columns:
    """The hashed columns of one part that say something."""

    kept: np.ndarray  #: ascending, int32
    weight: np.ndarray  #: of each, the rarer the more; float32

    @classmethod
    def met_in(cls, counted: Any) -> "Columns":
        """Choose those that were met often enough, from the hashed counts of all training posts."""
        holding = np.bincount(counted.indices, minlength=counted.shape[1])
        kept = np.flatnonzero(holding >= RAREST)
        weight = np.log((1 + counted.shape[0]) / (1 + holding[kept])) + 1
        return cls(kept.astype(np.int32), weight.astype(np.float32))

    @cached_property
    def _place(self) -> np.ndarray:
        """Where among the kept columns each hashed column stands; -1 for those that say nothing."""
        place = np.full(_WIDEST, -1, np.int32)
        place[self.kept] = np.arange(len(self.kept), dtype=np.int32)
        return place

    def weighed(self, counted: Any) -> Any:
        """Return the weights of what is counted, shape (readings, kept columns), sparse, each row of length one."""
        at = self._place[counted.indices]
        known = at >= 0
        at = at[known]
        ends = np.concatenate([[0], np.cumsum(known)])[counted.indptr]
        return _unit(sparse.csr_matrix((self.weight[at], at, ends), (counted.shape[0], len(self.kept))))


def counts(readings: Sequence[Reading]) -> dict[str, Any]:
    """Return for each part which hashed groups stand in readings, shape (readings, columns), sparse."""
    return {name: _hashed(readings, part) for name, part in PARTS.items()}


def columns_met(counted: Mapping[str, Any]) -> dict[str, Columns]:
    """Choose the columns of each part from the counts of all training posts."""
    return {name: Columns.met_in(own) for name, own in counted.items()}


def weighed(counted: Mapping[str, Any], columns: Mapping[str, Columns]) -> dict[str, Any]:
    """Return the weighted counts of each part."""
    return {name: columns[name].weighed(own) for name, own in counted.items()}


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

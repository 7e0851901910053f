"""What ordinary words are about: a rare word is understood by its kind, as "asbestos" by `hazard`.

The words stand in data/fields.txt with their fields and with how alarming each is; endings are looked through.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from classifiers.lexicons import data_lines

#: Endings, each with what may stand in its place in the base form, the likelier first ("raging": rage, not rag).
_ENDINGS = (
    ("ies", ("y",)),
    ("ied", ("y",)),
    ("es", ("",)),
    ("s", ("",)),
    ("ed", ("e", "")),
    ("ing", ("e", "")),
    ("in", ("e", "")),
    ("ers", ("e", "")),
    ("er", ("e", "")),
    ("ly", ("",)),
)
_DOUBLING = frozenset(("ed", "ing", "in", "er", "ers"))
ALARMS = (1, 2, 3)  #: how alarming a word can be: sometimes, often, nearly always; most are not at all
_SHORTEST = 3  #: letters of a base form found behind an ending


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word is about."""

    alarm: int  #: one of ALARMS, or 0: how often it would make a careful head look up
    fields: tuple[str, ...]  #: the likeliest first


@lru_cache(maxsize=30_000)
def meaning_of(word: str) -> Meaning | None:
    """Return what a plain word is about, in whatever form it stands; None where it is not known."""
    known = _dictionary()
    return next((known[base] for base in _bases(word) if base in known), None)


def words_with_fields() -> frozenset[str]:
    """Return the words that stand in the file."""
    return frozenset(_dictionary())


@cache
def _dictionary() -> dict[str, Meaning]:
    entries = (line.split() for line in data_lines("fields"))
    return {word: Meaning(int(alarm), tuple(fields)) for word, alarm, *fields in entries}


def _bases(word: str) -> Iterator[str]:
    """Yield the word and the base forms it may be made from."""
    yield word
    for ending, instead in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _SHORTEST:
            continue
        yield from (stem + letter for letter in instead)
        if ending in _DOUBLING and stem[-1] == stem[-2]:
            yield stem[:-1]

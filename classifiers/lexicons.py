"""The field's words, from data files that anybody can edit.

data/lexicons/<kind>.txt holds phrases to be found in texts, one a line: `bruis*` takes any ending, a lone `*` any
one word, `son/daughter` either word, `[little]` may be left out. data/words/<list>.txt holds single words to be
looked up, data/fields.txt what ordinary words are about (fields.py).
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product

from classifiers.plain import plain
from classifiers.words import Phrases

_PART = re.compile(r"\[[^\]]*\]|\S+")


@cache
def phrases() -> Phrases[str]:
    """Return every phrase of every lexicon, each meaning its kind."""
    found: Phrases[str] = Phrases()
    for kind in kinds():
        for phrase in dict.fromkeys(_written(kind)):
            found.add(phrase, kind)
    return found


@cache
def kinds() -> tuple[str, ...]:
    """Return the kinds of phrases, in order."""
    folder = files("classifiers").joinpath("data/lexicons")
    return tuple(sorted(path.name.removesuffix(".txt") for path in folder.iterdir()))


@cache
def word_set(name: str, folder: str = "words") -> frozenset[str]:
    """Return a list of single words, in plain form."""
    return frozenset(plain(word) for line in data_lines(f"{folder}/{name}") for word in line.split())


@cache
def phrase_words(of: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the whole words of all phrases, or of those of some kinds."""
    spoken = (word for kind in of or kinds() for phrase in _written(kind) for word in phrase.split())
    return frozenset(word for word in spoken if word.isalpha())


@lru_cache(maxsize=4096)
def is_spoken_of(word: str) -> bool:
    """Tell whether a word is a phrase of a lexicon by itself, in whatever language: it says what, not who."""
    return any(hit.start == 0 and hit.end == len(word) for hit in phrases().find(word))


def _written(kind: str) -> Iterator[str]:
    for line in data_lines(f"lexicons/{kind}"):
        yield from written_out(line)


def written_out(line: str) -> list[str]:
    """Write out the alternatives and optional words of a line, in plain form but for the stars."""
    ways = [_ways(part) for part in _PART.findall(line)]
    return [" ".join(" ".join(chosen).split()) for chosen in product(*ways)]


def _ways(part: str) -> list[str]:
    ways = [_plain_with_star(word) for word in part.strip("[]").split("/")]
    return [*ways, ""] if part.startswith("[") else ways


def _plain_with_star(words: str) -> str:
    return " ".join("*" if word == "*" else plain(word) + "*" * word.endswith("*") for word in words.split())


def data_lines(path: str) -> list[str]:
    """Return the lines of a data file that are neither empty nor remarks."""
    content = files("classifiers").joinpath(f"data/{path}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in content.splitlines() if line.strip() and not line.startswith("#")]


@cache
def fingerprint() -> str:
    """Return a hash that changes when any lexicon or list changes."""
    data = files("classifiers").joinpath("data")
    paths = sorted(
        (path for folder in ("lexicons", "words") for path in data.joinpath(folder).iterdir()),
        key=lambda path: path.name,
    )
    content = b"".join(path.read_bytes() for path in (*paths, data.joinpath("fields.txt")))
    return hashlib.sha256(content).hexdigest()[:16]

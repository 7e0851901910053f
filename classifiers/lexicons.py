"""The field's words, from data files that anybody can edit: classifiers/data/lexicons/<kind>.txt."""

import hashlib
from functools import cache
from importlib.resources import files

from classifiers.plain import plain
from classifiers.words import Phrases

#: Files of single words that are looked up, not searched for.
NOT_PHRASES = ("adult-titles", "child-frames", "given-names", "kin-words", "name-words", "ordinary-words")


@cache
def phrases() -> Phrases[str]:
    """Return every phrase of every lexicon, each meaning its kind."""
    found: Phrases[str] = Phrases()
    for path in sorted(files("classifiers").joinpath("data/lexicons").iterdir(), key=lambda entry: entry.name):
        kind = path.name.removesuffix(".txt")
        if kind in NOT_PHRASES:
            continue
        for line in _lines(kind):
            found.add(plain(line.rstrip("*")) + ("*" if line.endswith("*") else ""), kind)
    return found


@cache
def kinds() -> tuple[str, ...]:
    """Return the kinds of phrases, in order."""
    names = (path.name.removesuffix(".txt") for path in files("classifiers").joinpath("data/lexicons").iterdir())
    return tuple(sorted(name for name in names if name not in NOT_PHRASES))


@cache
def word_set(kind: str) -> frozenset[str]:
    """Return a list of single words, in plain form."""
    return frozenset(plain(word) for line in _lines(kind) for word in line.split())


def _lines(kind: str) -> list[str]:
    content = files("classifiers").joinpath(f"data/lexicons/{kind}.txt").read_text(encoding="utf-8")
    return [line.strip() for line in content.splitlines() if line.strip() and not line.startswith("#")]


@cache
def fingerprint() -> str:
    """Return a hash that changes when any lexicon changes."""
    folder = files("classifiers").joinpath("data/lexicons")
    content = b"".join(path.read_bytes() for path in sorted(folder.iterdir(), key=lambda entry: entry.name))
    return hashlib.sha256(content).hexdigest()[:16]

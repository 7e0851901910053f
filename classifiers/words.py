"""Many phrases found in one pass. The one door to pyahocorasick."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ahocorasick

Meaning = TypeVar("Meaning")


@dataclass(frozen=True, slots=True)
class Found(Generic[Meaning]):
    """A phrase that stands in a text."""

    start: int  #: offset of its first character in the plain text
    end: int
    phrase: str
    meaning: Meaning


class Phrases(Generic[Meaning]):
    """Phrases in plain form, each with one or more meanings. A phrase that ends in `*` takes any ending."""

    def __init__(self) -> None:
        self._meanings: dict[str, list[Meaning]] = defaultdict(list)
        self._automaton: Any = None

    def add(self, phrase: str, meaning: Meaning) -> None:
        """Add a phrase; it must be in plain form but for a `*` at its end."""
        if phrase.strip("* "):
            self._meanings[phrase].append(meaning)

    def find(self, plain_text: str) -> Iterator[Found[Meaning]]:
        """Yield the phrases that stand in a text as whole words, in the order in which they end."""
        if self._automaton is None:
            self._automaton = self._built()
        if not self._meanings:
            return
        for last, (phrase, shift, meanings) in self._automaton.iter(f" {plain_text} "):
            end = last + shift  # the text starts one later in what is searched
            start = end - len(phrase)
            for meaning in meanings:
                yield Found(start, end, phrase, meaning)

    def _built(self) -> Any:
        automaton = ahocorasick.Automaton()
        for phrase, meanings in self._meanings.items():
            if phrase.endswith("*"):
                stem = phrase[:-1]
                automaton.add_word(f" {stem}", (stem, 0, tuple(meanings)))
            else:
                automaton.add_word(f" {phrase} ", (phrase, -1, tuple(meanings)))
        if self._meanings:
            automaton.make_automaton()
        return automaton

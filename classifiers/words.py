"""Many phrases found in one pass. The one door to pyahocorasick."""

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import ahocorasick

Meaning = TypeVar("Meaning")


@dataclass(frozen=True, slots=True)
class Found(Generic[Meaning]):
    """A phrase that stands in a text."""

    start: int  #: offset of its first character in the plain text
    end: int
    meaning: Meaning


class _Entry(NamedTuple):
    length: int  #: of the key with its gaps
    rest: re.Pattern[str] | None  #: what must follow the key, where the phrase holds a `*`
    meanings: tuple[Any, ...]


class Phrases(Generic[Meaning]):
    """Phrases in plain form, each with one or more meanings. `wet*` takes any ending, a lone `*` any one word."""

    def __init__(self) -> None:
        self._meanings: dict[str, list[Meaning]] = defaultdict(list)
        self._automaton: Any = None

    def add(self, phrase: str, meaning: Meaning) -> None:
        """Add a phrase; it must be in plain form but for its `*`. One that begins with `*` is left out."""
        if phrase.partition("*")[0].strip():
            self._meanings[phrase].append(meaning)

    def find(self, plain_text: str) -> list[Found[Meaning]]:
        """Return the phrases that stand in a text as whole words, in the order in which they end."""
        if self._automaton is None:
            self._automaton = self._built()
        if not self._meanings:
            return []
        padded = f" {plain_text} "
        found = []
        for last, entries in self._automaton.iter(padded):
            for length, rest, meanings in entries:
                start, end = last - length + 1, last - 1  # the text starts one later in what is searched
                if rest is not None:
                    followed = rest.match(padded, last + 1)
                    if followed is None:
                        continue
                    end = followed.end() - 1
                found += [Found(start, end, meaning) for meaning in meanings]
        return found

    def _built(self) -> Any:
        entries: dict[str, list[_Entry]] = defaultdict(list)
        for phrase, meanings in self._meanings.items():
            key, rest = _key(phrase)
            entries[key].append(_Entry(len(key), rest, tuple(meanings)))
        automaton = ahocorasick.Automaton()
        for key, alike in entries.items():
            automaton.add_word(key, tuple(alike))
        if entries:
            automaton.make_automaton()
        return automaton


def _key(phrase: str) -> tuple[str, re.Pattern[str] | None]:
    """Return the part before the first star, and a pattern of the part from it on."""
    head, star, tail = phrase.partition("*")
    if not star:
        return f" {phrase} ", None
    first, *others = (star + tail).split(" ")
    parts = [_pattern(first, alone=head.endswith(" ")), *(_pattern(part, alone=True) for part in others)]
    return f" {head}", re.compile(" ".join(parts) + "(?= )")


def _pattern(part: str, *, alone: bool) -> str:
    if part == "*":
        return r"\S+" if alone else r"\S*"
    return re.escape(part).replace(r"\*", r"\S*")

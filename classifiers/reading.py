"""A text as a reader of the field sees it: who speaks, who is named, what is said, sentence by sentence."""

import re
from dataclasses import dataclass

from classifiers.children import Person, persons
from classifiers.lexicons import phrases
from classifiers.masking import count_against, mask
from classifiers.plain import plain
from classifiers.text import Names, Text
from classifiers.words import Found

#: A sentence, or 400 characters of one that does not end.
_SENTENCE = re.compile(r"[^.!?\n]{1,400}(?!\w)[.!?\n]*|[^.!?\n]{1,400}|[.!?\n]+")
WINDOW = 60  #: words judged together; a long text is as grave as its gravest window
STRIDE = 30
LONGEST = 20_000  #: characters read of a text


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with what stands in it."""

    start: int  #: offset in the raw text
    raw: str
    plain: str  #: masked
    found: tuple[Found[str], ...]
    people: tuple[Person, ...]  #: offsets within `raw`

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of phrases in it."""
        return frozenset(found.meaning for found in self.found)


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole text, read."""

    text: Text
    names: Names
    title: Sentence
    bio: Sentence
    author: str  #: plain and masked
    sentences: tuple[Sentence, ...]
    against: int  #: words of namesakes in any field

    @property
    def body(self) -> str:
        """The masked plain text of all sentences."""
        return " ".join(sentence.plain for sentence in self.sentences)


def read(text: Text, names: Names) -> Reading:
    """Read a text for one school."""
    raw = text.text[:LONGEST]
    return Reading(
        text=text,
        names=names,
        title=_sentence(text.title[:500], 0, names, text.author),
        bio=_sentence(text.bio[:500], 0, names, text.author),
        author=mask(plain(text.author[:200]), names),
        sentences=tuple(
            _sentence(found[0], found.start(), names, text.author)
            for found in _SENTENCE.finditer(raw)
            if found[0].strip()
        ),
        against=count_against(plain(" ".join((text.title, raw, text.bio, text.author))), names),
    )


def windows(reading: Reading) -> list[Reading]:
    """Return the reading itself where it is short, else overlapping parts of it, each with title and bio."""
    sizes = [max(1, len(sentence.plain.split())) for sentence in reading.sentences]
    if sum(sizes) <= WINDOW + STRIDE:
        return [reading]
    parts, start = [], 0
    while True:
        end = _reach(sizes, start, WINDOW)
        parts.append(_part(reading, start, end))
        if end == len(sizes):
            return parts
        start = min(_reach(sizes, start, STRIDE), end)


def _reach(sizes: list[int], start: int, words: int) -> int:
    """Return the end of the sentences from `start` that hold so many words; at least one sentence."""
    end, held = start, 0
    while end < len(sizes) and (held < words or end == start):
        held += sizes[end]
        end += 1
    return end


def _part(reading: Reading, start: int, end: int) -> Reading:
    return Reading(
        reading.text,
        reading.names,
        reading.title,
        reading.bio,
        reading.author,
        reading.sentences[start:end],
        reading.against,
    )


def _sentence(raw: str, start: int, names: Names, author: str) -> Sentence:
    masked = mask(plain(raw), names)
    return Sentence(start, raw, masked, tuple(phrases().find(masked)), tuple(persons(raw, names, author)))

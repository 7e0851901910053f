"""A text as a reader of the field sees it: who speaks, who is named, what is said, sentence by sentence."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from classifiers.folding import fold, undisguise
from classifiers.lexicons import phrases
from classifiers.masking import mask, own_words, shaped, with_places
from classifiers.people import Manner, Namer, Person, manner_of
from classifiers.plain import Line, line_of, plain
from classifiers.text import Names, Text

#: A sentence, or 400 characters of one that does not end.
_SENTENCE = re.compile(r"[^.!?\n]{1,400}(?!\w)[.!?\n]*|[^.!?\n]{1,400}|[.!?\n]+")
#: A sentence said so often may be padding: a text is judged without it too (passages.py).
PADDING = 3
RUNS_ON = 20  #: characters of a sentence that is looked for inside of others
MOST_PADDING = 20  #: different sentences that are
BEGINNING, END = 40_000, 20_000  #: characters read of a text that is longer than both
#: What stands for a person in the words a model learns from.
ROLES = {
    "own": "ownname", "child": "childname", "adult": "adultname", "creature": "petname",
    "person": "somename", "unlisted": "strangename",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a lexicon that stands in a field."""

    start: int  #: offset in the raw field
    end: int
    kind: str
    order: int  #: index of its first word in the sentence


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with what stands in it. Offsets are those of the raw field."""

    words: tuple[str, ...]  #: plain; names of the school and of persons are masked by their roles
    named: tuple[str, ...]  #: the same words with persons named
    phrases: tuple[Phrase, ...]
    people: tuple[Person, ...]
    kinds: frozenset[str]  #: of its phrases
    raw: str

    @property
    def plain(self) -> str:
        """The masked words with spaces between."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole text, read."""

    text: Text
    names: Names
    title: Sentence
    bio: Sentence
    author: Sentence
    sentences: tuple[Sentence, ...]
    disguised: bool  #: words in it were hidden from machines

    @property
    def body(self) -> str:
        """The masked plain text of all sentences."""
        return " ".join(sentence.plain for sentence in self.sentences)

    @property
    def named(self) -> str:
        """The plain text of title and sentences with persons named; the school is masked in it too."""
        body = " ".join(word for sentence in self.sentences for word in sentence.named)
        return f"{' '.join(self.title.named)} | {body}"


def read(text: Text, names: Names) -> Reading:
    """Read a text for one school."""
    reader = _Reader(names, text.author)
    manner = manner_of(text.text)
    sentences = tuple(reader.sentence(part, start, manner) for part, start in _parts(text.text))
    return Reading(
        text=text,
        names=names,
        title=reader.field(text.title[:500]),
        bio=reader.field(text.bio[:500]),
        author=reader.field(text.author[:200]),
        sentences=sentences,
        disguised=reader.disguised,
    )


def people_in(raw: str, names: Names) -> list[tuple[int, int]]:
    """Return where persons are named in a raw text, in reading order."""
    sentences = read(Text(raw), names).sentences
    return [
        (person.start, person.end)
        for sentence in sentences
        for person in sentence.people
        if person.holder != "creature"
    ]


def _parts(raw: str) -> Iterator[tuple[str, int]]:
    """Yield the sentences of a text with their offsets; of one that is too long those of its beginning and end."""
    pieces = [(raw, 0)]
    if len(raw) > BEGINNING + END:
        pieces = [(raw[:BEGINNING], 0), (raw[-END:], len(raw) - END)]
    for piece, offset in pieces:
        found = [(part[0], part.start() + offset) for part in _SENTENCE.finditer(piece) if not part[0].isspace()]
        yield from _apart(found)


def _apart(sentences: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield sentences with their offsets; one that is said again and again is one wherever it runs into another."""
    said = Counter(sentence.strip() for sentence, _ in sentences if len(sentence) >= RUNS_ON)
    padding = "|".join(
        rf"(?<!\w){re.escape(sentence)}(?!\w)"
        for sentence, times in said.most_common(MOST_PADDING)
        if times >= PADDING
    )
    for sentence, start in sentences:
        for part in re.split(f"({padding})", sentence) if padding else [sentence]:
            if part.strip():
                yield part, start
            start += len(part)


class _Reader:
    """Reads sentences for one school and one author."""

    def __init__(self, names: Names, author: str) -> None:
        self._names = names
        self._author = frozenset(word for word in plain(author[:200]).split() if len(word) > 2)
        self.disguised = False

    def field(self, raw: str) -> Sentence:
        return self.sentence(raw, 0, manner_of(raw))

    def sentence(self, raw: str, offset: int, manner: Manner) -> Sentence:
        folded = fold(raw)
        shown = undisguise(folded)
        self.disguised = self.disguised or shown is not folded
        careful = not (manner.careless or manner.shouting)
        line = shaped(mask(line_of(shown), self._names), raw, careful=careful)
        people = Namer(line, raw, manner, own_words(self._names)).people(self._author)
        said = _phrases(line, offset)
        return Sentence(
            words=with_places(_masked(line, people)),
            named=line.words,
            phrases=said,
            kinds=frozenset(phrase.kind for phrase in said),
            people=tuple(
                replace(person, start=person.start + offset, end=person.end + offset) for person in people
            ),
            raw=raw,
        )


def _phrases(line: Line, offset: int) -> tuple[Phrase, ...]:
    text = line.text
    found = []
    for hit in phrases().find(text):
        first = text.count(" ", 0, hit.start)
        last = first + text.count(" ", hit.start, hit.end)
        found.append(Phrase(line.spans[first][0] + offset, line.spans[last][1] + offset, hit.meaning, first))
    return tuple(found)


def _masked(line: Line, people: list[Person]) -> tuple[str, ...]:
    if not people:
        return line.words
    words: list[str] = []
    at = 0
    for person in people:
        words += (*line.words[at : person.first], ROLES[person.holder])
        at = person.last
    return (*words, *line.words[at:])

"""Who is named in a text, and whether it may be a child."""

import re
from dataclasses import dataclass
from typing import Literal

from classifiers.lexicons import word_set
from classifiers.masking import ALL_MARKS
from classifiers.plain import Line
from classifiers.vocabulary import is_ordinary

#: own: a child of the author's family; child: framed as one; adult: by title, age or office; creature: a pet or
#: toy; person: a given name, nothing said; unlisted: looks like a name that no list holds.
Holder = Literal["own", "child", "adult", "creature", "person", "unlisted"]

_POSSESSIVE = re.compile("['\u2019\u2018`\u00b4]s$", re.IGNORECASE)
_SENTENCE_START = re.compile('(?:^|[.!?:\n"\u201c\u2018(\u2022>*-])\\s*$')
_ADULT_AGE = 17
_MARKS = frozenset(ALL_MARKS)


@dataclass(frozen=True, slots=True)
class Person:
    """A name that stands in a field."""

    start: int  #: offset in the raw text
    end: int
    first: int  #: index of its first word in the line
    last: int  #: index behind its last word
    holder: Holder
    full: bool  #: first and second name, or a name with an initial


@dataclass(frozen=True, slots=True)
class Manner:
    """How a text is written, which decides what a capital says."""

    shouting: bool  #: nearly all capitals
    careless: bool  #: no capitals at all


def manner_of(raw: str) -> Manner:
    """Tell how a text is written."""
    letters = sum(map(str.isalpha, raw)) or 1
    capitals = sum(map(str.isupper, raw))
    return Manner(shouting=letters > 8 and capitals > 0.6 * letters, careless=capitals <= 0.005 * letters)


class Namer:
    """Finds the names in one line."""

    def __init__(self, line: Line, raw: str, manner: Manner, strangers: frozenset[str]) -> None:
        """`strangers` are words that are no names of persons here: those of the school and its places."""
        self._words = line.words
        self._spans = line.spans
        self._raw = raw
        self._manner = manner
        self._strangers = strangers

    def people(self, author: frozenset[str] = frozenset()) -> list[Person]:
        """Return the names in reading order; `author` are the words of the author's own name."""
        found: list[Person] = []
        index = 0
        while index < len(self._words):
            if not self._may_be_name(index):
                index += 1
                continue
            last = self._end(index)
            found.append(self._person(index, last, author))
            index = last
        return found

    def _person(self, first: int, last: int, author: frozenset[str]) -> Person:
        start, end = self._spans[first][0], self._spans[last - 1][1]
        if _POSSESSIVE.search(self._raw[start:end]):
            end -= 2
        holder: Holder = "adult" if author & set(self._words[first:last]) else self._holder(first, last)
        return Person(start, end, first, last, holder, last - first > 1)

    def _base(self, index: int) -> str:
        """The word without a possessive s."""
        word = self._words[index]
        start, end = self._spans[index]
        if word.endswith("s") and len(word) > 2:
            if _POSSESSIVE.search(self._raw[start:end]):
                return word[:-1]
            kin_follows = index + 1 < len(self._words) and self._words[index + 1] in word_set("belongings")
            if kin_follows and word not in word_set("given-names") and word[:-1] in word_set("given-names"):
                return word[:-1]
        return word

    def _capital(self, index: int) -> bool:
        start, end = self._spans[index]
        token = self._raw[start:end]
        first = token[:1]
        if first.isdecimal():  # a figure that stands for a letter hides whether it was a capital
            return self._words[index][:1].isalpha()
        if not (first.isupper() or (first.isalpha() and not first.islower())):
            return False
        return (
            self._manner.shouting
            or len(token) < 2
            or not token.isupper()
            or token in ("AJ", "TJ", "JJ", "DJ", "CJ")
        )

    def _may_be_name(self, index: int) -> bool:
        word = self._base(index)
        if word in _MARKS or word in self._strangers or not word[:1].isalpha() or len(word) < 2:
            return False
        if self._next(index) in word_set("place-words") and self._capital(index):
            return False
        if word in word_set("given-names") and word not in word_set("ambiguous-names"):
            return self._listed(index, word)
        framed = self._framed(index)
        if word in word_set("ambiguous-names"):
            return ((framed or not self._starts(index)) and self._capital(index) and not self._manner.shouting) or (
                framed and (self._manner.careless or self._manner.shouting) and self._strongly_framed(index)
            )
        return self._unlisted(index, word, framed)

    def _listed(self, index: int, word: str) -> bool:
        if self._capital(index) or self._manner.careless:
            return True
        return (len(word) > 3 and not is_ordinary(word)) or self._framed(index)

    def _unlisted(self, index: int, word: str, framed: bool) -> bool:
        """A name that no list holds: a strange word with a capital where a name is expected."""
        if word in word_set("not-names") or is_ordinary(word) or not word.isalpha():
            return False
        if word in word_set("places-elsewhere"):
            return False
        if self._manner.shouting or self._manner.careless:
            return self._strongly_framed(index)
        if not self._capital(index):
            return False
        return framed or self._looks_full(index)

    def _looks_full(self, index: int) -> bool:
        """Two strange words with capitals inside a sentence, the second no place."""
        after = index + 1
        return (
            not self._starts(index)
            and after < len(self._words)
            and self._base(after) not in word_set("places-elsewhere")
            and self._gap(index) == " "
            and self._is_surname(after)
        )

    def _is_surname(self, index: int) -> bool:
        word = self._base(index)
        return (
            self._capital(index)
            and word.isalpha()
            and word not in word_set("not-names")
            and word not in word_set("place-words")
            and word not in _MARKS
            and (not is_ordinary(word) or (self._base(index - 1) in word_set("given-names")))
        )

    def _gap(self, index: int) -> str:
        return self._raw[self._spans[index][1] : self._spans[index + 1][0]]

    def _end(self, first: int) -> int:
        """Return the index behind the last word of a name: second names and initials belong to it."""
        last = first + 1
        while last < len(self._words) and last - first < 4:
            gap = self._gap(last - 1)
            word = self._base(last)
            if self._base(last - 1) != self._words[last - 1] or gap not in (" ", "-", "\u2011", " O'", " Mc"):
                break
            known = word in word_set("given-names") and word not in word_set("ambiguous-names")
            initial = (
                len(word) == 1 and word != "i" and (self._capital(last) or (self._manner.careless and word != "a"))
            )
            surname = self._is_surname(last) and not self._manner.shouting
            if (
                not (initial or surname or (known and (gap == "-" or self._capital(last))))
                or word in self._strangers
            ):
                break
            last += 1
        return last

    def _starts(self, index: int) -> bool:
        return bool(_SENTENCE_START.search(self._raw[: self._spans[index][0]]))

    def _next(self, index: int) -> str:
        return self._words[index + 1] if index + 1 < len(self._words) else ""

    def _before(self, index: int, count: int) -> tuple[str, ...]:
        return self._words[max(0, index - count) : index]

    def _framed(self, index: int) -> bool:
        before = self._before(index, 1)
        return self._strongly_framed(index) or (bool(before) and before[0] in word_set("child-frames"))

    def _strongly_framed(self, index: int) -> bool:
        before = self._before(index, 1)
        if before and any(
            before[0] in word_set(name) for name in ("owners", "adult-titles", "kin-words", "creatures")
        ):
            return True
        return self._child_follows(index, index + 1)

    def _child_follows(self, first: int, last: int) -> bool:
        """Tell whether what follows says that a child is named: an age, a relative, a belonging, a class."""
        after = self._words[last : last + 4]
        if not after:
            return False
        possessive = self._base(last - 1) != self._words[last - 1]
        if possessive and after[0] in word_set("belongings"):
            return True
        if after[0] in ("aged", "age", "is", "turned", "turns") and len(after) > 1:
            after = after[1:]
        if after[0].isdecimal():
            return 0 < int(after[0][:4]) < 12 and (len(after) < 2 or after[1] not in word_set("measures"))
        linked = after[0] in ("in", "from", "of", "at") and set(after[1:4]) & word_set("class-words")
        return bool(linked) or after[0] in word_set("class-words")

    def _holder(self, first: int, last: int) -> Holder:
        before = self._before(first, 4)
        near = before[-1] if before else ""
        if near in word_set("adult-titles") or self._office_follows(last):
            return "adult"
        if near in word_set("creatures") or (
            len(before) > 1 and near in ("called", "named") and before[-2] in word_set("creatures")
        ):
            return "creature"
        owned = bool(set(before) & word_set("owners")) and not set(before) & word_set("other-families")
        if near in word_set("owners") or (owned and near in word_set("kin-words")):
            return "own"
        if near in word_set("kin-words") or self._child_follows(first, last):
            return "child"
        if near in ("little", "lil", "wee", "toddler", "baby") or self._celebrated(before):
            return "child"
        return "person" if self._base(first) in word_set("given-names") else "unlisted"

    def _celebrated(self, before: tuple[str, ...]) -> bool:
        said = " ".join(before[-3:])
        return any(frame in said for frame in ("birthday", "congratulations", "well done", "star of"))

    def _office_follows(self, last: int) -> bool:
        """An age of a grown-up, an office, or a verb of speaking to the press."""
        after = self._words[last : last + 4]
        if not after or self._base(last - 1) != self._words[last - 1]:
            return False
        if after[0] == "aged":
            after = after[1:]
        if after and after[0].isdecimal():
            return int(after[0][:4]) >= _ADULT_AGE and len(after[0]) == 2
        offices = word_set("adult-titles") | word_set("offices")
        if after and after[0] in ("the", "our", "its", "is", "was", "new", "executive", "acting", "former"):
            return bool(set(after[1:3]) & offices) and after[0] not in ("is", "was")
        return bool(after) and (after[0] in offices or after[0] in ("said", "says", "added", "told"))

"""Words that may be a person's name: for masking, where a name too many hurts less than a name too few."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.language import tell_language
from classifiers.lexicons import word_set
from classifiers.people import manner_of
from classifiers.plain import plain
from classifiers.vocabulary import is_ordinary

_TOKEN = re.compile(r"[^\W\d_]+(?:(?:['\u2019\u02bc](?![sS]\b)|-)[^\W\d_]+)*")
_START = re.compile(r"(?:^|[.!?:\n\"\u201c\u2018(>*\u2022#]|\s-)\s*$")
#: What may stand between the words of one name.
_JOINT = re.compile(r"[ \u00a0-]| (?:Mc|Mac|O['\u2019]|ap |bint |bin |ibn |van |de |da |al-)", re.IGNORECASE)
_LIST = re.compile(r",? (?:and |& |or )?|, ?|/", re.IGNORECASE)
_FOREIGN = 0.4  #: share of unknown words from which on a text is in a language whose words are not known here
#: What follows a name and hardly anything else: what a person is, has or does.
_CHILD_AFTER = re.compile(
    r"['\u2019]?s? (?:mum|mom|mam|dad|nan|gran|coat|parents|brother|sister|social|peg|bag|key|auntie|uncle|"
    r"birthday)|"
    r"(?:,| is| was|['\u2019]s)? ?\(?[2-6]\b(?!\s*(?:hours|days|weeks|places|times|years ago|pm|am|p\b))|"
    r" (?:is|was) (?:a (?:boy|girl|twin)|in (?:hospital|care)|so |off |poorly|being|three|four|the one|on the)|"
    r" (?:in|from|of) (?:the )?(?:\w+ (?:class|room|group)|butterfl|"
    r"\w+(?:birds|flies|pillars|lings|bees|hogs|rels))|"
    r" (?:loves|hates|needs|cried|cries|told|says|said|threw|fell|ate|bit|bites|hit|hits|slept|won|wants|misses|"
    r"has (?:a|an|the|got|had|been|no)|hasn['\u2019]?t|had|got|came|come|went|can['\u2019]?t|couldn['\u2019]?t|"
    r"ran|kicked|scratched|climbed|swallowed|lost|broke|left on|never|still|started|starts|does|"
    r"doesn['\u2019]?t|did)\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r" (?:(?:is|was) (?:a (?:boy|girl|twin)|being|three|four|born|in hospital|poorly)|"
    r"(?:loves|hates|cried|cries|threw|fell|ate|bit|bites|hit|hits|slept|hasn['\u2019]?t got|kicked|scratched)\b)",
    re.IGNORECASE,
)
#: What only a name does that begins a clause without an article: "piper can whistle", "..., mason built a wall".
_SUBJECT_AFTER = re.compile(
    r" (?:can|will|won['\u2019]?t|built|made|drew|went|goes|likes|keeps|kept|sang)\b", re.IGNORECASE
)
_CLAUSE_START = re.compile(r"(?:[,;] ?| and )$")
_CALLED_BEFORE = re.compile(
    r"(?:called|named|name is|name's|calls? (?:him |her |them |me |it )?|they call|"
    r"answers? to|known as) ?[\"'\u2018\u201c]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    word: str  #: plain, without a possessive
    capital: bool
    starts: bool  #: begins a sentence


class _Suspects:
    """The words of one text that may be names."""

    def __init__(self, raw: str, own: frozenset[str]) -> None:
        self._raw = raw
        self._words = list(_words(raw))
        self._own = own
        manner = manner_of(raw)
        self._plain_case = not (manner.shouting or manner.careless)
        small = [word for word in self._words if not word.capital or not self._plain_case]
        unknown = sum(not _is_word(word.word) and word.word not in own for word in small)
        self._foreign = tell_language(raw) != "en" or (unknown > 2 and unknown > _FOREIGN * len(small))

    def spans(self) -> list[tuple[int, int]]:
        """Return where they stand, in reading order, names of several words as one."""
        marked = [self._is_suspect(index) for index in range(len(self._words))]
        found: list[tuple[int, int]] = []
        for index, word in enumerate(self._words):
            if marked[index] or self._goes_on(index, found) or self._is_listed_with(index, marked):
                found = _appended(found, word, self._raw)
        return found

    def _is_suspect(self, index: int) -> bool:
        word = self._words[index]
        said = word.word
        if said in self._own or len(said) < 2 or said in word_set("adult-titles") | word_set("owners"):
            return False
        if _is_named(said) and (
            not _is_word_itself(said) or (word.capital and self._plain_case and not word.starts)
        ):
            return True
        if _is_named(said) or _is_ambiguous(said):
            return self._reads_as_name(index)
        if any(map(_is_named, re.split("[-'\u2019]", self._raw[word.start : word.end].casefold()))):
            return True
        if self._is_called(index):
            return True
        if said in word_set("not-names") or said in word_set("public-names", "masking"):
            return False
        if word.capital and self._plain_case:
            return self._is_odd_capital(index)
        return not _is_word(said) and self._is_strange(index)

    def _is_strange(self, index: int) -> bool:
        """A word nobody knows: a name, a rare word or a slip."""
        word = self._words[index]
        if self._foreign and self._plain_case:
            return word.capital
        if self._plain_case and word.capital:
            return True
        return len(word.word) > 3 or self._is_framed(index)

    def _is_odd_capital(self, index: int) -> bool:
        """A capital on a word nobody knows, or on one that begins a sentence and does what people do."""
        word = self._words[index]
        known = (
            _is_word(word.word)
            if word.starts
            else _is_word_itself(word.word) or _is_word_itself(word.word.rstrip("s"))
        )
        if not known:
            return self._is_strange(index)
        subject = (
            word.starts
            and word.word not in word_set("subjects", "masking")
            and not any(
                word.word in word_set(name)
                for name in ("kin-words", "class-words", "offices", "owners", "creatures")
            )
        )
        return subject and bool(_DOES.match(self._raw, word.end))

    def _reads_as_name(self, index: int) -> bool:
        """An ordinary word that is a name too."""
        word = self._words[index]
        if not word.capital or not self._plain_case:
            return self._is_framed(index)
        after = self._words[index + 1].word if index + 1 < len(self._words) else ""
        return not word.starts or after not in word_set("behind-verbs", "masking")

    def _is_called(self, index: int) -> bool:
        """Any word with a capital where only a name stands: "our Vi", "the boy they call Tank"."""
        word = self._words[index]
        if not word.capital or not self._plain_case or word.starts or word.word in word_set("kin-words"):
            return False
        before = self._words[index - 1].word if index else ""
        owned = before in word_set("owners") or before in ("little", "young", "poor")
        return owned or bool(_CALLED_BEFORE.search(self._raw[max(0, word.start - 20) : word.start]))

    def _is_framed(self, index: int) -> bool:
        word = self._words[index]
        before = self._words[index - 1].word if index else ""
        if any(before in word_set(name) for name in ("owners", "kin-words", "adult-titles", "child-frames")):
            return True
        if _CHILD_AFTER.match(self._raw, word.end):
            return True
        begins = word.starts or _CLAUSE_START.search(self._raw[max(0, word.start - 5) : word.start])
        return bool(begins and _SUBJECT_AFTER.match(self._raw, word.end))

    def _goes_on(self, index: int, found: list[tuple[int, int]]) -> bool:
        """A second name behind a name."""
        word = self._words[index]
        if not found or word.word in self._own or not _JOINT.fullmatch(self._raw[found[-1][1] : word.start]):
            return False
        if self._plain_case:
            return word.capital and word.word not in word_set("class-words")
        return _is_named(word.word) or _is_ambiguous(word.word)

    def _is_listed_with(self, index: int, marked: list[bool]) -> bool:
        """A word that may be a name in a row of names: "stan, dan and fran"."""
        word = self._words[index].word
        if not (_is_named(word) or _is_ambiguous(word)) or word in self._own:
            return False
        sides = [side for side in (index - 1, index + 1) if 0 <= side < len(marked) and marked[side]]
        return any(self._are_listed(min(index, side), max(index, side)) for side in sides) or (
            self._beyond_and(index, marked)
        )

    def _beyond_and(self, index: int, marked: list[bool]) -> bool:
        near = [side for side in (index - 2, index + 2) if 0 <= side < len(marked) and marked[side]]
        return any(self._words[(index + side) // 2].word in ("and", "n") for side in near)

    def _are_listed(self, left: int, right: int) -> bool:
        return bool(_LIST.fullmatch(self._raw[self._words[left].end : self._words[right].start]))


def _is_named(word: str) -> bool:
    """Tell whether a word is a given name and hardly anything else."""
    return word in word_set("given-names") and word not in word_set("ambiguous-names")


def _is_ambiguous(word: str) -> bool:
    """Tell whether a word is a given name and an ordinary word."""
    return word in word_set("ambiguous-names") or word in word_set("names-too", "masking")


def _is_word_itself(word: str) -> bool:
    return word in word_set("common") or word in word_set("attested", "masking")


def _is_word(word: str) -> bool:
    return _is_word_itself(word) or is_ordinary(word)


def _is_word_in_one_form(word: str) -> bool:
    return _is_word_itself(word) or _is_word_itself(word.rstrip("s"))


def _words(raw: str) -> Iterator[_Word]:
    for match in _TOKEN.finditer(raw):
        word, end = plain(match[0]).replace(" ", ""), match.end()
        if word.endswith("s") and _is_named(word[:-1]) and not _is_named(word) and not _is_word_itself(word):
            word, end = word[:-1], end - 1
        caseless = not (match[0][0].islower() or match[0][0].isupper())
        yield _Word(match.start(), end, word, match[0][0].isupper() or caseless, _starts(raw, match.start()))


def _starts(raw: str, at: int) -> bool:
    return bool(_START.search(raw[max(0, at - 4) : at]))


def _appended(found: list[tuple[int, int]], word: _Word, raw: str) -> list[tuple[int, int]]:
    if found and _JOINT.fullmatch(raw[found[-1][1] : word.start]):
        return [*found[:-1], (found[-1][0], word.end)]
    return [*found, (word.start, word.end)]


def suspects_in(raw: str, own: frozenset[str]) -> list[tuple[int, int]]:
    """Return where words stand that may be names, in reading order; `own` are plain words that are none."""
    return _Suspects(raw, own).spans()

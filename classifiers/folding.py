"""A text in its plainest letters, each still knowing where it came from.

Folding undoes what a keyboard or a typesetter does: capitals, accents, full-width and mathematical letters, curly
quotes, invisible signs, look-alike letters. What a person does who hides words from machines is undone in
disguise.py.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_OTHER_LETTERS = "\u0370-\u052f\u0531-\u058f\u10a0-\u10ff"  #: Greek to Cyrillic, Armenian, Georgian
_OTHER = re.compile(f"[{_OTHER_LETTERS}]")
_OTHER_WORD = re.compile(f"[^\\W\\d_]*[{_OTHER_LETTERS}][^\\W\\d_]*")
_LATIN = re.compile("[A-Za-z]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
#: Marks set above or below letters of any script; vowel signs of Indic and Semitic scripts are none of them.
_LOOSE_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]")
_SPELT_OUT = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u00b4\u0060\u2032\u055a\uff07", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u300c\u300d", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u3164\u115f\u1160\uffa0\u180b\u180c\u180d\u200b\u180e", ""),
    "\u2800": " ",
    "\u0131": "i",
    # One letter for what Arabic and Urdu keyboards write differently.
    "\u06cc": "\u064a",
    "\u0649": "\u064a",
    "\u06a9": "\u0643",
    "\u0640": "",
}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text after folding. `origins` has one entry more than `text`: the length of the raw text."""

    text: str
    origins: Sequence[int]  #: for each folded character the offset of the raw one it came from

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the raw offsets of a span of folded characters."""
        first = self.origins[start]
        if end <= start:
            return first, first
        # What was dropped behind the last character (accents, invisible signs) belongs to it.
        return first, max(self.origins[end], self.origins[end - 1] + 1)


def fold(text: str) -> Folded:
    """Return the plainest form of a text. Scripts other than Latin keep their letters and vowel signs."""
    if text.isascii():
        return Folded(_small(text), range(len(text) + 1))
    if _OTHER.search(text):
        text = _latinised(text)
    pieces = [_PLAINEST[sign] for sign in text]
    if all(len(piece) == 1 for piece in pieces):
        return Folded("".join(pieces), range(len(text) + 1))
    origins = [offset for offset, piece in enumerate(pieces) for _ in piece]
    return Folded("".join(pieces), (*origins, len(text)))


def folded_text(text: str) -> str:
    """Return the text of `fold` alone, for those who need no places."""
    if not text.isascii():
        text = _BEYOND_ASCII.sub(lambda sign: _PLAINEST[sign[0]], _latinised(text) if _OTHER.search(text) else text)
    return _small(text)


def _small(text: str) -> str:
    return text.lower().replace("`", "'")


class _Plainest(dict[str, str]):
    """The plainest form of each character, worked out once."""

    def __missing__(self, sign: str) -> str:
        plain = self[sign] = _plainest(sign)
        return plain


_PLAINEST = _Plainest()


def _plainest(sign: str) -> str:
    if sign in _SPELT_OUT:
        return _SPELT_OUT[sign]
    if unicodedata.category(sign) in ("Cf", "Cs") or _LOOSE_MARKS.match(sign):
        return ""
    lower = unicodedata.normalize("NFKC", sign).casefold()
    bare = _LOOSE_MARKS.sub("", unicodedata.normalize("NFKD", lower))
    composed = unicodedata.normalize("NFC", bare) or lower
    always, _ = lookalikes()
    spelt = (always.get(letter, _SPELT_OUT.get(letter, letter)) for letter in composed)
    return "".join(spelt).lower()  # some alphabets fold to capitals


@cache
def lookalikes() -> tuple[dict[str, str], dict[int, str]]:
    """Return the letters always exchanged, and those of other living alphabets, with their Latin letters."""
    always: dict[str, str] = {}
    living: dict[int, str] = {}
    for latin, others in map(str.split, letter_lines("lookalikes")):
        for letter in others:
            if _OTHER.match(letter):
                living[ord(letter)] = living[ord(letter.upper()[0])] = latin
            else:
                always[letter] = latin
    return always, living


def letter_lines(name: str) -> list[str]:
    """Return the lines of a file of letters."""
    path = files("classifiers").joinpath(f"data/words/{name}.txt")
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


def _latinised(text: str) -> str:
    """Exchange look-alikes in words that mix alphabets, and in lone words of a Latin text. Keeps the length."""
    _, living = lookalikes()
    mostly_latin = len(_LATIN.findall(text)) > 2 * len(_OTHER.findall(text))

    def exchanged(word: re.Match[str]) -> str:
        letters = word[0]
        mixed = _LATIN.search(unicodedata.normalize("NFKC", letters))
        pretends = mostly_latin and all(ord(letter) in living for letter in letters)
        return letters.translate(living) if mixed or pretends else letters

    return _OTHER_WORD.sub(exchanged, text)


def undisguise(folded: Folded) -> Folded:
    """Return the text with hidden words joined and spelt out; the same object where nothing is hidden."""
    # Here, because the words it knows come from lexicons, and these are folded too.
    from classifiers import disguise

    return disguise.undisguise(folded)

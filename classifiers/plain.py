"""The plainest form of a text, for finding words in it: lower case, no accents, no signs, single spaces.

"St. Mary's C-of-E" and "ST MARYS C of E" have the same plain form. A line also knows where each word came from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from classifiers.folding import Folded, folded_text

_GAPS = " _/\\\\.,;:!?()\\[\\]{}\"|*~+=<>%^\n\r\t\xa0\u2022\u00b7\u2026&'\u0964\u060c\u061b\u061f\u3002\uff0c\\-"
_EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff"
_WORD = re.compile(rf"&|(?:#|@)?[^{_GAPS}#@{_EMOJI}]+(?:'[^{_GAPS}#@{_EMOJI}]+)*'?|[{_EMOJI}]")
#: What `split` alone would get wrong in ASCII: doubled quotes, # or @ with no word behind it, odd white space.
_KNOTTY = re.compile(f"''|[#@](?:[{_GAPS}#@]|$)|[\x0b\x0c\x1c-\x1f]")
_ASCII = {code: " " for code in range(128) if re.match(f"[{_GAPS}]", chr(code))} | {ord("&"): "&", ord("'"): None}


@dataclass(frozen=True, slots=True)
class Line:
    """The plain words of a text, each with its place in the raw text."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]  #: raw start and end of each word

    @property
    def text(self) -> str:
        """The words with one space between them."""
        return " ".join(self.words)


def plain(text: str) -> str:
    """Return the plain form. Text in one non-Latin script keeps its letters."""
    folded = folded_text(text)
    if not folded.isascii() or _KNOTTY.search(folded):
        return " ".join(_WORD.findall(folded)).replace("&", "and").replace("'", "")
    return " ".join(folded.replace("&", " and ").replace("#", " #").replace("@", " @").translate(_ASCII).split())


def line_of(folded: Folded) -> Line:
    """Return the plain words of a folded text."""
    found = list(_words(folded))
    return Line(
        words=tuple(word for word, _, _ in found),
        spans=tuple(folded.raw_span(start, end) for _, start, end in found),
    )


def _words(folded: Folded) -> Iterator[tuple[str, int, int]]:
    for match in _WORD.finditer(folded.text):
        word = match[0]
        if word == "&":
            word = "and"
        elif "'" in word:
            word = word.replace("'", "")
        if word:
            yield word, match.start(), match.end()

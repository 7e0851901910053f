"""The plainest form of a text, for finding names in it: lower case, no accents, no tricks, single spaces.

"St. Mary's C-of-E" and "ST MARYS C of E" have the same plain form. Offsets are not kept.
"""

import re
import unicodedata

_SPACES = '-_/\\.,;:!?()[]{}"“”„«»…–—|*~+=<>%^\n\r\t\xa0•·'
_DROPPED = (
    "'’‘ʼ`´\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_TABLE = str.maketrans(
    {sign: " " for sign in _SPACES}
    | {sign: None for sign in _DROPPED}
    | {"&": " and ", "#": " #", "@": " @", "ł": "l", "Ł": "l", "ß": "ss", "ø": "o", "Ø": "o", "đ": "d"}
)
#: Letters of other scripts that look like Latin ones; used only in words that mix scripts.
_LOOKALIKES = str.maketrans(
    "авсԁеһіјкӏмнорԛѕтуԝхуАВСЕНІЈКМОРЅТХУαβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "abcdehijklmhopqstywxyabcehijkmopstxyabeiknoptuxabezhikmnoptyx",
)
_WORD = re.compile(r"\S+")


def plain(text: str) -> str:
    """Return the plain form. Text in one non-Latin script keeps its letters."""
    if not text.isascii():
        text = _latin(text)
    return " ".join(text.translate(_TABLE).lower().split())


def _latin(text: str) -> str:
    composed = unicodedata.normalize("NFKD", text.translate(_TABLE))
    stripped = "".join(sign for sign in composed if not "\u0300" <= sign <= "\u036f")
    return _WORD.sub(_unmixed, unicodedata.normalize("NFC", stripped))


def _unmixed(word: re.Match[str]) -> str:
    """Turn look-alikes into Latin letters where a word mixes them with Latin ones."""
    letters = word[0]
    if letters.isascii() or not any("a" <= sign.lower() <= "z" for sign in letters):
        return letters
    return letters.translate(_LOOKALIKES)

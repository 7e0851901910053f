"""Names and other identifiers of persons masked, in excerpts and in reasons."""

import re
from collections.abc import Callable

from classifiers.lexicons import is_spoken_of, word_set
from classifiers.masking import own_words
from classifiers.plain import plain
from classifiers.reading import people_in
from classifiers.suspects import suspects_in
from classifiers.text import Names

_IDENTIFIERS = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[e-mail]"),
    (re.compile(r"https?://\S+|www\.\S+"), "[link]"),
    (re.compile(r"(?<!\w)@[\w.]{2,}"), "[handle]"),
    (re.compile(r"(?<![\w/])u/[\w-]{2,}"), "[handle]"),
    (re.compile(r"(?<!\d)(?:\+44\s?|0)(?:\d[\s-]?){9,10}(?!\d)"), "[phone]"),
    (re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", re.IGNORECASE), "[postcode]"),
    (
        re.compile(
            r"\b(?:no\.?\s?)?\d{1,4}[a-z]?,?\s(?:[A-Z][\w'\u2019-]+\s){1,3}"
            r"(?:Road|Rd|Street|St|Lane|Ln|Avenue|Ave|Close|Drive|Way|Crescent|Court|Gardens|Terrace|Grove|Place|Walk)\b"
        ),
        "[address]",
    ),
)

#: What stands for words in a script without capitals, in which nobody here can tell a name.
UNSHOWN = "[words in another script]"
_NO_CAPITALS = (
    "\u0590-\u08ff\u0900-\u109f\u1200-\u137f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
    "\ufb1d-\ufdff\ufe70-\ufeff"
)
_OTHER_SCRIPT = re.compile(f"[{_NO_CAPITALS}](?:[^A-Za-z\u00c0-\u058f]*[{_NO_CAPITALS}])?")

#: An adult by title: any word after most titles, after "Miss", which is a verb too, only a capitalised one.
_TITLED = re.compile(
    r"\b(?P<title>(?:[Mm][Rr][Ss]?|[Mm][SsXx]|[Dd][Rr])\.?|Miss|MISS) +"
    r"(?P<name>(?:[A-Z]|(?<!iss )[a-z])[\w'\u2019-]*)"
)
_QUOTED = re.compile("\u201c([^\u201d]*)\u201d")


def redact(text: str, names: Names) -> str:
    """Return a text with persons masked, in doubt too many; the school's own names stay."""
    text = _OTHER_SCRIPT.sub(UNSHOWN, text)
    for start, end in reversed(persons_in(text, names)):
        text = text[:start] + "[name]" + text[end:]
    kept = {name.casefold() for role in (names.full, names.ambiguous) for name in role}
    for pattern, mask in _IDENTIFIERS:
        text = pattern.sub(_masker(mask, kept), text)
    return text


def persons_in(text: str, names: Names) -> list[tuple[int, int]]:
    """Return where persons are named, or may be, in reading order and without overlaps."""
    titled = list(_TITLED.finditer(text))
    titles = {one.span("title") for one in titled}
    found = {*people_in(text, names), *suspects_in(text, own_words(names)), *(one.span("name") for one in titled)}
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found - titles):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _masker(mask: str, kept: set[str]) -> Callable[[re.Match[str]], str]:
    return lambda match: match[0] if match[0].casefold() in kept else mask


def redact_reasons(reasons: tuple[str, ...], text: str, names: Names) -> tuple[str, ...]:
    """Return reasons with the persons masked in what they quote of a text."""
    named = sorted({text[start:end] for start, end in persons_in(text, names)}, key=len, reverse=True)
    masks = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in named]

    def masked(quoted: re.Match[str]) -> str:
        words = quoted[1]
        if _says_what(words):
            return quoted[0]
        for mask in masks:
            words = mask.sub("[name]", words)
        return f"\u201c{redact(words, names)}\u201d"

    return tuple(_QUOTED.sub(masked, reason) for reason in reasons)


def _says_what(quoted: str) -> bool:
    """Tell whether what is quoted is one word of a lexicon, in whatever language, and nobody's name."""
    word = plain(quoted)
    return is_spoken_of(word) and word not in word_set("given-names") | word_set("ambiguous-names")

"""Names and other identifiers of persons masked, in excerpts and in reasons."""

import re
from collections.abc import Callable

from classifiers.reading import people_in
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


def redact(text: str, names: Names) -> str:
    """Return a text with persons masked; the school's own names stay."""
    for start, end in reversed(people_in(text, names)):
        text = text[:start] + "[name]" + text[end:]
    kept = {name.casefold() for role in (names.full, names.ambiguous) for name in role}
    for pattern, mask in _IDENTIFIERS:
        text = pattern.sub(_masker(mask, kept), text)
    return text


def _masker(mask: str, kept: set[str]) -> Callable[[re.Match[str]], str]:
    return lambda match: match[0] if match[0].casefold() in kept else mask


def redact_reasons(reasons: tuple[str, ...], text: str, names: Names) -> tuple[str, ...]:
    """Return reasons with the persons masked who are named in the text they speak of."""
    named = sorted({text[start:end] for start, end in people_in(text, names)}, key=len, reverse=True)
    masked = []
    for reason in reasons:
        for name in named:
            reason = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", reason)
        masked.append(redact(reason, names) if "\u201c" in reason else reason)
    return tuple(masked)

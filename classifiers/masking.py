"""The school's own words taken out of a text, so that a classifier learns nothing of any one school."""

import re
from functools import lru_cache

from classifiers.plain import plain
from classifiers.text import Names

#: What stands for a name of each role; one word each, so that phrases around it keep their shape.
MARKS = {"full": "theschool", "ambiguous": "shortname", "places": "localplace"}


@lru_cache(maxsize=1024)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    forms = {form for word in words for form in _forms(word)}
    if not forms:
        return None
    longest_first = sorted(forms, key=len, reverse=True)
    return re.compile(r"(?<!\S)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\S)")


def _forms(word: str) -> set[str]:
    form = plain(word)
    if not form:
        return set()
    glued = form.replace(" ", "").lstrip("#@")
    return {form, f"#{glued}", f"@{glued}", *((glued,) if len(glued) >= 10 else ())}


def mask(plain_text: str, names: Names) -> str:
    """Replace the names of every role in a plain text by their marks."""
    for role, mark in MARKS.items():
        pattern = _pattern(getattr(names, role))
        if pattern:
            plain_text = pattern.sub(mark, plain_text)
    return plain_text


def count_against(plain_text: str, names: Names) -> int:
    """Count the words of namesakes."""
    pattern = _pattern(names.against)
    return len(pattern.findall(plain_text)) if pattern else 0

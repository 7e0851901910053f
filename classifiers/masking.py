"""The school's own words taken out of a text, so that a classifier learns nothing of any one school."""

import re
from functools import cache, lru_cache

from classifiers.lexicons import word_set
from classifiers.plain import Line, plain
from classifiers.text import Names
from classifiers.vocabulary import is_ordinary
from classifiers.words import Phrases

#: What stands for a name of each role; one word each, so that phrases around it keep their shape.
MARKS = {"full": "theschool", "ambiguous": "shortname", "places": "localplace", "against": "namesakeword"}
#: A short name written as a common noun ("a sandbank"), and one that is part of a longer name ("Tyne Valley").
SMALL, LONGER = "smallname", "longername"
#: A well-known place that is none of the school's.
ELSEWHERE = "otherplace"
ALL_MARKS = (*MARKS.values(), SMALL, LONGER, ELSEWHERE)


@lru_cache(maxsize=1024)
def _pattern(names: Names) -> re.Pattern[str] | None:
    """One pattern for all names; a name in two roles counts in the surer one."""
    forms: dict[str, str] = {}
    for role in MARKS:
        for name in getattr(names, role):
            for form in _forms(name):
                forms.setdefault(form, role)
    if not forms:
        return None
    groups = []
    for role in MARKS:
        own = sorted((form for form, of in forms.items() if of == role), key=len, reverse=True)
        if own:
            groups.append(f"(?P<{role}>" + "|".join(map(re.escape, own)) + ")")
    return re.compile(r"(?<!\S)(?:" + "|".join(groups) + r")(?!\S)")


def _forms(word: str) -> set[str]:
    form = plain(word)
    if not form:
        return set()
    glued = form.replace(" ", "").lstrip("#@")
    return {form, f"{form}s", f"#{glued}", f"@{glued}", *((glued,) if len(glued) >= 10 else ())}


def mask(line: Line, names: Names) -> Line:
    """Replace the names of every role in a line by their marks."""
    pattern = _pattern(names)
    text = line.text
    found = list(pattern.finditer(text)) if pattern else []
    if not found:
        return line
    words: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for match in found:
        first = text.count(" ", 0, match.start())
        last = first + match[0].count(" ")
        words += (*line.words[at:first], MARKS[match.lastgroup or "full"])
        spans += (*line.spans[at:first], (line.spans[first][0], line.spans[last][1]))
        at = last + 1
    return Line((*words, *line.words[at:]), (*spans, *line.spans[at:]))


def with_places(words: tuple[str, ...]) -> tuple[str, ...]:
    """Replace well-known places in masked words by their mark; those of the school are masked before."""
    text = " ".join(words)
    found = _places().find(text)
    marked: list[str] = []
    at = 0
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        first = text.count(" ", 0, hit.start)
        if first >= at:
            marked += (*words[at:first], ELSEWHERE)
            at = first + 1 + text.count(" ", hit.start, hit.end)
    return (*marked, *words[at:]) if found else words


@cache
def _places() -> Phrases[str]:
    found: Phrases[str] = Phrases()
    for name in word_set("places-elsewhere"):
        found.add(name, ELSEWHERE)
    return found


def shaped(line: Line, raw: str, *, careful: bool) -> Line:
    """Tell apart the manners in which a short name is written; `careful` says that capitals mean something."""
    short = MARKS["ambiguous"]
    if not careful or short not in line.words:
        return line
    words = tuple(_shape(line, index, raw) if word == short else word for index, word in enumerate(line.words))
    return Line(words, line.spans)


def _shape(line: Line, index: int, raw: str) -> str:
    start, _ = line.spans[index]
    if raw[start].islower():
        return SMALL
    if index and _extends(line, index - 1, raw):
        return LONGER
    return line.words[index]


def _extends(line: Line, before: int, raw: str) -> bool:
    """Tell whether the word before belongs to a longer name: a capital inside a sentence, one space between."""
    start, end = line.spans[before]
    inside = bool(raw[:start].strip()) and raw[:start].rstrip()[-1] not in '.!?:\n"\u201c('
    strange = not is_ordinary(line.words[before])
    return (
        raw[start].isupper()
        and raw[end : line.spans[before + 1][0]] == " "
        and line.words[before] not in MARKS.values()
        and line.words[before] not in word_set("not-names")
        and (inside or strange)
    )


@lru_cache(maxsize=1024)
def own_words(names: Names) -> frozenset[str]:
    """Return the single words of the school's names and places: none of them is a person's name here."""
    return frozenset(
        word
        for role in (names.full, names.ambiguous, names.places, names.against)
        for name in role
        for word in plain(name).split()
    )

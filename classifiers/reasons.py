"""Evidence told in plain English: who, what, in which words. The phrases stand in data/reasons.toml."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from classifiers.judgement import Evidence
from classifiers.reading import Reading

MOST_WORDS = 4  #: quotations per reason


def reasons(
    reading: Reading, evidence: Sequence[Evidence], grades: Mapping[str, int], about: str
) -> tuple[str, ...]:
    """Return why the grades are what they are, one reason a line; none where every grade is 0."""
    if about == "other":
        return (_words()["sentence"]["other"],)
    if not any(grades.values()):
        return ()
    found: list[str] = []
    if grades["safeguarding"]:
        found += _safeguarding(reading, evidence)
    if grades["defamation"]:
        found += _group(reading, _not_told(evidence, grades), "allegation")
        found += _single(reading, evidence, ("staff-role", "name-adult"), "role")
        found += _single(reading, evidence, ("hedge",), "hearsay")
    if grades["conduct"]:
        found += _staff(reading, evidence)
        found += _group(reading, evidence, "misdeed")
    return tuple(dict.fromkeys(found)) or (_words()["sentence"]["whole"],)


def _safeguarding(reading: Reading, evidence: Sequence[Evidence]) -> list[str]:
    found = []
    for holder in ("child", "own", "person"):
        named = _quoted(reading, (item for item in evidence if item.kind == f"name-{holder}"))
        if named:
            found.append(_words()["names"][holder].format(words=named))
    return [
        *found,
        *_single(reading, evidence, ("particular-child",), "particular"),
        *_group(reading, evidence, "circumstance"),
        *_staff(reading, evidence),
    ]


def _not_told(evidence: Sequence[Evidence], grades: Mapping[str, int]) -> list[Evidence]:
    """Leave out what a reason for safeguarding tells already: harm is a circumstance and an allegation."""
    told = _words()["circumstance"] if grades["safeguarding"] else {}
    return [item for item in evidence if item.kind not in told]


def _staff(reading: Reading, evidence: Sequence[Evidence]) -> list[str]:
    """A job says that the author is staff where the profile names it, not where the text speaks of somebody."""
    own = [item for item in evidence if item.kind == "staff-self" or item.field == "bio"]
    return _single(reading, own, ("staff-self", "staff-bio"), "staff")


def _single(reading: Reading, evidence: Sequence[Evidence], kinds: tuple[str, ...], sentence: str) -> list[str]:
    words = _quoted(reading, (item for item in evidence if item.kind in kinds))
    return [_words()["sentence"][sentence].format(words=words)] if words else []


def _group(reading: Reading, evidence: Sequence[Evidence], group: str) -> list[str]:
    """Tell all kinds of one group in one reason."""
    spoken = _words()[group]
    items = [item for item in evidence if item.kind in spoken]
    if not items:
        return []
    kinds = ", ".join(dict.fromkeys(spoken[item.kind] for item in items))
    return [_words()["sentence"][group].format(kinds=kinds, words=_quoted(reading, items))]


def _quoted(reading: Reading, items: Iterable[Evidence]) -> str:
    said = list(dict.fromkeys(getattr(reading.text, item.field)[item.start : item.end] for item in items))
    whole = [words for words in said if not any(words != other and words in other for other in said)]
    return ", ".join(f"\u201c{words}\u201d" for words in whole[:MOST_WORDS])


@cache
def _words() -> dict[str, dict[str, str]]:
    content = files("classifiers").joinpath("data/reasons.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)

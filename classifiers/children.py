"""Names of persons in a text, and whether they may be children's."""

import re
from dataclasses import dataclass
from typing import Literal

from classifiers.lexicons import word_set
from classifiers.plain import plain
from classifiers.text import Names

Holder = Literal["own", "child", "adult", "person"]

_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_OWN = frozenset(("our", "my", "r", "mi", "ar", "me", "mah"))  #: dialects included
#: What follows a child's name: an age, a relative, a class.
_CHILD_AFTER = re.compile(
    r"\s*(?:\([2-9]\)|,? (?:aged )?[2-9](?:yrs?)?\b|"
    r"['\u2019]?s (?:mum|mom|mam|dad|nan|nana|gran|grandad|family|parents|"
    r"birthday|little|sister|brother|first|coat|jumper|shoes|key ?worker|one to one)|,? (?:in|from|of) (?:the )?"
    r"(?:year|yr|reception|nursery|preschool|[A-Z]\w+(?:s|\b) (?:class|room|group)|[A-Z]\w+ies\b))",
)


@dataclass(frozen=True, slots=True)
class Person:
    """A name that stands in a field."""

    start: int  #: offset in the raw field
    end: int
    name: str
    holder: Holder  #: own: the author's own child; child: framed as one; adult: by a title; person: unclear


def persons(raw: str, names: Names, author: str = "") -> list[Person]:
    """Return the names of persons in a raw text, in reading order."""
    tokens = list(_TOKEN.finditer(raw))
    ours = _own_words(names)
    shouting = _shouts(raw)
    careless = raw == raw.lower()
    authors = set(plain(author).split())
    found: list[Person] = []
    for index, token in enumerate(tokens):
        word = plain(token[0])
        base = word[:-1] if word.endswith("s") and re.search(r"['\u2019]s$", token[0]) else word
        if base in ours or base in authors or not _is_name(tokens, index, base, raw, shouting, careless):
            continue
        end = token.end() - 2 if base != word else token.end()
        found.append(Person(token.start(), end, raw[token.start() : end], _holder(raw, tokens, index)))
    return _joined(found, raw)


def _is_name(tokens: list[re.Match[str]], index: int, base: str, raw: str, shouting: bool, careless: bool) -> bool:
    token = tokens[index][0]
    capital = token[0].isupper() and (shouting or len(token) < 3 or not token.isupper())
    known = base in word_set("given-names")
    ordinary = base in word_set("name-words")
    framed = _framed(raw, tokens, index)
    if known and not ordinary:
        return capital or careless or bool(framed) or len(base) > 3
    if known:
        return (capital and (bool(framed) or not _starts_sentence(raw, tokens[index].start()))) or (
            careless and bool(framed)
        )
    # A name nobody listed: a capitalised word where a child's name is expected.
    return capital and not shouting and framed == "strong" and base not in word_set("ordinary-words")


def _framed(raw: str, tokens: list[re.Match[str]], index: int) -> str:
    """Tell whether the words around say that a name stands here: "", "weak" or "strong"."""
    before = [plain(token[0]) for token in tokens[max(0, index - 2) : index]]
    last = before[-1] if before else ""
    if last in _OWN or last in word_set("adult-titles") or last in word_set("kin-words"):
        return "strong"
    if _CHILD_AFTER.match(raw, tokens[index].end()) or re.match(
        r"['\u2019]s (?:mum|mom|mam|dad|nan)\b", raw[tokens[index].end() - 2 :]
    ):
        return "strong"
    return "weak" if last in word_set("child-frames") else ""


def _holder(raw: str, tokens: list[re.Match[str]], index: int) -> Holder:
    before = [plain(token[0]) for token in tokens[max(0, index - 4) : index]]
    last = before[-1] if before else ""
    if last in word_set("adult-titles"):
        return "adult"
    if last in _OWN or (last in word_set("kin-words") and _OWN & set(before)):
        return "own"
    if (
        last in word_set("kin-words")
        or last in word_set("child-frames")
        or _CHILD_AFTER.match(raw, tokens[index].end())
    ):
        return "child"
    return "person"


def _joined(found: list[Person], raw: str) -> list[Person]:
    """Join first and second names into one person."""
    joined: list[Person] = []
    for person in found:
        last = joined[-1] if joined else None
        if last and raw[last.end : person.start] in (" ", "-"):
            joined[-1] = Person(last.start, person.end, raw[last.start : person.end], last.holder)
        else:
            joined.append(person)
    return joined


def _own_words(names: Names) -> frozenset[str]:
    return frozenset(
        word
        for role in (names.full, names.ambiguous, names.places)
        for name in role
        for word in plain(name).split()
    )


def _shouts(raw: str) -> bool:
    letters = [sign for sign in raw if sign.isalpha()]
    return bool(letters) and sum(sign.isupper() for sign in letters) > 0.6 * len(letters)


def _starts_sentence(raw: str, start: int) -> bool:
    return not raw[:start].strip() or raw[:start].rstrip()[-1:] in ".!?\n:\"'\u201c"

"""Which words the training posts write small, and which names of public life they share: neither is a person's.

`python -m classifiers.attestation` writes data/masking/attested.txt and public-names.txt anew from all posts.
"""

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from classifiers.lexicons import word_set
from classifiers.plain import plain
from classifiers.records import Example, training_examples

SMALL_IN, CAPITAL_IN = 6, 12  #: batches that must have a word, each by another writer
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_CHILDS = frozenset(("little", "young", "poor", "brave", "tiny", "baby"))  #: beside kin: a name follows
_START = re.compile(r"(?:^|[.!?:\n\"\u201c(])\s*$")
_HEADS = {
    "attested": "# Words that posts of at least six invented schools write small: no names. Made from the posts.",
    "public-names": "# Capitalised words that posts of many schools share: nobody's name. Made from the posts.",
}


def attested(examples: Sequence[Example]) -> dict[str, set[str]]:
    """Return the words of both files, in plain form, without those that are given names and little else."""
    small: dict[str, set[str]] = defaultdict(set)
    capital: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        for field in (example.text.text, example.text.title, example.text.bio):
            for word, written in _written(field):
                (small if written == "small" else capital)[word].add(example.batch)
    names = word_set("given-names") - word_set("ambiguous-names")
    ordinary = {word for word, batches in small.items() if len(batches) >= SMALL_IN} - names
    public = {word for word, batches in capital.items() if len(batches) >= CAPITAL_IN} - names
    return {"attested": ordinary, "public-names": public - ordinary - _children(examples)}


def _children(examples: Sequence[Example]) -> set[str]:
    """Return the words that follow "little", "sister" and the like with a capital: writers share such names too."""
    before = "|".join(sorted(word_set("kin-words") | _CHILDS))
    called = re.compile(rf"\b(?i:{before}) ([A-Z][a-z]+)\b")
    said = (field for example in examples for field in (example.text.text, example.text.title))
    return {plain(name) for field in said for name in called.findall(field)}


def _written(field: str) -> Iterator[tuple[str, str]]:
    """Yield words with how they are written; a text without any capital says nothing of how words are."""
    careless = field == field.lower()
    for found in _WORD.finditer(field):
        word, shown = plain(found[0]), found[0]
        before = field[max(0, found.start() - 4) : found.start()]
        if not word or " " in word or (shown.islower() and careless):
            continue
        if shown.islower():
            yield word, "small"
        elif (shown.isupper() and len(shown) > 1) or not _START.search(before):
            yield word, "capital"


def main() -> None:
    """Write both files."""
    folder = Path(__file__).with_name("data") / "masking"
    for name, words in attested(training_examples()).items():
        lines = textwrap.wrap(" ".join(sorted(words)), 116)
        (folder / f"{name}.txt").write_text("\n".join([_HEADS[name], *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()

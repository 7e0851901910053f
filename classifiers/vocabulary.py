"""Which words are words: to tell a name nobody listed from an ordinary word, and a disguised word from a code."""

from functools import cache

from classifiers.fields import words_with_fields
from classifiers.lexicons import phrase_words, word_set

_ENDINGS = (
    "s", "es", "d", "ed", "ing", "er", "ers", "ly", "y", "est", "in", "ish", "able", "ness", "ment", "less",
    "ful", "nt",
)  # fmt: skip
_GRAVE = (
    "harm", "violence", "theft-fraud", "drink-drugs", "discrimination", "lying-cover-up", "sexual", "threat",
    "health", "special-needs", "toileting", "social-care", "contempt", "private-contact", "police-law",
)  # fmt: skip


@cache
def known_words() -> frozenset[str]:
    """Return ordinary words, given names, every word of the phrases and every word whose fields are known."""
    return word_set("common") | word_set("given-names") | phrase_words() | words_with_fields()


@cache
def grave_words() -> frozenset[str]:
    """Return the longer words of harm, allegations and circumstances."""
    spoken = phrase_words(_GRAVE)
    return frozenset(word for word in spoken if len(word) >= 4 and word not in word_set("common"))


def is_known(word: str) -> bool:
    """Tell whether a plain word is an ordinary one or a given name, or a form of an ordinary one."""
    return word in known_words() or is_ordinary(word)


@cache
def _bases_known() -> frozenset[str]:
    return word_set("common") | phrase_words()


def is_ordinary(word: str) -> bool:
    """Tell whether a plain word is an ordinary English one, in any of its forms."""
    words = _bases_known()
    return word in words or any(base in words for base in _bases(word))


def _bases(word: str) -> list[str]:
    """Return what a word may be a form of: stopped -> stop, making -> make, carries -> carry."""
    bases: list[str] = []
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            stem = word[: -len(ending)]
            bases += (stem, f"{stem}e")
            if stem[-1] == stem[-2]:
                bases.append(stem[:-1])
            if stem[-1] == "i":
                bases.append(f"{stem[:-1]}y")
    if word.startswith(("un", "re", "non")) and len(word) > 5:
        bases += (word[2:], word[3:])
    return bases

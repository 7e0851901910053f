"""Does an allegation name the head? Then others must judge it. Pure."""

import re
from collections.abc import Callable, Sequence

from classifiers.judgement import Judgement
from classifiers.plain import plain

_TITLE = re.compile(
    r"\b(head ?teacher|head ?master|head ?mistress|acting head|head of (the |this )?(nursery|school))\b"
)


def nobody(text: str, judgement: Judgement) -> bool:
    """Find the head nowhere: where there is no chair to tell, everybody is told as usual."""
    return False


def accuser(head_names: Sequence[str]) -> Callable[[str, Judgement], bool]:
    """Return what tells whether a text speaks of the head, by name or by office, and alleges something."""
    names = [f" {plain(name)} " for name in head_names if plain(name)]

    def accuses(text: str, judgement: Judgement) -> bool:
        if not (judgement.defamation or judgement.conduct):
            return False
        said = f" {plain(text)} "
        return bool(_TITLE.search(said)) or any(name in said for name in names)

    return accuses

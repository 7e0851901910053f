"""How often alerts were right: by the school's own verdicts, or else by what was measured of the model. Pure."""

from collections.abc import Mapping, Sequence

from watcher.messages import usefulness_words

ENOUGH = 5  #: verdicts from which on a school's own figure says something
LATELY = 20  #: verdicts looked at, the newest
RIGHT = "useful"
JUDGED = (RIGHT, "not-a-concern", "fair-criticism", "not-us")  #: a duplicate or a test says nothing of the alert


def how_often(verdicts: Mapping[str, Sequence[str]], measured: float | None) -> tuple[str, ...]:
    """Return a sentence for each concern with enough verdicts, or one that marks the measured figure as such.

    `verdicts` are the newest on alerts of each concern; `measured` is the share that were right in a test.
    """
    own = tuple(
        usefulness_words("own", alerts=concern, useful=given.count(RIGHT) or "none", decided=len(given))
        for concern, given in verdicts.items()
        if len(given) >= ENOUGH
    )
    if own:
        return own
    if measured is None:
        return (usefulness_words("unknown"),)
    return (usefulness_words("measured", tenths=round(10 * measured)),)

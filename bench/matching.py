"""Posts matched per second and core, by the number of schools, beside two ways with regular expressions.

Short posts of some 30 words, one in ten of them naming a school. Each school has 8 aliases and is a federation of
its own, as for a local authority. The regular expressions search the same folded words for the same forms.

    python bench/matching.py [posts]
"""

import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from classifiers.plain import plain
from classifiers.text import Names
from watcher.matching import Matcher

FIRST = """
    Ash Beech Birch Bramble Cedar Clover Elm Fern Hazel Heron Holly Ivy Larch Maple Oak Otter Poplar Rowan
    Sorrel Willow
"""
SECOND = "bank brook bury croft dale field ford gate grove hill hurst lane leigh mead mere moor side stead ton wood"
THIRD = "Infant Nursery Primary"
WORDS = """
    the a of and to in is it was for on with at by from this that we our they children parents staff today
    week lovely new open day morning after school play garden reading sports lunch club friends thank you all
    who came along weather was great photos soon library road traffic council meeting Friday café don't it's
    brilliant please remember coats
"""
SLOW_TOO = 300  #: posts for the slow ways


@dataclass(frozen=True)
class School:
    """One school and the ways it is written."""

    name: str
    aliases: tuple[str, ...]


def schools(count: int) -> list[School]:
    """Return made-up schools, all of them different."""
    places = [f"{first}{second}" for first in FIRST.split() for second in SECOND.split()]
    names = [f"{place} {kind}" for kind in THIRD.split() for place in places]
    return [School(name, _aliases(name, number)) for number, name in enumerate(names[:count])]


def _aliases(name: str, number: int) -> tuple[str, ...]:
    place, kind = name.split()
    glued = f"{place}{kind}"
    return (
        f"{name} School", f"{place} {kind} and Day Care", f"{place} {kind} Academy", f"{place}s {kind} School",
        f"St {place}'s {kind}", f"#{glued}", f"@{glued}{number}", f"{kind} at {place}",
    )  # fmt: skip


def posts(count: int, named: Sequence[School], seed: int = 7) -> list[str]:
    """Return short posts; one in ten names a school."""
    chance = random.Random(seed)
    words = WORDS.split()
    found = [" ".join(chance.choices(words, k=30)).capitalize() + "." for _ in range(count)]
    for number in range(0, count, 10):
        found[number] += f" Well done {chance.choice(chance.choice(named).aliases)}!"
    return found


def ours(known: Sequence[School]) -> Callable[[str], bool]:
    """Match as the service does."""
    matcher = Matcher([Names(full=(school.name, *school.aliases)) for school in known])
    return lambda post: bool(matcher.match("", post, "", ""))


def one_expression_each(known: Sequence[School]) -> Callable[[str], bool]:
    """Search for every alias by an expression of its own."""
    expressions = [re.compile(rf"(?<!\S){re.escape(form)}(?!\S)") for form in _forms(known)]
    return lambda post: any(expression.search(plain(post)) for expression in expressions)


def one_expression_for_all(known: Sequence[School]) -> Callable[[str], bool]:
    """Search for all aliases by one expression."""
    joined = "|".join(re.escape(form) for form in _forms(known))
    expression = re.compile(rf"(?<!\S)(?:{joined})(?!\S)")
    return lambda post: expression.search(plain(post)) is not None


def _forms(known: Sequence[School]) -> list[str]:
    return [plain(form) for school in known for form in (school.name, *school.aliases)]


def speed(match: Callable[[str], bool], texts: Sequence[str]) -> float:
    """Return posts per second, the best of three."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        found = sum(match(text) for text in texts)
        taken.append(time.process_time() - began)
    assert found >= len(texts) / 10
    return len(texts) / min(taken)


def main(count: int) -> None:
    """Measure and print."""
    print(f"{'schools':>8}{'aliases':>9}{'posts/s':>10}{'one re each':>13}{'one re':>9}")
    rates = {}
    for number in (1, 10, 100, 1000):
        known = schools(number)
        texts = posts(count, known)
        rates[number] = speed(ours(known), texts)
        each, joined = (
            speed(way(known), texts[:SLOW_TOO]) for way in (one_expression_each, one_expression_for_all)
        )
        print(f"{number:8}{number * 8:9}{rates[number]:10.0f}{each:13.0f}{joined:9.0f}")
    print(f"cost of a post with 1,000 schools: {rates[1] / rates[1000]:.2f} times that with one")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)

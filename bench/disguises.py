"""How many alerts outlive a disguise: `python bench/disguises.py FILE CONFIG [WATCHED]`.

Reads labelled posts, writes those that deserve an alert in several disguises, and prints how many the judge tells
in each, against the same posts as written. `WATCHED` takes only the records of one school. Ends by itself.
"""

import random
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from classifiers.evaluation import alerts_of
from classifiers.judge import MODEL, load_judge
from classifiers.records import Example
from watcher.commands.evaluate import labelled
from watcher.config import load
from watcher.matching import names_of

LOOKALIKES = str.maketrans(
    "aeopcxyiAEOPCXHKMTB",
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0410\u0415\u041e\u0420\u0421\u0425\u041d\u041a\u041c\u0422\u0412",
)
FIGURES = str.maketrans("aeiostAEIOST", "431057431057")
WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in map(chr, range(0x21, 0x7F))}
HARMLESS = "The weather was fine and the bus came on time. We had chips by the canal and went home happy. "
VOWEL = re.compile(r"(?<=\w)[aeiou](?=\w)")


def starred(text: str, chance: random.Random) -> str:
    """Put an asterisk for one vowel of about every third word."""
    words = text.split(" ")
    return " ".join(VOWEL.sub("*", word, count=1) if chance.random() < 0.33 else word for word in words)


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "as written": lambda text, _: text,
    "look-alike letters": lambda text, _: text.translate(LOOKALIKES),
    "invisible signs": lambda text, _: "\u200b".join(text),
    "full-width letters": lambda text, _: text.translate(WIDE),
    "figures for letters": lambda text, _: text.translate(FIGURES),
    "figures, every other word": lambda text, _: " ".join(
        word.translate(FIGURES) if index % 2 else word for index, word in enumerate(text.split(" "))
    ),
    "spaced letters": lambda text, _: "  ".join(" ".join(word) for word in text.split()),
    "asterisks": starred,
    "capitals": lambda text, _: text.upper(),
    "lower case": lambda text, _: text.lower(),
    "padding before": lambda text, _: HARMLESS * 50 + text,
    "padding behind": lambda text, _: f"{text} {HARMLESS * 50}",
    "padding around": lambda text, _: HARMLESS * 50 + text + " " + HARMLESS * 50,
}


def main(file: Path, config: Path, watched: str = "") -> None:
    """Disguise, judge, print."""
    names = names_of(load(config).federation)
    grave = [example for example in labelled(file, names, watched) if example.alert]
    judge = load_judge("balanced", MODEL)
    plain = None
    for name, disguise in DISGUISES.items():
        chance = random.Random(7)
        posts = [disguised(example, disguise, chance) for example in grave]
        judged = judge.judge([post.text for post in posts], [post.names for post in posts])
        told = sum(alerts_of(judged))
        plain = plain or told
        print(f"{name:<28} {told:>4} of {len(grave)}   {told / max(plain, 1):.2f} of those as written")


def disguised(example: Example, disguise: Callable[[str, random.Random], str], chance: random.Random) -> Example:
    """Return the example with its text in disguise; title, author and bio stay."""
    return replace(example, text=replace(example.text, text=disguise(example.text.text, chance)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])

"""What is counted in a reading: knowledge of the field as named figures and as tags."""

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise

from classifiers.fields import ALARMS, meaning_of
from classifiers.lexicons import kinds
from classifiers.masking import ALL_MARKS, LONGER, MARKS, SMALL
from classifiers.reading import ROLES, Reading, Sentence, read
from classifiers.text import Names, Text

CIRCUMSTANCES = frozenset(
    (
        "health", "special-needs", "toileting", "behaviour", "family", "custody", "social-care", "police-law",
        "immigration", "money", "attendance", "whereabouts",
    )
)  # fmt: skip
ALLEGATIONS = frozenset(
    ("theft-fraud", "drink-drugs", "discrimination", "lying-cover-up", "violence", "harm", "sexual", "threat")
)
HARM = frozenset(("harm", "violence", "threat", "sexual", "private-contact"))
SOFTENERS = frozenset(("rejection", "joke", "history-fiction", "other-institution"))
MISDEEDS = frozenset(("contempt", "rule-breaking", "confidential", "drink-drugs", "threat"))
CHILDREN = frozenset(("own", "child", "person"))
#: The figure that grows with the length of a text, about 0 to 3.
WORDS = "sign:words"
#: Words this near the school's name are counted, those next to it by their distance.
NEAR, NEXT = 4, 2
REACH = 4  #: words with a meaning this near one another are counted in pairs
_STANDING_FOR = frozenset((*ROLES.values(), *ALL_MARKS))
_NAMED = frozenset((MARKS["full"], MARKS["ambiguous"], SMALL, LONGER))
PLATFORMS = ("news", "review", "wiki", "x", "facebook", "other", "youtube")

_SIGNS = {
    "!": re.compile("!"),
    "?": re.compile(r"\?"),
    "quote": re.compile('["\u201c\u201d]|^>', re.MULTILINE),
    "hashtag": re.compile(r"#\w"),
    "link": re.compile(r"https?://|www\."),
    "emoji": re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]"),
    "ellipsis": re.compile(r"\.\.\.|\u2026"),
    "brackets": re.compile(r"\("),
}
#: Named pairs of things said in one sentence.
_PAIRS: dict[str, tuple[Callable[[Sentence], bool], frozenset[str]]] = {
    "named child with circumstance": (lambda s: _names(s, "child", "person"), CIRCUMSTANCES),
    "own child with circumstance": (lambda s: _names(s, "own"), CIRCUMSTANCES),
    "particular child with circumstance": (lambda s: "particular-child" in s.kinds, CIRCUMSTANCES),
    "child with harm": (lambda s: _speaks_of_child(s), HARM),
    "name in celebration": (lambda s: _names(s, "child", "person"), frozenset(("celebration",))),
    "name with class": (lambda s: _names(s, "child", "person"), frozenset(("class-frame",))),
    "staff role with allegation": (lambda s: "staff-role" in s.kinds, ALLEGATIONS),
    "adult name with allegation": (lambda s: _names(s, "adult", "person", "unlisted"), ALLEGATIONS),
    "hearsay with allegation": (lambda s: "hedge" in s.kinds, ALLEGATIONS),
    "softened allegation": (lambda s: bool(s.kinds & SOFTENERS), ALLEGATIONS),
    "opinion of role": (lambda s: "staff-role" in s.kinds, frozenset(("opinion",))),
}


@cache
def feature_names() -> tuple[str, ...]:
    """Return the names of the figures, in the order of `features`."""
    return tuple(_figures(read(Text(""), Names())))


def features(reading: Reading) -> list[float]:
    """Return the figures of a reading, each between 0 and about 3."""
    return list(_figures(reading).values())


def speaker(reading: Reading) -> str:
    """Tell who speaks: "staff", "former", "parent", "press" or "" for anybody."""
    bio, said = reading.bio.kinds, frozenset().union(*(s.kinds for s in reading.sentences))
    if "former-staff" in bio or "former-staff" in said:
        return "former"
    if "staff-bio" in bio or "staff-self" in said or "staff-self" in bio:
        return "staff"
    if reading.text.platform == "news":
        return "press"
    return "parent" if "parent-self" in said or "parent-self" in bio else ""


def tags(reading: Reading) -> list[str]:
    """Return what is said as kinds instead of words: each kind, each two in order, each two of one sentence."""
    found: list[str] = []
    who = speaker(reading)
    for sentence in (reading.title, *reading.sentences):
        said = _sequence(sentence)
        found += said
        found += (f"{first}>{second}" for first, second in pairwise(said))
        together = sorted(set(said))
        found += (f"{first}&{second}" for first, second in combinations(together, 2))
        found += (f"{who}:{one}" for one in together)
    said = sorted({tag for sentence in reading.sentences for tag in _sequence(sentence)})
    found += (f"{first}~{second}" for first, second in combinations(said, 2))
    found += (f"bio:{kind}" for kind in reading.bio.kinds)
    return found


def fields(reading: Reading) -> list[str]:
    """Return what the words are about: each field, who speaks of it, and each two near one another, in order."""
    found: list[str] = []
    who = speaker(reading)
    for sentence in (reading.title, *reading.sentences):
        said = _meanings(sentence)
        every = {one for word in said for one in word}
        found += every
        found += (f"{who}:{one}" for one in every)
        found += (f"{word[0]}>{near[0]}" for at, word in enumerate(said, 1) for near in said[at : at + REACH])
    return found


def around(reading: Reading) -> list[str]:
    """Return the words near the school's name, with their side: what tells a school from its namesakes."""
    found: list[str] = []
    for sentence in (reading.title, *reading.sentences):
        for at, word in enumerate(sentence.words):
            if word in _NAMED:
                found += _beside(sentence.words, at)
    return found


def _beside(words: tuple[str, ...], at: int) -> Iterator[str]:
    for side, near in (("before", words[max(0, at - NEAR) : at][::-1]), ("after", words[at + 1 : at + 1 + NEAR])):
        for distance, word in enumerate(near, 1):
            yield f"{side}{distance if distance <= NEXT else ''}:{word}"
            yield f"{words[at]}:{word}"


def _meanings(sentence: Sentence) -> list[tuple[str, ...]]:
    """Return what the words of a sentence mean, in reading order: kinds of phrases, fields, roles and marks."""
    kinds_at = {phrase.order: f"={phrase.kind}" for phrase in sentence.phrases}
    found: list[tuple[str, ...]] = []
    for at, word in enumerate(sentence.words):
        if at in kinds_at:
            found.append((kinds_at[at],))
        if word in _STANDING_FOR:
            found.append((word,))
        elif meaning := meaning_of(word):
            found.append((*meaning.fields, f"!{meaning.alarm}") if meaning.alarm else meaning.fields)
    return found


def _sequence(sentence: Sentence) -> list[str]:
    """Return kinds, roles and marks of a sentence in reading order."""
    found = [(phrase.order, phrase.kind) for phrase in sentence.phrases]
    found += [(person.first, ROLES[person.holder]) for person in sentence.people]
    said = [kind for _, kind in sorted(set(found))]
    return said + [mark for mark in ALL_MARKS if mark in sentence.words]


def _figures(reading: Reading) -> dict[str, float]:
    figures = _kind_figures(reading)
    figures |= _alarm_figures(reading)
    figures |= _people_figures(reading)
    figures |= _pair_figures(reading)
    figures |= _speaker_figures(reading)
    figures |= _about_figures(reading)
    figures |= _sign_figures(reading)
    return figures


def _kind_figures(reading: Reading) -> dict[str, float]:
    counts = dict.fromkeys(kinds(), 0)
    for sentence in reading.sentences:
        for phrase in sentence.phrases:
            counts[phrase.kind] += 1
    figures = {f"says:{kind}": math.log1p(count) for kind, count in counts.items()}
    figures |= {f"title:{kind}": float(kind in reading.title.kinds) for kind in counts}
    said = {kind for kind, count in counts.items() if count}
    return figures | {
        "allegations": math.log1p(len(said & ALLEGATIONS)),
        "circumstances": math.log1p(len(said & CIRCUMSTANCES)),
        "allegation without softener": float(bool(said & ALLEGATIONS) and not said & SOFTENERS),
    }


def _alarm_figures(reading: Reading) -> dict[str, float]:
    meanings = (meaning_of(word) for sentence in (reading.title, *reading.sentences) for word in sentence.words)
    alarms = [meaning.alarm for meaning in meanings if meaning]
    figures = {f"alarm:{alarm}": math.log1p(alarms.count(alarm)) for alarm in ALARMS}
    return figures | {"alarm:most": float(max(alarms, default=0))}


def _people_figures(reading: Reading) -> dict[str, float]:
    people = [person for sentence in (reading.title, *reading.sentences) for person in sentence.people]
    holders: list[str] = [person.holder for person in people]
    figures = {f"names:{holder}": math.log1p(holders.count(holder)) for holder in ROLES}
    return figures | {
        "names:only own": float(bool(holders) and set(holders) <= {"own", "adult"}),
        "names:full": math.log1p(sum(person.full for person in people)),
        "names:first only": math.log1p(sum(not person.full and person.holder in CHILDREN for person in people)),
        "names:none": float(not people),
    }


def _pair_figures(reading: Reading) -> dict[str, float]:
    sentences = (reading.title, *reading.sentences)
    return {
        name: math.log1p(sum(bool(sentence.kinds & wanted) and has(sentence) for sentence in sentences))
        for name, (has, wanted) in _PAIRS.items()
    }


def _speaker_figures(reading: Reading) -> dict[str, float]:
    who = speaker(reading)
    sentences = (reading.title, *reading.sentences)
    said = frozenset().union(*(sentence.kinds for sentence in sentences))
    staff = float(who == "staff")
    return {
        **{f"speaker:{one}": float(who == one) for one in ("staff", "former", "parent", "press")},
        "staff of child": staff * float(any(map(_speaks_of_child, sentences))),
        "staff of circumstance": staff * float(bool(said & CIRCUMSTANCES)),
        "staff of misdeed": staff * float(bool(said & MISDEEDS)),
        "staff moans": staff * float("moan" in said),
        "staff praises": staff * float("praise" in said),
        "bio:staff": float("staff-bio" in reading.bio.kinds and "former-staff" not in reading.bio.kinds),
        "bio:school": float(names_school(reading.bio)),
        "bio:staff here": float("staff-bio" in reading.bio.kinds and names_school(reading.bio)),
        "bio:any": float(bool(reading.bio.words)),
    }


def _about_figures(reading: Reading) -> dict[str, float]:
    body = frozenset(word for sentence in reading.sentences for word in sentence.words)
    fields = {
        "title": frozenset(reading.title.words),
        "text": body,
        "bio": frozenset(reading.bio.words),
        "author": frozenset(reading.author.words),
    }
    figures = {f"{field}:{mark}": float(mark in words) for field, words in fields.items() for mark in ALL_MARKS}
    everything = frozenset().union(*fields.values())
    sure, short, place, against, small, longer, elsewhere = (mark in everything for mark in ALL_MARKS)
    life = "school-life" in frozenset().union(*(s.kinds for s in (reading.title, reading.bio, *reading.sentences)))
    return figures | {
        "about:sure": float(sure),
        "about:short only": float(short and not sure),
        "about:short with place": float(short and place),
        "about:short alone": float(short and not place and not sure),
        "about:no name": float(not sure and not short),
        "about:small only": float(small and not sure and not short),
        "about:longer only": float(longer and not sure and not short),
        "about:short without school life": float((short or small) and not sure and not life),
        "about:against": float(against),
        "about:short against": float(short and not sure and against),
        "about:short elsewhere": float((short or small or longer) and not sure and elsewhere and not place),
        "about:only against": float(against and not place and not sure),
    }


def _sign_figures(reading: Reading) -> dict[str, float]:
    raw = reading.text.text
    letters = sum(map(str.isalpha, raw)) or 1
    figures = {f"sign:{name}": math.log1p(len(pattern.findall(raw))) for name, pattern in _SIGNS.items()}
    spelt = "".join(word for sentence in reading.sentences for word in sentence.named)
    return figures | {
        "sign:digits": math.log1p(sum(map(str.isdigit, spelt))),
        "sign:shouting": float(sum(map(str.isupper, raw)) > 0.6 * letters),
        "sign:lower case": float(raw == raw.lower()),
        "sign:foreign": sum(sign > "\u024f" and sign.isalpha() for sign in raw) / letters,
        "sign:length": math.log1p(len(raw)) / 4,
        WORDS: math.log1p(sum(len(sentence.words) for sentence in reading.sentences)) / 2,
        "sign:disguised": float(reading.disguised),
        **{f"platform:{name}": float(reading.text.platform == name) for name in PLATFORMS},
    }


def names_school(sentence: Sentence) -> bool:
    """Tell whether the school is named, surely or by its short name."""
    return MARKS["full"] in sentence.words or MARKS["ambiguous"] in sentence.words


def _names(sentence: Sentence, *holders: str) -> bool:
    return any(person.holder in holders for person in sentence.people)


def _speaks_of_child(sentence: Sentence) -> bool:
    return _names(sentence, "own", "child") or bool(sentence.kinds & {"particular-child", "parent-self"})

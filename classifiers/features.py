"""What is counted in a reading: knowledge of the field as named figures."""

import math
import re
from functools import cache

from classifiers.lexicons import kinds
from classifiers.reading import Reading, Sentence

_CIRCUMSTANCES = frozenset(
    (
        "health",
        "special-needs",
        "toileting",
        "behaviour",
        "family",
        "custody",
        "social-care",
        "police-law",
        "immigration",
        "money",
        "attendance",
        "whereabouts",
    )
)
_ALLEGATIONS = frozenset(
    ("theft-fraud", "drink-drugs", "discrimination", "lying-cover-up", "violence", "harm", "sexual", "threat")
)
_HARM = frozenset(("harm", "violence", "threat", "sexual", "private-contact"))
_SOFTENERS = frozenset(("rejection", "joke", "history-fiction", "other-institution"))
_MISDEEDS = frozenset(("contempt", "rule-breaking", "confidential", "drink-drugs", "threat"))

_SIGNS = {
    "!": re.compile("!"),
    "?": re.compile(r"\?"),
    "quote": re.compile('["\u201c\u201d]|^>', re.MULTILINE),
    "hashtag": re.compile(r"#\w"),
    "link": re.compile(r"https?://|www\."),
    "digits": re.compile(r"\d"),
    "emoji": re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]"),
    "ellipsis": re.compile(r"\.\.\.|\u2026"),
    "brackets": re.compile(r"\("),
}


@cache
def feature_names() -> tuple[str, ...]:
    """Return the names of the figures, in the order of `features`."""
    return tuple(_figures_of_nothing())


def _figures_of_nothing() -> dict[str, float]:
    from classifiers.reading import read
    from classifiers.text import Names, Text

    return _figures(read(Text(""), Names()))


def features(reading: Reading) -> list[float]:
    """Return the figures of a reading, each between 0 and about 3."""
    return list(_figures(reading).values())


def _figures(reading: Reading) -> dict[str, float]:
    figures = _kind_figures(reading)
    figures |= _people_figures(reading)
    figures |= _pair_figures(reading, figures)
    figures |= _about_figures(reading)
    figures |= _sign_figures(reading)
    return figures


def _kind_figures(reading: Reading) -> dict[str, float]:
    counts = dict.fromkeys(kinds(), 0)
    for sentence in reading.sentences:
        for found in sentence.found:
            counts[found.meaning] += 1
    figures = {f"says:{kind}": math.log1p(count) for kind, count in counts.items()}
    figures |= {f"title:{kind}": float(kind in reading.title.kinds) for kind in counts}
    return figures | {
        "bio:staff": float("staff-bio" in reading.bio.kinds and "former-staff" not in reading.bio.kinds),
        "bio:former": float("former-staff" in reading.bio.kinds),
        "bio:parent": float("parent-self" in reading.bio.kinds or "mum of" in reading.bio.plain),
        "bio:school": float(_names_school(reading.bio.plain)),
        "bio:any": float(bool(reading.bio.plain)),
    }


def _people_figures(reading: Reading) -> dict[str, float]:
    sentences = (reading.title, *reading.sentences)
    holders = [person.holder for sentence in sentences for person in sentence.people]
    figures = {
        f"names:{holder}": math.log1p(holders.count(holder)) for holder in ("own", "child", "adult", "person")
    }
    figures["names:only own"] = float(bool(holders) and set(holders) <= {"own", "adult"})
    return figures


def _pair_figures(reading: Reading, figures: dict[str, float]) -> dict[str, float]:
    """Count what tells most: things said together in one sentence, and by whom."""
    staff = float(figures["bio:staff"] or figures["says:staff-self"] > 0)
    sentences = (reading.title, *reading.sentences)
    pairs = {
        "named child with circumstance": _together(sentences, _has_child_name, _CIRCUMSTANCES),
        "own child with circumstance": _together(sentences, _has_own_name, _CIRCUMSTANCES),
        "particular child with circumstance": _together(sentences, _has_particular, _CIRCUMSTANCES),
        "any person with circumstance": _together(sentences, _has_person, _CIRCUMSTANCES),
        "child with harm": _together(sentences, _has_any_child, _HARM),
        "name in celebration": _together(sentences, _has_child_name, frozenset(("celebration",))),
        "name with class": _together(sentences, _has_child_name, frozenset(("class-frame",))),
        "staff role with allegation": _together(sentences, _has_role, _ALLEGATIONS),
        "adult name with allegation": _together(sentences, _has_adult_name, _ALLEGATIONS),
        "hearsay with allegation": _together(sentences, _has_hearsay, _ALLEGATIONS),
        "softened allegation": _together(sentences, _has_softener, _ALLEGATIONS),
        "others blamed": _together(sentences, _has_other, _ALLEGATIONS),
        "opinion of role": _together(sentences, _has_role, frozenset(("opinion",))),
    }
    child = any(_has_any_child(sentence) for sentence in sentences)
    kinds_said = frozenset().union(*(sentence.kinds for sentence in sentences))
    return pairs | {
        "staff speaks": staff,
        "staff speaks of child": staff * float(child),
        "staff speaks of circumstance": staff * float(bool(kinds_said & _CIRCUMSTANCES)),
        "staff speaks of misdeed": staff * float(bool(kinds_said & _MISDEEDS)),
        "staff moans": staff * float("moan" in kinds_said),
        "staff praises": staff * float("praise" in kinds_said),
        "parent speaks": float("parent-self" in kinds_said),
        "allegations": math.log1p(len(kinds_said & _ALLEGATIONS)),
        "circumstances": math.log1p(len(kinds_said & _CIRCUMSTANCES)),
        "allegation without softener": float(bool(kinds_said & _ALLEGATIONS) and not kinds_said & _SOFTENERS),
    }


def _about_figures(reading: Reading) -> dict[str, float]:
    fields = {
        "title": reading.title.plain,
        "text": reading.body,
        "bio": reading.bio.plain,
        "author": reading.author,
    }
    figures = {
        f"{field}:{mark}": float(mark in words.split())
        for field, words in fields.items()
        for mark in ("theschool", "shortname", "localplace")
    }
    everything = " ".join(fields.values()).split()
    sure, short, place = (mark in everything for mark in ("theschool", "shortname", "localplace"))
    return figures | {
        "about:sure": float(sure),
        "about:short only": float(short and not sure),
        "about:short with place": float(short and place),
        "about:no name": float(not sure and not short),
        "about:against": math.log1p(reading.against),
        "about:short against": float(short and not sure and reading.against > 0),
    }


def _sign_figures(reading: Reading) -> dict[str, float]:
    raw = reading.sentences[0].raw if len(reading.sentences) == 1 else "".join(s.raw for s in reading.sentences)
    letters = sum(sign.isalpha() for sign in raw) or 1
    figures = {f"sign:{name}": math.log1p(len(pattern.findall(raw))) for name, pattern in _SIGNS.items()}
    return figures | {
        "sign:shouting": float(sum(sign.isupper() for sign in raw) > 0.6 * letters),
        "sign:lower case": float(raw == raw.lower()),
        "sign:foreign": sum(sign > "\u024f" for sign in raw if sign.isalpha()) / letters,
        "sign:length": math.log1p(len(raw)) / 4,
        **{
            f"platform:{name}": float(reading.text.platform == name)
            for name in ("news", "review", "wiki", "x", "facebook")
        },
    }


def _together(sentences: tuple[Sentence, ...], has: object, kinds_wanted: frozenset[str]) -> float:
    count = sum(bool(sentence.kinds & kinds_wanted) and has(sentence) for sentence in sentences)  # type: ignore[operator]
    return math.log1p(count)


def _names_school(plain_text: str) -> bool:
    return any(mark in plain_text for mark in ("theschool", "shortname"))


def _has_child_name(sentence: Sentence) -> bool:
    return any(person.holder in ("child", "person") for person in sentence.people)


def _has_own_name(sentence: Sentence) -> bool:
    return any(person.holder == "own" for person in sentence.people)


def _has_adult_name(sentence: Sentence) -> bool:
    return any(person.holder in ("adult", "person") for person in sentence.people)


def _has_person(sentence: Sentence) -> bool:
    return bool(sentence.people)


def _has_particular(sentence: Sentence) -> bool:
    return "particular-child" in sentence.kinds


def _has_any_child(sentence: Sentence) -> bool:
    if any(person.holder in ("own", "child") for person in sentence.people):
        return True
    return bool(sentence.kinds & {"particular-child", "parent-self"})


def _has_role(sentence: Sentence) -> bool:
    return "staff-role" in sentence.kinds


def _has_hearsay(sentence: Sentence) -> bool:
    return "hedge" in sentence.kinds


def _has_softener(sentence: Sentence) -> bool:
    return bool(sentence.kinds & _SOFTENERS)


def _has_other(sentence: Sentence) -> bool:
    return "other-institution" in sentence.kinds

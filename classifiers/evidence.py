"""Which words of a reading speak for a concern, and where they stand in the raw text."""

import re

from classifiers.judgement import Concern, Evidence, Field
from classifiers.reading import Reading, Sentence

#: What each kind of phrase speaks for; kinds not named here are context.
CONCERN_OF: dict[str, Concern] = {
    **dict.fromkeys(
        (
            "health", "special-needs", "toileting", "behaviour", "family", "custody", "social-care", "police-law",
            "immigration", "money", "attendance", "whereabouts", "private-contact", "harm", "threat",
            "particular-child", "class-frame", "celebration",
        ),
        "safeguarding",
    ),
    **dict.fromkeys(
        ("theft-fraud", "drink-drugs", "discrimination", "lying-cover-up", "violence", "sexual"), "defamation"
    ),
    **dict.fromkeys(("contempt", "rule-breaking", "confidential", "moan"), "conduct"),
}  # fmt: skip
CONTEXT = ("staff-self", "staff-bio", "former-staff", "parent-self", "hedge", "rejection", "opinion", "staff-role")
_TOLD = frozenset((*CONCERN_OF, *CONTEXT))


def evidence_of(reading: Reading) -> tuple[Evidence, ...]:
    """Return the evidence of a reading, in reading order."""
    found = [*_in_sentence(reading.title, "title"), *_in_sentence(reading.bio, "bio")]
    for sentence in reading.sentences:
        found += _in_sentence(sentence, "text")
    return tuple(sorted(set(found), key=lambda item: (item.field, item.start, item.end, item.kind)))


def _in_sentence(sentence: Sentence, field: Field) -> list[Evidence]:
    found = []
    for person in sentence.people:
        concern: Concern | None = "safeguarding" if person.holder != "adult" else None
        start, end = sentence.start + person.start, sentence.start + person.end
        found.append(Evidence(field, start, end, f"name-{person.holder}", concern))
    for phrase in sentence.found:
        place = _locate(sentence, phrase.phrase) if phrase.meaning in _TOLD else None
        if place:
            start, end = sentence.start + place[0], sentence.start + place[1]
            found.append(Evidence(field, start, end, phrase.meaning, CONCERN_OF.get(phrase.meaning)))
    return found


def _locate(sentence: Sentence, phrase: str) -> tuple[int, int] | None:
    """Find the words of a plain phrase in the raw sentence, whatever signs stand between them."""
    pattern = r"[\W_]+".join(r"['\u2019]?".join(map(re.escape, word)) for word in phrase.split())
    found = re.search(rf"(?<!\w){pattern}\w*", sentence.raw, re.IGNORECASE)
    return (found.start(), found.end()) if found else None

"""Which words of a reading speak for a concern, and where they stand in the raw text."""

from classifiers.judgement import Concern, Evidence, Field
from classifiers.people import Holder
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
    found = [
        Evidence(field, person.start, person.end, f"name-{person.holder}", _concern(person.holder))
        for person in sentence.people
        if person.holder != "unlisted"
    ]
    return found + [
        Evidence(field, phrase.start, phrase.end, phrase.kind, CONCERN_OF.get(phrase.kind))
        for phrase in sentence.phrases
        if phrase.kind in _TOLD
    ]


def _concern(holder: Holder) -> Concern | None:
    return None if holder in ("adult", "creature") else "safeguarding"

"""What follows from a judgement. Pure: the rulebook's last section, and nothing else."""

from dataclasses import dataclass
from typing import Literal

from classifiers.judgement import CONCERNS, Concern, Judgement

Action = Literal["alert", "digest", "quiet"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a mention, and because of what."""

    alert: bool  #: tell the head now
    digest: bool  #: worth a line in the weekly digest
    concerns: tuple[Concern, ...]  #: those of grade 2 for an alert, of grade 1 for a digest line
    because: str  #: one short sentence

    @property
    def action(self) -> Action:
        """The loudest of the three."""
        if self.alert:
            return "alert"
        return "digest" if self.digest else "quiet"


def decide(judgement: Judgement) -> Decision:
    """Decide by the rulebook: grade 2 interrupts, grade 1 or a negative tone waits for the digest."""
    if judgement.about == "other":
        return Decision(False, False, (), "it is about something else of that name")
    if not judgement.judged:
        return Decision(False, True, (), f"it could not be judged (language: {judgement.language})")
    urgent = tuple(concern for concern in CONCERNS if judgement.grade(concern) == 2)
    slight = tuple(concern for concern in CONCERNS if judgement.grade(concern) == 1)
    noted = bool(slight) or judgement.tone == "negative"
    if urgent:
        return Decision(True, noted, urgent, f"possible {' and '.join(urgent)} concern")
    if slight:
        return Decision(False, True, slight, f"a note on {' and '.join(slight)}")
    if noted:
        return Decision(False, True, (), "it speaks badly of the school without a concern")
    return Decision(False, False, (), "no concern")

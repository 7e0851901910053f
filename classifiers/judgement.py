"""What a classifier answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from classifiers.text import Names, Text

About = Literal["us", "other", "unclear"]
Tone = Literal["positive", "neutral", "negative"]
Concern = Literal["safeguarding", "defamation", "conduct"]
Grade = Literal[0, 1, 2]

Field = Literal["text", "title", "author", "bio"]

CONCERNS: tuple[Concern, ...] = ("safeguarding", "defamation", "conduct")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Some words that speak for a concern."""

    field: Field  #: where they stand
    start: int  #: character offset in the raw field
    end: int
    kind: str  #: what they are: "child-name", "health", "allegation-theft" ... (see knowledge/)
    concern: Concern | None  #: the concern they speak for; None: context only (who speaks, hedges)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One text, judged by the rulebook."""

    about: About
    safeguarding: Grade
    defamation: Grade
    conduct: Grade
    tone: Tone
    scores: Mapping[str, float]  #: probabilities: about_us, safeguarding_1, safeguarding_2 ... ("_1": at least 1)
    because: tuple[str, ...] = ()  #: reasons in plain English
    evidence: tuple[Evidence, ...] = ()  #: in reading order
    language: str = "en"  #: BCP 47, as far as it could be told
    judged: bool = True  #: False: a language or shape it cannot judge; goes to the digest as "not judged"

    def grade(self, concern: Concern) -> Grade:
        """Return the grade of one concern."""
        grades: dict[Concern, Grade] = {
            "safeguarding": self.safeguarding,
            "defamation": self.defamation,
            "conduct": self.conduct,
        }
        return grades[concern]


class Judge(Protocol):
    """The one promise behind which classifiers are exchanged."""

    model: str  #: name and version, kept with every judgement

    def judge(self, texts: Sequence[Text], names: Sequence[Names]) -> list[Judgement]:
        """Judge each text for the school whose names stand at the same index. Never raises for odd text."""
        ...

"""The judge: probabilities of the model turned into grades, with the reasons a reader would give."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evidence import evidence_of
from classifiers.judgement import CONCERNS, About, Grade, Judgement, Tone
from classifiers.language import can_judge, tell_language
from classifiers.reading import Reading, read, windows
from classifiers.reasons import reasons
from classifiers.text import Names, Text

if TYPE_CHECKING:
    import numpy as np

    from classifiers.model import Model
    from classifiers.passport import Passport

MODEL = Path(__file__).with_name("data") / "model.skops"


class LinearJudge:
    """Judges with a trained model. Thread-safe."""

    def __init__(self, model: "Model", passport: "Passport", sensitivity: str) -> None:
        self.model = passport.name
        self._model = model
        self._thresholds = passport.thresholds[sensitivity]

    def judge(self, texts: Sequence[Text], names: Sequence[Names]) -> list[Judgement]:
        """Judge each text for the school whose names stand at the same index."""
        if not texts:
            return []
        readings = [read(text, name) for text, name in zip(texts, names, strict=True)]
        parts = [windows(reading) for reading in readings]
        scores = self._model.probabilities([part for own in parts for part in own])
        judged, start = [], 0
        for reading, own in zip(readings, parts, strict=True):
            judged.append(self._judgement(reading, own, scores[start : start + len(own)]))
            start += len(own)
        return judged

    def _judgement(self, reading: Reading, parts: list[Reading], scores: "np.ndarray") -> Judgement:
        from classifiers.model import QUESTIONS

        gravest = int(scores[:, QUESTIONS.index("alert")].argmax())
        found = dict(zip(QUESTIONS, map(float, scores.max(axis=0)), strict=True))
        # What a text is about and how it sounds is a matter of all that names the school, not of its gravest part.
        meant = _naming_school(parts)
        for question in ("about_us", "about_other", "tone_positive", "tone_negative"):
            found[question] = float(scores[meant, QUESTIONS.index(question)].mean())
        about = self._about(found)
        grades = self._grades(found if about != "other" else {})
        evidence = evidence_of(parts[gravest])
        language = tell_language(reading.text.text)
        return Judgement(
            about=about,
            safeguarding=grades["safeguarding"],
            defamation=grades["defamation"],
            conduct=grades["conduct"],
            tone=self._tone(found) if about != "other" else "neutral",
            scores=found,
            because=reasons(parts[gravest], evidence, grades, about),
            evidence=evidence,
            language=language,
            judged=can_judge(language) or max(grades.values()) == 2,
        )

    def _about(self, found: dict[str, float]) -> About:
        us, other = found["about_us"], found["about_other"]
        if other >= self._thresholds["about_other"] and other > us:
            return "other"
        return "us" if us >= 0.35 else "unclear"

    def _grades(self, found: dict[str, float]) -> dict[str, Grade]:
        """Grade 2 only where the text as a whole deserves an alert; then at least the likeliest concern has it.

        Without probabilities (the text is about something else) every grade is 0.
        """
        if not found:
            return dict.fromkeys(CONCERNS, 0)
        told = found["alert"] >= self._thresholds["alert"]
        grades: dict[str, Grade] = {}
        for concern in CONCERNS:
            grave, slight = found[f"{concern}_2"], found[f"{concern}_1"]
            if told and grave >= self._thresholds[f"{concern}_2"]:
                grades[concern] = 2
            else:
                grades[concern] = 1 if slight >= self._thresholds[f"{concern}_1"] else 0
        if told and 2 not in grades.values():
            grades[max(CONCERNS, key=lambda concern: found[f"{concern}_2"])] = 2
        return grades

    def _tone(self, found: dict[str, float]) -> Tone:
        positive, negative = found["tone_positive"], found["tone_negative"]
        if max(positive, negative) < 0.45:
            return "neutral"
        return "positive" if positive > negative else "negative"


def _naming_school(parts: Sequence[Reading]) -> list[int]:
    """Return the indices of the parts that name the school; of all parts where none does."""
    from classifiers.features import names_school

    naming = [index for index, part in enumerate(parts) if any(map(names_school, part.sentences))]
    return naming or list(range(len(parts)))


@cache
def load_judge(sensitivity: str, path: Path = MODEL) -> LinearJudge:
    """Load the model and make a judge of it. Raises ModelError."""
    from classifiers.passport import load

    model, passport = load(path)
    return LinearJudge(model, passport, sensitivity)

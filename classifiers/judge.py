"""The judge: probabilities of the model turned into grades, with the reasons a reader would give."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.evidence import evidence_of
from classifiers.judgement import CONCERNS, About, Grade, Judgement, Tone
from classifiers.language import can_judge, tell_language
from classifiers.reading import read
from classifiers.reasons import reasons
from classifiers.text import Names, Text

if TYPE_CHECKING:
    import numpy as np

    from classifiers.model import Model
    from classifiers.passages import Passages
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
        from classifiers.passages import passages

        cut = [passages(read(text, name)) for text, name in zip(texts, names, strict=True)]
        scores = self._model.probabilities([part for own in cut for part in own.every])
        judged, start = [], 0
        for own in cut:
            judged.append(self._judgement(own, own.heard(scores[start : start + len(own.every)])))
            start += len(own.every)
        return judged

    def _judgement(self, own: "Passages", heard: "np.ndarray") -> Judgement:
        from classifiers.model import QUESTIONS

        found = dict(zip(QUESTIONS, map(float, own.told(heard)), strict=True))
        gravest = own.gravest_window(heard)
        about = self._about(found)
        grades = self._grades(found if about != "other" else {})
        evidence = evidence_of(gravest)
        language = tell_language(gravest.text.text)
        return Judgement(
            about=about,
            safeguarding=grades["safeguarding"],
            defamation=grades["defamation"],
            conduct=grades["conduct"],
            tone=self._tone(found) if about != "other" else "neutral",
            scores=found,
            because=reasons(gravest, evidence, grades, about),
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


@cache
def load_judge(sensitivity: str, path: Path = MODEL) -> LinearJudge:
    """Load the model and make a judge of it. Raises ModelError."""
    from classifiers.passport import load

    model, passport = load(path)
    return LinearJudge(model, passport, sensitivity)

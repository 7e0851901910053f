"""What is judged of a text: all of it, or windows of a long one and the gravest passage of each.

So neither repetition nor padding can bury a sentence. A short text is judged as a whole only: what stands around a
grave sentence often puts it right.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from classifiers.evidence import CONCERN_OF
from classifiers.features import names_school
from classifiers.fields import meaning_of
from classifiers.model import QUESTIONS
from classifiers.reading import PADDING, Reading, Sentence

WINDOW = 150  #: words judged together; a long text is as grave as its gravest window
STRIDE = 75
PASSAGE = 2  #: sentences of a window of a long text, judged once more by themselves
#: So much less, in log odds, counts what a passage says than what a window says.
DISCOUNT = 2.0
#: What a sentence weighs when the gravest passage is sought: words by their alarm, kinds of phrases, persons.
ALARM = (0, 1, 3, 5)
PHRASE = PERSON = 2
_LIGHT = frozenset(("moan", "celebration", "class-frame"))
_GRAVE = frozenset(CONCERN_OF) - _LIGHT
#: What a text is about and how it sounds is a matter of all that names the school, not of its gravest part.
WHOLE = ("about_us", "about_other", "tone_positive", "tone_negative")
_WHOLE = [QUESTIONS.index(question) for question in WHOLE]
_CONCERNS = [index for index, question in enumerate(QUESTIONS) if question not in WHOLE]
_ALERT = QUESTIONS.index("alert")


@dataclass(frozen=True, slots=True)
class Passages:
    """The windows of a reading, and of more than one window the gravest passage of each."""

    windows: tuple[Reading, ...]
    gravest: dict[int, Reading]  #: by the index of the window

    @property
    def every(self) -> list[Reading]:
        """All that is asked of the model: the windows, then the passages."""
        return [*self.windows, *self.gravest.values()]

    def heard(self, scores: np.ndarray) -> np.ndarray:
        """Return the probabilities of each window, shape (windows, questions), from those of `every`.

        Each concern of a window is at least as likely as its gravest passage says, less the discount.
        """
        heard = scores[: len(self.windows)].copy()
        for window, passage in zip(self.gravest, scores[len(self.windows) :], strict=True):
            heard[window, _CONCERNS] = np.maximum(heard[window, _CONCERNS], _discounted(passage[_CONCERNS]))
        return heard

    def told(self, heard: np.ndarray) -> np.ndarray:
        """Return the probabilities of the text, shape (questions,), from those of its windows."""
        told = np.asarray(heard.max(axis=0))
        told[_WHOLE] = heard[np.ix_(self._naming_school(), _WHOLE)].mean(axis=0)
        return told

    def gravest_window(self, heard: np.ndarray) -> Reading:
        """Return the window that speaks most for an alert."""
        return self.windows[int(heard[:, _ALERT].argmax())]

    def _naming_school(self) -> list[int]:
        """Return the indices of the windows that name the school; of all of them where none does."""
        naming = [index for index, part in enumerate(self.windows) if any(map(names_school, part.sentences))]
        return naming or list(range(len(self.windows)))


def passages(reading: Reading) -> Passages:
    """Cut a reading into what is judged of it."""
    own = [*windows(said_once(reading)), *(windows(bare) if (bare := _without_padding(reading)) else ())]
    gravest = {
        index: replace(window, sentences=_gravest(window.sentences))
        for index, window in enumerate(own)
        if len(own) > 1 and len(window.sentences) > PASSAGE
    }
    return Passages(tuple(own), gravest)


def _gravest(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return the sentences next to each other that weigh most; the first such where several do."""
    weights = list(map(_weight, sentences))
    start = max(range(len(sentences) - PASSAGE + 1), key=lambda at: sum(weights[at : at + PASSAGE]))
    return tuple(sentences[start : start + PASSAGE])


def _weight(sentence: Sentence) -> int:
    alarms = sum(ALARM[meaning.alarm] for meaning in map(meaning_of, sentence.words) if meaning)
    persons = sum(person.holder != "creature" for person in sentence.people)
    return alarms + PHRASE * len(sentence.kinds & _GRAVE) + PERSON * persons


def _discounted(probabilities: np.ndarray) -> np.ndarray:
    """Return probabilities with the discount taken from their log odds."""
    odds = probabilities * np.exp(-DISCOUNT)
    discounted: np.ndarray = odds / (odds + 1 - probabilities)
    return discounted


def windows(reading: Reading) -> list[Reading]:
    """Return the reading itself where it is short, else overlapping parts of it, each with title and bio."""
    sizes = [max(1, len(sentence.words)) for sentence in reading.sentences]
    if sum(sizes) <= WINDOW + STRIDE:
        return [reading]
    parts, start = [], 0
    while True:
        end = _reach(sizes, start, WINDOW)
        parts.append(replace(reading, sentences=reading.sentences[start:end]))
        if end == len(sizes):
            return parts
        start = min(_reach(sizes, start, STRIDE), end)


def said_once(reading: Reading) -> Reading:
    """Return the reading without what it repeats; itself where it repeats nothing."""
    first: dict[tuple[str, ...], Sentence] = {}
    for sentence in reading.sentences:
        first.setdefault(sentence.words, sentence)
    return reading if len(first) == len(reading.sentences) else replace(reading, sentences=tuple(first.values()))


def _without_padding(reading: Reading) -> Reading | None:
    """Return what is left of a reading without what may be padding; None if there is none, or nothing else."""
    times = Counter(sentence.words for sentence in reading.sentences)
    rest = tuple(sentence for sentence in reading.sentences if times[sentence.words] < PADDING)
    return said_once(replace(reading, sentences=rest)) if 0 < len(rest) < len(reading.sentences) else None


def _reach(sizes: list[int], start: int, words: int) -> int:
    """Return the end of the sentences from `start` that hold so many words; at least one sentence."""
    end, held = start, 0
    while end < len(sizes) and (held < words or end == start):
        held += sizes[end]
        end += 1
    return end

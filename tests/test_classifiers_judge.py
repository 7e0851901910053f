"""The promise of every judge, and that of the model file."""

from pathlib import Path
from shutil import copy

import pytest

from classifiers.judge import MODEL, load_judge
from classifiers.judgement import CONCERNS
from classifiers.passport import LARGEST, ModelError
from classifiers.text import Names, Text

NAMES = Names(full=("Sandbank Nursery School",), ambiguous=("Sandbank",), places=("Walsall",), against=("estuary",))
ODD = {
    "empty": "",
    "blank": " \n\t ",
    "signs": "?!?! ... ---",
    "emoji": "🤫🤐" * 50,
    "html": "<p>Lovely&nbsp;day</p><script>x</script>",
    "one long word": "a" * 20_000,
    "very long": "a lovely day at Sandbank. " * 8_000,
    "zero width": "\u200b\u2060\ufeff",
    "lone surrogate": "\ud800 hello",
    "right to left": "\u202eyresruN knabdnaS",
    "superscript figures": "Ava \u00b2 \u2464 \u0968",
    "null": "a\x00b",
    "combining": "a" + "\u0301" * 3_000,
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("field", ["text", "title", "author", "bio"])
def test_odd_texts_must_be_judged(text: str, field: str) -> None:
    fields = {"text": "At Sandbank", field: text}
    (judgement,) = load_judge("balanced").judge([Text(**fields)], [NAMES])
    assert judgement.about in ("us", "other", "unclear")
    assert all(judgement.grade(concern) in (0, 1, 2) for concern in CONCERNS)
    assert all(0 <= score <= 1 for score in judgement.scores.values())
    for evidence in judgement.evidence:
        raw = getattr(Text(**fields), evidence.field)
        assert 0 <= evidence.start < evidence.end <= len(raw)


def test_nothing_to_judge() -> None:
    assert load_judge("balanced").judge([], []) == []


def test_a_judgement_must_not_depend_on_its_neighbours() -> None:
    texts = [
        Text("Our Ava had a seizure at Sandbank Nursery School"),
        Text("Parking at Sandbank Nursery School again"),
    ]
    judge = load_judge("balanced")
    together = judge.judge(texts, [NAMES, NAMES])
    alone = [judge.judge([text], [NAMES])[0] for text in texts]
    assert [one.scores for one in together] == [pytest.approx(one.scores, abs=1e-5) for one in alone]


def test_a_child_with_a_circumstance_alerts_and_parking_does_not() -> None:
    texts = [
        Text("Ava in Butterflies at Sandbank Nursery School had another seizure, poor mite, social services know"),
        Text("Parking at Sandbank Nursery School is a pain on Fridays"),
    ]
    grave, harmless = load_judge("balanced").judge(texts, [NAMES, NAMES])
    assert grave.safeguarding == 2
    assert "Ava" in " ".join(grave.because)
    assert max(harmless.grade(concern) for concern in CONCERNS) < 2


def test_padding_must_not_hide_a_grave_sentence() -> None:
    grave = "Ava in Butterflies at Sandbank Nursery School had another seizure, poor mite, social services know. "
    padding = "The weather was fine and the buses ran on time. " * 100
    (judgement,) = load_judge("balanced").judge([Text(padding + grave + padding)], [NAMES])
    assert judgement.safeguarding == 2


def test_a_changed_model_must_be_refused(tmp_path: Path) -> None:
    path = tmp_path / MODEL.name
    copy(MODEL.with_suffix(".json"), tmp_path)
    written = bytearray(MODEL.read_bytes())
    written[len(written) // 2] ^= 1
    path.write_bytes(written)
    with pytest.raises(ModelError, match="changed after it was trained; train again"):
        load_judge("balanced", path)


def test_the_model_must_be_small() -> None:
    assert MODEL.stat().st_size <= LARGEST

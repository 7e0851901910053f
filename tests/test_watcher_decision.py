"""What follows from a judgement."""

from typing import Any

import pytest

from classifiers.judgement import Judgement
from watcher.decision import decide


def judgement(**changes: Any) -> Judgement:
    values: dict[str, Any] = {"about": "us", "tone": "neutral", "scores": {}}
    values |= {"safeguarding": 0, "defamation": 0, "conduct": 0}
    return Judgement(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "alert", "digest", "action"),
    [
        pytest.param({}, False, False, "quiet", id="harmless"),
        pytest.param({"safeguarding": 2}, True, False, "alert", id="safeguarding 2"),
        pytest.param({"defamation": 2, "tone": "negative"}, True, True, "alert", id="defamation 2"),
        pytest.param({"conduct": 2, "about": "unclear"}, True, False, "alert", id="unclear"),
        pytest.param({"safeguarding": 1}, False, True, "digest", id="safeguarding 1"),
        pytest.param({"tone": "negative"}, False, True, "digest", id="bad tone"),
        pytest.param({"defamation": 1, "tone": "negative"}, False, True, "digest", id="opinion never interrupts"),
        pytest.param({"about": "other", "tone": "negative"}, False, False, "quiet", id="something else"),
        pytest.param({"judged": False, "language": "ta"}, False, True, "digest", id="not judged"),
    ],
)
def test_the_rulebook_must_be_followed(changes: dict[str, object], alert: bool, digest: bool, action: str) -> None:
    decision = decide(judgement(**changes))
    assert (decision.alert, decision.digest, decision.action) == (alert, digest, action)
    assert decision.because

"""Who is told of what, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from watcher.config import Alerts, Channel
from watcher.store.records import CaseRow, Delivery
from watcher.telling import backups, plan, tell

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def channel(name: str, *concerns: str, backup: str = "") -> Channel:
    return Channel(name, f"json://{name}", concerns, True, backup)


def alerts(*channels: Channel) -> Alerts:
    return Alerts(channels, "redacted", "balanced", "HB", 3, timedelta(minutes=15))


def case(**grades: int) -> CaseRow:
    graded = {"safeguarding": 0, "defamation": 0, "conduct": 0} | grades
    return CaseRow(7, "HB-2026-0007", "open", None, "alert", **graded, alerted=1, opened_at=NOW, changed_at=NOW,
                   acknowledged_at=None, acknowledged_by=None, closed_at=None)  # fmt: skip


def delivery(number: int, urgency: int = 0, name: str = "head") -> Delivery:
    return Delivery(number, name, "alert", f"k{number}", {}, urgency, "pending", 1, False, NOW, None, None, "")


@pytest.mark.parametrize(
    ("grades", "told"),
    [
        pytest.param({"safeguarding": 2}, ["head", "dsl"], id="safeguarding"),
        pytest.param({"defamation": 2, "safeguarding": 1}, ["head"], id="defamation"),
        pytest.param({"conduct": 2}, [], id="nobody asked for it"),
    ],
)
def test_a_channel_must_be_told_of_its_concerns_only(grades: dict[str, int], told: list[str]) -> None:
    channels = alerts(channel("head", "safeguarding", "defamation"), channel("dsl", "safeguarding"))
    assert [new.channel for new in tell(channels, case(**grades), "alert", NOW)] == told


def test_safeguarding_must_be_the_most_urgent() -> None:
    everything = alerts(channel("head", "safeguarding", "defamation", "conduct"))
    urgencies = [
        tell(everything, case(**{name: 2}), "alert", NOW)[0].urgency
        for name in ("safeguarding", "defamation", "conduct")
    ]
    assert urgencies == [0, 1, 2]


def test_no_payload_must_hold_a_text() -> None:
    (new,) = tell(alerts(channel("head", "safeguarding")), case(safeguarding=2), "alert", NOW)
    assert new.payload == {"reference": "HB-2026-0007"}


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        pytest.param((channel("head"), channel("deputy")), ["deputy"], id="the next one"),
        pytest.param(
            (channel("head", backup="chair"), channel("deputy"), channel("chair")), ["chair"], id="the named one"
        ),
        pytest.param((channel("head"),), [], id="none"),
    ],
)
def test_a_failing_channel_must_have_its_backup(channels: tuple[Channel, ...], expected: list[str]) -> None:
    assert [new.channel for new in backups(alerts(*channels), [delivery(1)], NOW)] == expected


@pytest.mark.parametrize(
    ("waiting", "sent", "alone", "together", "wait"),
    [
        pytest.param([], [], [], [], False, id="nothing"),
        pytest.param([0, 1], [], [1, 2], [], False, id="a quiet day"),
        pytest.param([1, 0, 2, 0, 1], [], [2, 4], [1, 5, 3], False, id="a storm, safeguarding first"),
        pytest.param([0, 1], [1, 2], [], [1, 2], False, id="one place left"),
        pytest.param([0], [1, 2, 3], [], [], True, id="a full hour"),
        pytest.param([0, 1], [6, 7, 8], [], [1, 2], False, id="safeguarding after five minutes"),
        pytest.param([1], [6, 7, 8], [], [], True, id="the rest waits longer"),
        pytest.param([1], [21, 22, 23], [], [1], False, id="but not for ever"),
    ],
)
def test_a_storm_must_be_rolled_up_and_nothing_dropped(
    waiting: list[int], sent: list[int], alone: list[int], together: list[int], wait: bool
) -> None:
    deliveries = [delivery(number, urgency) for number, urgency in enumerate(waiting, 1)]
    decided = plan(deliveries, [NOW - minutes * MINUTE for minutes in sent], 3, NOW)
    assert [one.id for one in decided.alone] == alone
    assert [one.id for one in decided.together] == together
    assert decided.wait is wait

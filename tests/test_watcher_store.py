"""The store, on SQLite and on PostgreSQL."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filed_posts import LEASE, claim, enrolled, filed, save, tell
from sqlalchemy import text

from watcher.store import Store, StoreError, open_store
from watcher.store.records import Claim, NewDelivery, Poll, SourceSpec
from watcher.store.schema import metadata

HOUR = timedelta(hours=1)


def test_migrations_must_build_exactly_the_declared_schema(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_opening_twice_must_change_nothing(store_url: str, now: datetime) -> None:
    for _ in range(2):
        with open_store(store_url) as opened:
            assert opened.ensure_federation("Hollybush", "HB", now) == 1


def test_a_database_from_the_future_must_be_refused(store_url: str) -> None:
    with open_store(store_url) as opened, opened.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer than this program"), open_store(store_url):
        pass


def test_naive_times_must_be_refused(store: Store) -> None:
    from sqlalchemy.exc import StatementError

    with pytest.raises(StatementError, match="expected an aware time"):
        store.ensure_federation("x", "X", datetime(2026, 1, 1))  # noqa: DTZ001  # the mistake itself


def test_files_must_be_private(tmp_path: Path, now: datetime) -> None:
    with open_store(f"sqlite:///{tmp_path / 'deep' / 'w.db'}") as opened:
        opened.ensure_federation("x", "X", now)
        assert {path.stat().st_mode & 0o777 for path in (tmp_path / "deep").iterdir()} == {0o600}


def test_two_workers_must_never_poll_one_source(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now, *(f"s{n}" for n in range(30)))
    found: list[int] = []

    def work() -> None:
        for _ in range(10):
            found.extend(one.source_id for one in store.claim_due(federation_id, now, LEASE, 2))

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == sorted(set(found))
    assert len(found) == 30


def test_an_expired_lease_must_be_claimable_and_the_old_one_worthless(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    old = claim(store, federation_id, now)
    assert store.claim_due(federation_id, now, LEASE, 5) == []
    new = claim(store, federation_id, now + HOUR)
    poll = Poll((filed("1"),), "c", 1, 1, now)
    assert store.save_poll(old, poll, tell, now).lost
    assert store.save_poll(new, poll, tell, now).mentions == 1


def test_an_expired_lease_must_be_worthless_for_a_poll_without_mentions_too(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    old = claim(store, federation_id, now)
    claim(store, federation_id, now + HOUR)
    store.save_poll(old, Poll((), "late", 3, 3, now), tell, now)
    (source,) = store.sources(federation_id)
    assert (source.seen, source.item_count, source.last_new_at) == (0, 0, None)


def test_polls_that_end_at_once_must_each_be_noted_with_their_own_cursor(store: Store, now: datetime) -> None:
    names = [f"s{number}" for number in range(40)]
    federation_id = enrolled(store, now, *names)

    def end(one: Claim) -> None:
        new = int(one.name[1:]) % 2
        store.save_poll(one, Poll((), f"cursor of {one.name}", 5, new, now + HOUR), tell, now)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(end, store.claim_due(federation_id, now, LEASE, 40)))
    again = store.claim_due(federation_id, now + HOUR, LEASE, 40)
    assert {one.name: one.cursor for one in again} == {name: f"cursor of {name}" for name in names}
    for source in store.sources(federation_id):
        new = int(source.name[1:]) % 2
        assert (source.item_count, source.last_new_at) == ((1, now) if new else (0, None))


def test_what_a_source_remarks_must_stay_until_it_answers_again(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    remarked = Poll((), "c", 1, 0, now, remark="2 not proven", partial=True)
    store.save_poll(claim(store, federation_id, now), remarked, tell, now)
    store.fail_poll(claim(store, federation_id, now), "Unreachable", "down", now, now)
    (row,) = store.sources(federation_id)
    assert (row.remark, row.partial) == ("2 not proven", True)
    store.save_poll(claim(store, federation_id, now), Poll((), "c", 1, 0, now), tell, now)
    (row,) = store.sources(federation_id)
    assert (row.remark, row.partial) == ("", False)


def test_what_is_not_due_must_wait(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now)
    assert store.claim_due(federation_id, now, LEASE, 5) == []
    assert store.claim_due(federation_id, now + HOUR, LEASE, 5)


def test_failures_must_be_counted_and_keep_the_cursor(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now)
    for attempt in (1, 2):
        store.fail_poll(
            claim(store, federation_id, now + attempt * HOUR), "Unreachable", "down", now, now + attempt * HOUR
        )
    (row,) = store.sources(federation_id)
    assert (row.failures, row.failing_since, row.error) == (2, now + HOUR, "down")
    assert claim(store, federation_id, now + 3 * HOUR).cursor == f"cursor {now.isoformat()}"
    save(store, federation_id, now + 4 * HOUR)
    (row,) = store.sources(federation_id)
    assert (row.failures, row.failing_since, row.error) == (0, None, None)


def test_a_failure_must_note_what_was_spent(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now)
    failed = claim(store, federation_id, now + HOUR)
    store.fail_poll(failed, "Unreachable", "down", now, now + HOUR, cursor="spent")
    assert claim(store, federation_id, now + 2 * HOUR).cursor == "spent"


def test_a_source_that_left_must_keep_its_cursor_and_come_back(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now, "paper", "blog")
    save(store, federation_id, now)
    enrolled(store, now, "blog")
    assert [row.name for row in store.sources(federation_id)] == ["blog"]
    enrolled(store, now, "paper", "blog")
    assert claim(store, federation_id, now + HOUR).cursor == f"cursor {now.isoformat()}"


def test_a_source_with_another_address_must_start_anew(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now)
    store.sync_sources(federation_id, [SourceSpec("paper", "feed", "https://y.example", HOUR)], now)
    assert claim(store, federation_id, now).cursor is None


def test_one_matter_must_tell_once(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now, "paper", "blog", "forum")
    story = "the cook of the nursery was charged with stealing from the dinner account of the school last week said police"
    for number, source in enumerate(("paper", "blog", "forum")):
        save(store, federation_id, now, filed(f"p{number}", story), source=source)
    save(store, federation_id, now + HOUR, filed("p0", story + " and a correction"), source="paper")
    assert [case.alerted for case in store.cases(federation_id)] == [1]
    assert len(store.mentions_of(1)) == 3
    assert store.count_deliveries(federation_id) == {"pending": 1}


def test_a_raised_grade_must_tell_again(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", "first words of it", defamation=1))
    save(store, federation_id, now, filed("1", "worse words of it", defamation=2))
    save(store, federation_id, now, filed("1", "the same again", defamation=2))
    due = store.claim_deliveries(federation_id, "head", now, LEASE, 9)
    assert [delivery.kind for delivery in due] == ["alert", "raised"]
    assert store.mentions_of(1)[0].version == 3


def test_a_digest_item_that_gets_grave_must_alert(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", "mild", decision="digest", safeguarding=1))
    assert store.count_deliveries(federation_id) == {}
    save(store, federation_id, now, filed("1", "grave"))
    assert [delivery.kind for delivery in store.claim_deliveries(federation_id, "head", now, LEASE, 9)] == ["alert"]


def test_quiet_mentions_must_open_no_case(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", decision="quiet", safeguarding=0))
    assert store.cases(federation_id) == []
    assert store.count_mentions(federation_id) == {"quiet": 1}


def test_an_unchanged_post_must_be_left_alone(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    assert save(store, federation_id, now, filed("1")).mentions == 1
    assert save(store, federation_id, now, filed("1")).mentions == 0


def test_references_must_count_up(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", "about one thing"), filed("2", "about another"))
    assert [case.reference for case in store.cases(federation_id)] == ["HB-2026-0002", "HB-2026-0001"]


def test_nothing_must_be_saved_where_one_post_fails(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    broken = Poll((filed("1"), filed("2", text="fine", scores={"x": object()})), "c", 2, 2, now)
    with pytest.raises(Exception, match="JSON"):
        store.save_poll(claim(store, federation_id, now), broken, tell, now)
    assert store.cases(federation_id) == []
    assert store.count_deliveries(federation_id) == {}
    assert claim(store, federation_id, now + HOUR).cursor is None


def _alerted(store: Store, now: datetime) -> int:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1"))
    return federation_id


def test_a_sender_killed_before_the_wire_must_be_recovered_as_if_nothing_was_sent(
    store: Store, now: datetime
) -> None:
    federation_id = _alerted(store, now)
    store.claim_deliveries(federation_id, "head", now, LEASE, 9)
    store.recover_expired(now)
    assert store.count_deliveries(federation_id) == {"sending": 1}
    store.recover_expired(now + HOUR)
    (second,) = store.claim_deliveries(federation_id, "head", now + HOUR, LEASE, 9)
    assert not second.repeat


def test_a_sender_killed_on_the_wire_must_be_recovered_as_a_repeat_however_often(
    store: Store, now: datetime
) -> None:
    federation_id = _alerted(store, now)
    for killed in range(3):
        later = now + killed * 2 * HOUR
        (delivery,) = store.claim_deliveries(federation_id, "head", later, LEASE, 9)
        assert delivery.repeat is (killed > 0)
        assert store.hand_over(delivery)
        store.recover_expired(later + HOUR)


def test_a_lease_that_has_passed_must_neither_send_nor_mark(store: Store, now: datetime) -> None:
    federation_id = _alerted(store, now)
    (first,) = store.claim_deliveries(federation_id, "head", now, LEASE, 9)
    store.recover_expired(now + HOUR)
    (second,) = store.claim_deliveries(federation_id, "head", now + HOUR, LEASE, 9)
    assert not store.hand_over(first)
    assert not store.mark_sent(first, now)
    assert store.hand_over(second)


def test_an_ambiguous_delivery_must_be_repeated_once(store: Store, now: datetime) -> None:
    federation_id = _alerted(store, now)
    for later in (0, 1):
        (delivery,) = store.claim_deliveries(federation_id, "head", now + later * HOUR, LEASE, 9)
        store.mark_ambiguous(delivery, "cut off", now + later * HOUR)
    assert store.count_deliveries(federation_id) == {"ambiguous": 1}


def test_a_retry_must_wait_and_a_refusal_must_stay_until_revived(store: Store, now: datetime) -> None:
    federation_id = _alerted(store, now)
    (delivery,) = store.claim_deliveries(federation_id, "head", now, LEASE, 9)
    store.mark_retry(delivery, "busy", now + HOUR)
    assert store.claim_deliveries(federation_id, "head", now, LEASE, 9) == []
    (delivery,) = store.claim_deliveries(federation_id, "head", now + HOUR, LEASE, 9)
    store.mark_refused(delivery, "no such person")
    assert store.delivery_problems(federation_id) == [("head", "no such person")]
    store.revive_failed(federation_id, now - HOUR, now)
    assert len(store.claim_deliveries(federation_id, "head", now, LEASE, 9)) == 1


def test_a_channel_must_be_told_a_thing_once(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    wanted = [NewDelivery("head", "test", "t:1", {}, 3, now)]
    assert [store.add_deliveries(federation_id, wanted, now) for _ in range(3)] == [1, 0, 0]


def test_a_rollup_must_carry_its_parts(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, *(filed(str(n), f"number {n} of them") for n in range(5)))
    waiting = store.waiting_alerts(federation_id, "head", now)
    store.roll_up(federation_id, waiting, NewDelivery("head", "rollup", "r", {"references": []}, 0, now), now)
    assert store.count_deliveries(federation_id) == {"rolled": 5, "pending": 1}


def test_a_digest_must_be_written_once(store: Store, now: datetime) -> None:
    from watcher.store.records import DigestRow

    federation_id = enrolled(store, now)
    row = DigestRow("2026-W48", "s", "t", "h")
    wanted = [NewDelivery("head", "digest", "d", {"week": "2026-W48"}, 3, now)]
    assert [store.save_digest(federation_id, row, now, now, wanted) for _ in range(2)] == [True, False]
    assert store.has_digest(federation_id, "2026-W48")
    assert store.digest(federation_id, "2026-W48") == row


def test_verdicts_must_be_audited_and_the_log_must_show_tampering(store: Store, now: datetime) -> None:
    federation_id = _alerted(store, now)
    store.acknowledge_case(federation_id, "HB-2026-0001", "head", now)
    store.close_case(federation_id, "HB-2026-0001", "useful", "head", now)
    assert store.cases(federation_id)[0].verdict == "useful"
    assert store.audit_is_whole(federation_id)
    with store.writing() as connection:
        connection.execute(text("UPDATE audit SET who = 'somebody else' WHERE id = 1"))
    assert not store.audit_is_whole(federation_id)


def test_an_unknown_case_or_verdict_must_be_said(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    with pytest.raises(StoreError, match="there is no case HB-1"):
        store.acknowledge_case(federation_id, "HB-1", "head", now)
    with pytest.raises(StoreError, match="expected one of useful"):
        store.close_case(federation_id, "HB-1", "guilty", "head", now)


def test_an_erased_post_must_not_come_back(store: Store, now: datetime) -> None:
    federation_id = _alerted(store, now)
    store.erase_mention(federation_id, 1, "dpo", now)
    assert save(store, federation_id, now + HOUR, filed("1")).mentions == 0
    assert store.count_mentions(federation_id) == {}


KEEP = {"quiet": timedelta(days=14), "digest": timedelta(days=60), "dismissed": timedelta(days=30)}


@pytest.mark.parametrize(
    ("changes", "verdict", "days", "kept"),
    [
        pytest.param({"decision": "quiet", "safeguarding": 0}, "", 13, True, id="quiet, young"),
        pytest.param({"decision": "quiet", "safeguarding": 0}, "", 15, False, id="quiet, old"),
        pytest.param({"decision": "digest", "safeguarding": 1}, "", 59, True, id="digest, young"),
        pytest.param({"decision": "digest", "safeguarding": 1}, "", 61, False, id="digest, old"),
        pytest.param({}, "", 400, True, id="open case"),
        pytest.param({}, "not-a-concern", 29, True, id="dismissed, young"),
        pytest.param({}, "not-a-concern", 31, False, id="dismissed, old"),
        pytest.param({}, "useful", 400, True, id="useful case"),
    ],
)
def test_texts_must_be_forgotten_in_time(
    changes: dict[str, object], verdict: str, days: int, kept: bool, store: Store, now: datetime
) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", **changes))
    if verdict:
        store.close_case(federation_id, "HB-2026-0001", verdict, "head", now)
    store.purge(federation_id, now + timedelta(days=days), **KEEP)
    (mention,) = store.mentions_between(federation_id, now - HOUR, now)
    assert bool(mention.text and mention.because) is kept


@pytest.mark.parametrize(
    ("changes", "verdict", "kept"),
    [
        pytest.param({"decision": "quiet", "safeguarding": 0}, "", False, id="quiet"),
        pytest.param({"decision": "digest", "safeguarding": 0}, "", False, id="digest, without a case"),
        pytest.param({"decision": "digest", "safeguarding": 1}, "", False, id="digest, in a case"),
        pytest.param({}, "", True, id="open case"),
        pytest.param({}, "useful", True, id="useful case"),
        pytest.param({}, "not-a-concern", False, id="dismissed"),
    ],
)
def test_the_text_of_a_deleted_post_must_go_unless_it_is_evidence(
    changes: dict[str, object], verdict: str, kept: bool, store: Store, now: datetime
) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", **changes))
    if verdict:
        store.close_case(federation_id, "HB-2026-0001", verdict, "head", now)
    told = Poll((), "c", 1, 0, now, gone=frozenset({"1"}))
    store.save_poll(claim(store, federation_id, now), told, tell, now)
    forgotten = store.purge(federation_id, now + HOUR, **KEEP)
    (mention,) = store.mentions_between(federation_id, now - HOUR, now)
    assert (bool(mention.text), forgotten.deleted) == (kept, 0 if kept else 1)


@pytest.mark.parametrize(
    ("platform", "decision", "days", "kept"),
    [("x", "quiet", 0, True), ("x", "quiet", 2, False), ("forum", "quiet", 2, True), ("x", "digest", 7, True), ("x", "digest", 9, False)],
)  # fmt: skip
def test_what_x_shows_must_be_kept_shortly(
    platform: str, decision: str, days: int, kept: bool, store: Store, now: datetime
) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1", decision=decision, safeguarding=0, platform=platform))
    store.purge(federation_id, now + timedelta(days=days), **KEEP)
    (mention,) = store.mentions_between(federation_id, now - HOUR, now)
    assert bool(mention.text) is kept


def test_posts_of_cases_and_then_of_digests_must_be_looked_at_again(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    posts = (
        filed("praise", "what a lovely morning they all had there", decision="digest", safeguarding=0),
        filed("quiet", "the shop beside it is closed on Sunday now", decision="quiet", safeguarding=0),
        filed("grave"),
    )
    save(store, federation_id, now, *posts)
    one = claim(store, federation_id, now)
    later = now + timedelta(hours=1)
    assert store.posts_to_recheck(one, 5, now) == ()
    assert [held.id for held in store.posts_to_recheck(one, 5, later)] == ["grave", "praise"]
    store.save_poll(one, Poll((), "c", 1, 0, now, gone=frozenset({"praise"})), tell, now)
    assert [held.id for held in store.posts_to_recheck(one, 5, later)] == ["grave"]


def test_a_forgotten_text_must_be_gone_from_the_files(tmp_path: Path, now: datetime) -> None:
    canary = "CanaryChildName"
    with open_store(f"sqlite:///{tmp_path / 'w.db'}") as store:
        federation_id = enrolled(store, now)
        quiet = filed("1", f"{canary} said hello", decision="quiet", safeguarding=0, because=(canary,))
        save(store, federation_id, now, quiet)
        store.purge(federation_id, now + timedelta(days=15), **KEEP)
        held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert canary.encode() not in held

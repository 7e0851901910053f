"""Several processes on one store at the same moment, as threads with a store each."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from filed_posts import LEASE, enrolled, filed, save, tell

from watcher.store import Store, open_store
from watcher.store.records import NewDelivery, Poll

MANY = 8


def at_once(work: Callable[[int], object]) -> None:
    """Do something in many threads that begin together, and let the first error through."""
    begin, errors = threading.Barrier(MANY), list[BaseException]()

    def do(number: int) -> None:
        begin.wait(10)
        try:
            work(number)
        except BaseException as error:  # told by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=do, args=(number,)) for number in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_processes_that_start_together_must_agree_on_what_there_is(postgresql_url: str, now: datetime) -> None:
    def start(_: int) -> None:
        with open_store(postgresql_url) as own:
            enrolled(own, now, "paper", "blog")

    at_once(start)
    with open_store(postgresql_url) as store:
        assert [row.name for row in store.sources(1)] == ["blog", "paper"]


def test_one_matter_from_sources_saved_at_once_must_tell_once(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now, *(f"s{n}" for n in range(MANY)))
    claims = store.claim_due(federation_id, now, LEASE, MANY)
    story = "the cook of the nursery was charged with stealing from the dinner account of the school last week"
    polls = [Poll((filed(f"p{n}", story),), "c", 1, 1, now + timedelta(hours=1)) for n in range(MANY)]
    at_once(lambda number: store.save_poll(claims[number], polls[number], tell, now))
    assert [case.alerted for case in store.cases(federation_id)] == [1]
    assert store.count_deliveries(federation_id) == {"pending": 1}


def test_people_who_act_at_once_must_leave_the_audit_log_whole(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, filed("1"))
    at_once(lambda number: store.comment_case(federation_id, "HB-2026-0001", f"word {number}", "head", now))
    assert len(store.history_of(federation_id, "case HB-2026-0001")) == MANY
    assert store.audit_is_whole(federation_id)


def test_a_message_on_its_way_must_not_be_rolled_up_too(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, *(filed(str(n), f"number {n} of them") for n in range(3)))
    waiting = store.waiting_alerts(federation_id, "head", now)
    store.claim_deliveries(federation_id, "head", now, LEASE, limit=1)
    whole = NewDelivery("head", "rollup", "r", {"references": []}, 0, now)
    assert not store.roll_up(federation_id, waiting, whole, now)
    assert store.count_deliveries(federation_id) == {"sending": 1, "pending": 2}


def test_two_that_roll_up_at_once_must_make_one_message(store: Store, now: datetime) -> None:
    federation_id = enrolled(store, now)
    save(store, federation_id, now, *(filed(str(n), f"number {n} of them") for n in range(4)))
    waiting = store.waiting_alerts(federation_id, "head", now)

    def roll_up(number: int) -> None:
        parts = waiting[: 2 + number % 3]
        store.roll_up(federation_id, parts, NewDelivery("head", "rollup", f"r{len(parts)}", {}, 0, now), now)

    at_once(roll_up)
    assert sum(store.count_deliveries(federation_id).values()) == 5

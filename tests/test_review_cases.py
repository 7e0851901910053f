"""Working a case on the page, and hostile posts that stay text on every page."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filed_posts import filed
from review_page import SAID, Page, a_post, review_page, send
from sqlalchemy import update

from classifiers.judgement import Evidence
from watcher.review.views import Piece, clocks, marked
from watcher.store.schema import cases

PAYLOADS = (Path(__file__).parent / "payloads.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now) as opened:
        opened.save(a_post())
        yield opened


def the_case(page: Page) -> str:
    return page.parts.store.cases(page.parts.federation_id)[0].reference


def test_a_text_must_show_only_when_asked_for_and_that_is_noted(page: Page) -> None:
    head, reference = page.signed_in("head"), the_case(page)
    before = head.get(f"/cases/{reference}").text
    assert "Wilfred" not in before
    assert "names a child" in before
    shown = send(head, f"/cases/{reference}", f"/cases/{reference}/text").text
    assert '<mark class="safeguarding">Wilfred</mark>' in shown
    assert "seizure at lunch" in shown
    (noted,) = page.parts.store.history_of(page.parts.federation_id, f"case {reference}")
    assert (noted.who, noted.action) == ("head@school.example", "read")
    assert page.parts.store.case(page.parts.federation_id, reference).acknowledged_by == "head@school.example"


def test_a_case_must_go_from_seen_to_closed_and_back(page: Page) -> None:
    head, reference = page.signed_in("head"), the_case(page)
    page.add("dsl")
    at = f"/cases/{reference}"

    def do(what: str, **fields: str) -> str:
        answer = send(head, at, f"{at}/{what}", **fields)
        assert answer.status_code == 303, answer.text
        return head.get(at).text

    assert "by head@school.example" in do("acknowledge")
    assert "the LADO within one working day" in head.get(at).text
    assert "dsl@school.example" in do("assign", to="dsl@school.example")
    assert "Rang the parent" in do("comment", text="Rang the parent <b>today</b>")
    assert "<b>today</b>" not in head.get(at).text
    assert "Useful: this was right" in do("close", verdict="useful")
    assert reference not in head.get("/cases").text
    assert reference in head.get("/cases?state=closed").text
    assert "opened it again" in do("reopen")
    actions = [row.action for row in page.parts.store.history_of(page.parts.federation_id, f"case {reference}")]
    assert actions == ["acknowledge", "assign", "comment", "close", "reopen"]
    assert page.parts.store.audit_is_whole(page.parts.federation_id)


def test_no_verdict_must_be_chosen_for_anybody(page: Page) -> None:
    head, reference = page.signed_in("head"), the_case(page)
    assert "checked" not in head.get(f"/cases/{reference}").text
    answer = send(head, f"/cases/{reference}", f"/cases/{reference}/close")
    assert answer.status_code == 400
    assert "Please choose one first" in answer.text


def test_a_case_must_go_only_to_somebody_who_may_see_it(page: Page) -> None:
    head, reference = page.signed_in("head"), the_case(page)
    page.add("technician")
    for to in ("technician@school.example", "nobody@school.example"):
        assert send(head, f"/cases/{reference}", f"/cases/{reference}/assign", to=to).status_code == 404


@pytest.mark.parametrize(
    ("flags", "shut_out"),
    [
        pytest.param(("names_head", "concerns_head"), ("head", "deputy", "dsl"), id="the head is accused"),
        pytest.param(("names_head",), (), id="the head is named"),
        pytest.param(("concerns_dsl",), ("dsl", "chair"), id="the DSL is accused"),
        pytest.param((), ("chair",), id="nobody of them"),
    ],
)
def test_a_case_must_show_to_those_alone_who_may_judge_it(
    page: Page, flags: tuple[str, ...], shut_out: tuple[str, ...]
) -> None:
    with page.parts.store.writing() as connection:
        connection.execute(update(cases).values({"alerted": 1} | dict.fromkeys(flags, True)))
    reference = the_case(page)
    for role in ("head", "deputy", "dsl", "chair"):
        browser, out = page.signed_in(role), role in shut_out
        assert browser.get(f"/cases/{reference}").status_code == (404 if out else 200), role
        assert (reference in browser.get("/cases").text) is not out, role
        if not out:
            assert "seizure" in send(browser, f"/cases/{reference}", f"/cases/{reference}/text").text


def test_an_edited_and_repeated_post_must_show_all_of_it(page: Page) -> None:
    page.clock.now += timedelta(hours=1)
    page.save(a_post(text=SAID + " And thank you all."), a_post("2"))
    head, reference = page.signed_in("head"), the_case(page)
    shown = send(head, f"/cases/{reference}", f"/cases/{reference}/text").text
    assert "Version 1, seen" in shown
    assert shown.count("<article") == 2


def test_filters_must_find(page: Page) -> None:
    page.clock.now += timedelta(hours=1)
    page.save(filed("9", "Somebody says the cook steals from the till", safeguarding=0, defamation=2))
    head = page.signed_in("head")
    first, second = (case.reference for case in reversed(page.parts.store.cases(page.parts.federation_id)))
    for asked, found, absent in (
        ("concern=defamation", second, first),
        ("concern=safeguarding", first, second),
        (f"words={first}", first, second),
    ):
        text = head.get(f"/cases?{asked}").text
        assert found in text
        assert absent not in text
    everything = head.get("/cases?source=feed 0").text
    assert everything.index(first) < everything.index(second), "safeguarding comes first"
    assert "No case fits" in head.get("/cases?words=%25").text


def test_many_cases_must_come_in_pages(page: Page) -> None:
    page.clock.now += timedelta(hours=1)
    page.save(
        *(
            filed(f"m{n}", f"{n} a thing that is said of the nursery only once, number {n * 7919}")
            for n in range(60)
        )
    )
    head = page.signed_in("head")
    assert "Page 1 of 3" in head.get("/cases").text
    assert "Page 3 of 3" in head.get("/cases?page=3").text
    assert head.get("/cases?page=x").status_code == 200


def test_a_source_must_be_asked_when_somebody_says_so(page: Page) -> None:
    technician = page.signed_in("technician")
    assert "feed 0" in technician.get("/sources").text
    assert send(technician, "/sources", "/sources/poll", source="feed 0").status_code == 303
    (source,) = page.parts.store.sources(page.parts.federation_id)
    assert source.due_at == page.clock.now
    assert send(technician, "/sources", "/sources/poll", source="another").status_code == 404


def test_what_is_held_must_be_told_with_its_end(page: Page) -> None:
    page.save(filed("q", "nothing much", decision="quiet", safeguarding=0))
    held = page.signed_in("dpo").get("/held").text
    assert "Posts without a concern" in held
    assert "14 days" in held
    assert "Tue 8 Dec 2026" in held


def test_a_changed_log_must_be_told(page: Page) -> None:
    dpo = page.signed_in("dpo")
    assert "The log is whole" in dpo.get("/audit").text
    with page.parts.store.writing() as connection:
        connection.exec_driver_sql("UPDATE audit SET who = 'somebody else'")
    assert "was changed or taken out" in dpo.get("/audit").text


def test_forgotten_texts_must_be_told_as_such(page: Page) -> None:
    head, reference = page.signed_in("head"), the_case(page)
    send(head, f"/cases/{reference}", f"/cases/{reference}/close", verdict="not-us")
    page.clock.now += timedelta(days=31)
    none = timedelta(0)
    page.parts.store.purge(
        page.parts.federation_id, page.clock.now, quiet=none, digest=none, dismissed=timedelta(days=30)
    )
    head = page.signed_in("head")
    assert "no longer kept" in send(head, f"/cases/{reference}", f"/cases/{reference}/text").text


def test_three_hundred_payloads_must_stay_text_in_every_field(page: Page) -> None:
    assert len(PAYLOADS) >= 300
    post = a_post()
    page.save(
        *(
            replace(
                post, post_id=f"x{n}", text=f"{payload} number {n}", title=payload, author=payload, bio=payload,
                url=payload, canonical_url=f"x{n}", because=(payload,), matched=(payload,), fingerprint=str(n),
                shingles=(), platform=payload[:20], evidence=(Evidence("text", 0, 9, payload, "safeguarding"),),
            )
            for n, payload in enumerate(PAYLOADS)
        )
    )  # fmt: skip
    head = page.signed_in("head")
    for case in page.parts.store.cases(page.parts.federation_id):
        assert_harmless(send(head, f"/cases/{case.reference}", f"/cases/{case.reference}/text").text)
    for query in ("page=1", "words=<script>alert(1)</script>", "source=%22%3E%3Cimg%20src=x%20onerror=y%3E"):
        assert_harmless(head.get(f"/cases?{query}").text)


def assert_harmless(html: str) -> None:
    """Prove with a parser that a page holds only what its template wrote."""
    from lxml import etree
    from lxml import html as parser

    tree = parser.document_fromstring(html)
    known = set(
        "html head meta title link body a header p nav ul li form input span button main footer h1 h2 h3 h4 dl div dt dd "
        "section article blockquote mark details summary strong ol fieldset legend label select option textarea time br "
        "svg path code table thead tbody tr th td".split()
    )
    tags = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
    assert tags <= known, tags - known
    for element in tree.iter(etree.Element):
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on"), name
            assert name != "style"
            if name in ("href", "src", "action"):
                assert value.startswith(("/", "http://", "https://", "#")), value


def test_evidence_must_be_marked_where_it_stands() -> None:
    evidence = [Evidence("text", 4, 7, "k", "safeguarding"), Evidence("text", 5, 9, "k", "conduct"), Evidence("title", 0, 3, "k", "conduct"),
                Evidence("text", 90, 99, "k", "conduct"), Evidence("text", 0, 3, "k", None)]  # fmt: skip
    assert marked("abc def ghi", "text", evidence) == (
        Piece("abc "),
        Piece("def", "safeguarding"),
        Piece(" g", "conduct"),
        Piece("hi"),
    )
    assert marked("", "text", evidence) == ()


def test_clocks_must_run_from_the_moment_somebody_saw_it(page: Page, now: datetime) -> None:
    zone = page.parts.config.federation.timezone
    (case,) = page.parts.store.cases(page.parts.federation_id)
    assert clocks(case, now, zone) == ()
    friday = datetime(2026, 12, 24, 15, 0, tzinfo=now.tzinfo)
    seen = replace(case, acknowledged_at=friday)
    lado, ico = clocks(seen, friday, zone)
    assert lado.due.isoformat() == "2026-12-29T17:00:00+00:00", (
        "after Christmas, the weekend and Boxing Day's Monday"
    )
    assert ico.due == friday + timedelta(hours=72)
    assert clocks(replace(seen, state="closed"), friday, zone) == ()
    assert clocks(seen, friday + timedelta(days=30), zone)[0].over

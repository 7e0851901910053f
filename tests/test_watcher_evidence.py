"""The evidence pack, exports and erasure."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from filed_posts import filed
from pypdf import PdfReader
from review_page import SAID, Page, a_post, review_page, send
from typer.testing import CliRunner
from watched_school import grave
from web_server import Answer, WebServer, rss

from sources.receipts import Receipt
from watcher.commands.main import app
from watcher.evidence import route
from watcher.export import cases_csv

HOSTILE = "<script>alert(1)</script> ../../etc/passwd \u202e \U0001f600 \u0416 =1+1"


@pytest.fixture
def page(tmp_path: Path, now: datetime) -> Iterator[Page]:
    with review_page(tmp_path, now) as opened:
        opened.save(a_post(platform="facebook"), a_post("2", platform="news"))
        opened.clock.now += timedelta(hours=1)
        opened.save(
            a_post(
                text=SAID + " " + HOSTILE, platform="facebook", author=HOSTILE, url=f"https://x.example/{HOSTILE}"
            )
        )
        yield opened


def taken(page: Page) -> tuple[zipfile.ZipFile, str]:
    head = page.signed_in("head")
    reference = page.parts.store.cases(page.parts.federation_id)[0].reference
    answer = send(head, f"/cases/{reference}", f"/cases/{reference}/evidence")
    assert answer.headers["content-disposition"] == f'attachment; filename="{reference}.zip"'
    return zipfile.ZipFile(io.BytesIO(answer.content)), reference


def test_every_piece_must_have_its_hash_and_the_manifest_its_own_in_the_log(page: Page) -> None:
    archive, reference = taken(page)
    manifest = archive.read("manifest.json")
    hashes = json.loads(manifest)["sha256"]
    assert set(archive.namelist()) == {*hashes, "manifest.json"}
    for name, expected in hashes.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == expected
    last = page.parts.store.history_of(page.parts.federation_id, f"case {reference}")[-1]
    assert (last.action, last.detail) == ("evidence", {"manifest": hashlib.sha256(manifest).hexdigest()})


def test_every_version_must_be_there_to_the_letter(page: Page) -> None:
    archive, _ = taken(page)
    texts = [archive.read(name).decode() for name in archive.namelist() if "/version-" in name]
    assert sorted(texts) == sorted(
        [f"Thank you\n\n{SAID}", f"Thank you\n\n{SAID} {HOSTILE}", f"Thank you\n\n{SAID}"]
    )
    first = json.loads(archive.read("post-1/post.json"))
    assert first["first_seen"] == "2026-11-24 09:00:00 UTC (2026-11-24 09:00:00 GMT)"


def test_the_answer_in_which_a_post_came_must_be_shown_with_its_hash(
    tmp_path: Path, now: datetime, web: WebServer
) -> None:
    answered = {"Date": "Tue, 24 Nov 2026 09:00:00 GMT", "ETag": '"v1"', "Set-Cookie": "id=secret"}
    body = rss(("1", "Thank you", grave("Wilfred")))
    web.routes["/feed?key=secret"] = Answer(body, headers=answered)
    with review_page(tmp_path, now, feed=web.url("/feed?key=secret")) as opened:
        opened.parts.runner.round(everything=True)
        archive, _ = taken(opened)
    shown = archive.read("post-1/http-1.txt").decode()
    assert shown == (
        "Answer of 127.0.0.1, complete 2026-11-24 09:00:00 UTC (2026-11-24 09:00:00 GMT)\n"
        "status: 200\n"
        "date: Tue, 24 Nov 2026 09:00:00 GMT\n"
        'etag: "v1"\n'
        f"body: {len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()}\n"
    )
    pages = PdfReader(io.BytesIO(archive.read("case.pdf"))).pages
    paper = "".join("".join(page.extract_text() for page in pages).split())
    assert 'etag:"v1"' in paper
    for name in ("post-1/http-1.txt", "post-1/version-1.txt"):
        assert hashlib.sha256(archive.read(name)).hexdigest() in paper


def test_several_answers_and_none_must_be_told_as_such(page: Page, now: datetime) -> None:
    receipt = Receipt("forum.example", 200, now, (("server", "<b>"),), 5, "0" * 64)
    page.save(a_post("3", receipts=(receipt, receipt)))
    told = "".join(
        archive.read(name).decode()
        for archive in [taken(page)[0]]
        for name in archive.namelist()
        if "/http-" in name
    )
    assert told.count("One of these answers held the post") == 1
    assert told.count("No answer is recorded") == 3
    assert told.count("server: <b>") == 2


def test_it_must_bring_a_paper_and_a_report_for_each_platform(page: Page) -> None:
    archive, reference = taken(page)
    assert archive.read("case.pdf").startswith(b"%PDF-")
    facebook = archive.read("referral-facebook.txt").decode()
    assert reference in facebook
    assert "the three dots beside the post" in facebook
    assert "Wilfred" not in facebook
    assert "referral-news.txt" in archive.namelist()
    assert "POSH" in facebook


def test_without_the_extra_the_paper_must_be_a_text(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.paper.find_spec", lambda _: None)  # as if fpdf2 were not installed
    archive, reference = taken(page)
    assert "case.pdf" not in archive.namelist()
    printed = archive.read("case.txt").decode()
    assert reference in printed
    assert "Wilfred" in printed


def test_an_unknown_platform_must_have_a_route() -> None:
    assert route("elsewhere") == route("other")


def test_no_cell_must_run_as_a_formula(page: Page) -> None:
    (case,) = page.parts.store.cases(page.parts.federation_id)
    for sign in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"):
        row = list(csv.reader(io.StringIO(cases_csv([replace(case, assigned_to=sign)]))))[1]
        assert f"'{sign}" in row


def watcher(page: Page, *arguments: str) -> str:
    # The application of the fixture holds the same database; the command opens its own connection.
    path = str(page.parts.config.path)
    result = CliRunner().invoke(app, [*arguments, "--config", path], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return result.output


def test_what_is_held_on_somebody_must_be_told_and_let_go(page: Page, tmp_path: Path) -> None:
    page.save(filed("9", "nothing to do with anybody else but the nursery"))
    output = tmp_path / "person.json"
    assert "2 posts written" in watcher(page, "export", str(output), "--person", "wilfred", "--who", "dpo")
    assert len(json.loads(output.read_text(encoding="utf-8"))["held"]) == 2
    assert output.stat().st_mode & 0o077 == 0
    assert "2 posts would be erased" in watcher(page, "erase", "wilfred")
    assert "2 posts erased" in watcher(page, "erase", "wilfred", "--yes")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("w.db*"))
    assert b"Wilfred" not in kept
    page.save(a_post())
    assert page.parts.store.mentions_naming(page.parts.federation_id, "wilfred") == []
    assert [row.action for row in page.parts.store.audit_page(page.parts.federation_id, 3)] == [
        "erase",
        "erase",
        "export",
    ]
    assert page.parts.store.audit_is_whole(page.parts.federation_id)


def test_cases_must_be_exported_without_texts(page: Page, tmp_path: Path) -> None:
    for name in ("cases.csv", "cases.json"):
        watcher(page, "export", str(tmp_path / name))
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert "HN-2026-0001" in written
        assert "seizure" not in written

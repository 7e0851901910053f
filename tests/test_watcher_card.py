"""The Teams card: what really goes over the wire, to a workflow's address over TLS."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from test_watcher_messages import HOSTILE, view

from watcher.messages import alert
from watcher.notify import Fate, send


class Workflow(ThreadingHTTPServer):
    """A workflow's endpoint that keeps what it is sent."""

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, Any]] = []
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self._context)

    def get_request(self) -> tuple[Any, Any]:
        plain, address = super().get_request()
        return self._context.wrap_socket(plain, server_side=True), address


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    server = Workflow(authority)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address(server: Workflow) -> str:
    return f"workflows://127.0.0.1:{server.server_address[1]}/a1b2c3/s1gnature/"


def test_a_card_must_arrive_whole(workflow: Workflow) -> None:
    assert send(address(workflow), alert(view()), "HB-1").fate is Fate.SENT
    (body,) = workflow.bodies
    assert body["type"] == "message"
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert [action["title"] for action in card["actions"]] == ["Open the case", "Open the post"]
    said = json.dumps(card)
    assert "Well done to" in said
    assert "LADO" in said


def test_its_preview_must_be_neutral() -> None:
    card = json.loads(alert(view()).card)
    assert card["fallbackText"] == "Possible safeguarding concern on a public forum (ref HB-2026-0001)"
    assert card["body"][0]["text"] == "Possible safeguarding concern"


def test_reference_only_must_say_nothing_of_the_post() -> None:
    card = alert(view(excerpt="", because=(), url="")).card
    assert "What it says" not in card
    assert "Open the post" not in card
    json.loads(card)


@pytest.mark.parametrize(
    "hostile",
    [HOSTILE, '"}],"actions":[]', "<at>everyone</at>", "[click](https://evil.example)", "# big\n- list", "\\"],
)
@pytest.mark.parametrize("field", ["excerpt", "source", "place", "seen", "reference"])
def test_hostile_text_must_stay_text_in_a_card(field: str, hostile: str) -> None:
    card = json.loads(alert(view(**{field: hostile})).card)
    texts = [block.get("text", "") for block in card["body"]]
    assert all("<at>" not in text and "](" not in text.replace("\\]\\(", "") for text in texts)
    assert len(card["actions"]) == 2


def test_other_messages_must_go_as_plain_text(workflow: Workflow) -> None:
    from watcher.messages import trial

    assert send(address(workflow), trial("Hollybush", "teams"), "test").fate is Fate.SENT
    assert "Test message" in json.dumps(workflow.bodies)


def test_an_unknown_authority_must_not_be_told(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert send(address(workflow), alert(view()), "HB-1").fate is Fate.RETRY
    assert workflow.bodies == []

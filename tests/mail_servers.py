"""Mail servers on loopback that refuse, drop or hang wherever a test wants it."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class ScriptedMail(socketserver.StreamRequestHandler):
    """A mail server that answers each command by a script.

    The answer "drop" closes the connection, and "hang" leaves the other side waiting until the server closes.
    """

    answers: Mapping[str, str]
    taken: list[bytes]  #: every mail whose end was reached

    def handle(self) -> None:
        if not self._answer("connect", "220 here"):
            return
        while line := self.rfile.readline():
            command = line[:4].decode().strip().upper()
            default = {"QUIT": "221 bye", "DATA": "354 go on"}.get(command, "250 fine")
            if not self._answer(command, default) or command == "QUIT":
                return
            if command == "DATA" and self.answers.get("DATA", "354").startswith("354") and not self._body():
                return

    def _body(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        self.taken.append(b"".join(lines))
        return self._answer("body", "250 kept")

    def _answer(self, step: str, default: str) -> bool:
        answer = self.answers.get(step, default)
        if answer == "hang":
            self.server.closing.wait(60)  # type: ignore[attr-defined]  # it is one of ours
        if answer in ("drop", "hang"):
            return False
        self.wfile.write(f"{answer}\r\n".encode())
        return True


def scripted(*script: tuple[str, str]) -> Any:
    """Return a handler that answers by a script."""
    return type("Handler", (ScriptedMail,), {"answers": dict(script), "taken": []})


@contextmanager
def mail_server(*script: tuple[str, str]) -> Iterator[str]:
    """Serve mail by a script; yield an Apprise address of it."""
    with serving(scripted(*script)) as port:
        yield f"mailto://127.0.0.1:{port}/?from=watcher@school.example&to=head@school.example"


class MailServer(socketserver.ThreadingTCPServer):
    """Serves on a free port of loopback."""

    daemon_threads = True

    def __init__(self, handler: Any) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.closing = threading.Event()


@contextmanager
def serving(handler: Any) -> Iterator[int]:
    """Serve connections with a handler until the end; yield the port."""
    server = MailServer(handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield int(server.server_address[1])
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()

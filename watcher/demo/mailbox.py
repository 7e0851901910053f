"""A real mail server on loopback that keeps what it accepts as files."""

import email
import email.policy
import socket
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that arrived."""

    subject: str
    recipients: tuple[str, ...]
    message: EmailMessage
    path: Path  #: the mail as it came

    def part(self, kind: str) -> str:
        """Return the text of the part "plain" or "html"."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""


class Mailbox:
    """Accepts mail until closed."""

    def __init__(self, folder: Path) -> None:
        self.mails: list[Mail] = []
        self._folder = folder
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())
        self._controller.start()
        self.port = int(self._controller.port)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep one mail."""
        path = self._folder / f"mail-{len(self.mails) + 1:02}.eml"
        path.write_bytes(envelope.content)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101  # the default policy makes these
        self.mails.append(Mail(str(message["Subject"]), tuple(envelope.rcpt_tos), message, path))
        return "250 OK"

    def close(self) -> None:
        """Stop accepting."""
        self._controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

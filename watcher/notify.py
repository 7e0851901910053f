"""The one door to Apprise: send one message to one address, and say what became of it.

Apprise tells only whether a message was sent, not whether a failed one may have arrived all the same. So the
two wires it uses, SMTP and HTTP, are watched while it sends.
"""

import json
import re
import smtplib
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from watcher.failpoints import failpoint
from watcher.messages import Message

if TYPE_CHECKING:
    import requests

_CARD = "application/vnd.microsoft.card.adaptive"
MAIL = ("mailto", "mailtos")
_MARKDOWN = re.compile(r"([\[\]()*_#<>@`|~])")
_ERROR_IN_ANSWER = re.compile(r"HTTP error \d{3}|error(ed)? code:? [45]\d\d", re.IGNORECASE)
_PERHAPS_LATER = (408, 425, 429)


class Fate(Enum):
    """What became of a message."""

    SENT = "sent"  #: accepted by the next server
    RETRY = "retry"  #: not accepted; may be later
    AMBIGUOUS = "ambiguous"  #: handed over, but the answer was cut off
    REFUSED = "refused"  #: not accepted, and only a person can change that


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one attempt, with what a technician needs to know."""

    fate: Fate
    error: str = ""  #: one sentence without secrets
    retry_after: timedelta | None = None  #: a pause the server asked for


#: Asked just before a message goes over the wire; False where it is no longer ours to send.
MayGo = Callable[[], bool]


class NotOurs(Exception):
    """The message has passed to another process."""


class _Wire(threading.local):
    """What was seen on the wires of this thread while Apprise was sending."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.may_go: MayGo = lambda: True


_wire = _Wire()
_GRAVITY = (Fate.SENT, Fate.REFUSED, Fate.RETRY, Fate.AMBIGUOUS)


def send(address: str, message: Message, reference: str, may_go: MayGo = lambda: True) -> Outcome:
    """Send through one Apprise address. Never raises for what a server does.

    `may_go` is asked before the message goes over the wire: whoever dies before has certainly not sent it.
    """
    apprise = _apprise()
    sender = apprise.Apprise(asset=_asset())
    mail = address.partition("://")[0] in MAIL
    if not sender.add(_with_reference(address, reference) if mail else _for_teams(address, message)):
        return Outcome(Fate.REFUSED, "the channel's address is not one that Apprise understands")
    _wire.outcomes.clear()
    _wire.may_go = may_go
    result = False
    with suppress(NotOurs):
        result = sender.notify(
            title=message.subject,
            body=message.html if mail else _for_card(address, message.text),
            body_format=apprise.NotifyFormat.HTML if mail else apprise.NotifyFormat.TEXT,
        )
    return _outcome(bool(result))


def understands(address: str) -> bool:
    """Tell whether Apprise can send to such an address; nothing is sent."""
    return bool(_apprise().Apprise().add(address))


def _outcome(sent: bool) -> Outcome:
    seen = list(_wire.outcomes)
    if sent and all(outcome.fate is Fate.SENT for outcome in seen):
        return Outcome(Fate.SENT)
    failed = [outcome for outcome in seen if outcome.fate is not Fate.SENT]
    if not failed:
        return Outcome(Fate.RETRY, "the channel did not accept the message")
    return max(failed, key=lambda outcome: _GRAVITY.index(outcome.fate))


def _with_reference(address: str, reference: str) -> str:
    """Add a header with the reference, by which repeated mails can be told."""
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}+X-Watcher-Reference={quote(reference, safe='')}"


def _for_teams(address: str, message: Message) -> Any:
    """Return what Apprise shall send to: for Teams a service that sends our own card instead of its plain one."""
    if not (message.card and address.startswith("workflows")):
        return address
    service = _apprise().Apprise.instantiate(address, asset=_asset())
    if service is not None:
        attachment = {"contentType": _CARD, "contentUrl": None, "content": json.loads(message.card)}
        service.gen_payload = lambda *_, **__: {"type": "message", "attachments": [attachment]}
    return service


def _for_card(address: str, text: str) -> str:
    """Return the plain text; for Teams with every sign of Markdown made harmless."""
    return _MARKDOWN.sub(r"\\\1", text) if address.startswith("workflows") else text


@cache
def _asset() -> Any:
    """Settings under which Apprise sends in the calling thread, where the wires are watched."""
    return _apprise().AppriseAsset(async_mode=False, service_timeout=0, app_id="nursery-watcher")


@cache
def _apprise() -> Any:
    """Import Apprise once, with both of its wires watched."""
    import apprise
    from apprise.plugins.email import base, smtp

    vars(base)["AppriseSMTPController"] = _watch_smtp(smtp.AppriseSMTPController)
    _watch_http()
    return apprise


def _watch_smtp(controller: Any) -> Any:
    class WatchedSmtp(controller):  # type: ignore[misc]  # Apprise brings no types
        """Notes how far each mail got."""

        def __enter__(self) -> Any:
            try:
                return super().__enter__()
            except (OSError, smtplib.SMTPException) as error:
                _wire.outcomes.append(_smtp_outcome(error, handed_over=False))
                raise

        def sendmail(self, from_addr: str, to_addrs: list[str], message: str) -> bool:
            handover = _Handover(self._socket)
            try:
                refused = self._socket.sendmail(from_addr, to_addrs, message)
            except Exception as error:  # whatever went wrong, how far the mail got must be known
                _wire.outcomes.append(_smtp_outcome(error, handover.begun))
                return False
            _wire.outcomes.append(_refused(refused) if refused else Outcome(Fate.SENT))
            return not refused

    return WatchedSmtp


def _let_go() -> None:
    if not _wire.may_go():
        raise NotOurs


class _Handover:
    """Knows whether a mail's body has begun to go over an SMTP connection."""

    def __init__(self, connection: Any) -> None:
        self.begun = False
        self._data: Callable[[Any], Any] = connection.data
        connection.data = self._watched

    def _watched(self, message: Any) -> Any:
        _let_go()
        self.begun = True
        answer = self._data(message)
        failpoint("handed_over")
        return answer


def _smtp_outcome(error: Exception, handed_over: bool) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refused(error.recipients)
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        fate = Fate.REFUSED if error.smtp_code >= 500 else Fate.RETRY
        return Outcome(fate, f"the mail server answered {error.smtp_code}")
    if handed_over:
        return Outcome(Fate.AMBIGUOUS, f"the mail server was cut off before it answered ({type(error).__name__})")
    return Outcome(Fate.RETRY, f"the mail server cannot be reached ({type(error).__name__})")


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> Outcome:
    codes = sorted({code for code, _ in recipients.values()})
    fate = Fate.REFUSED if codes[0] >= 500 else Fate.RETRY
    return Outcome(fate, f"the mail server refused the recipient with {codes[0]}")


def _watch_http() -> None:
    """Note the answer to every HTTP request that Apprise's plugins make through `requests`."""
    from requests.adapters import HTTPAdapter

    original = HTTPAdapter.send

    def watched_send(adapter: Any, request: Any, **options: Any) -> "requests.Response":
        try:
            _let_go()
            response = original(adapter, request, **options)
        except Exception as error:  # whatever went wrong is noted and raised again
            _wire.outcomes.append(_http_failure(error))
            raise
        _wire.outcomes.append(_http_answer(response, datetime.now(UTC)))
        return response

    HTTPAdapter.send = watched_send  # type: ignore[assignment,method-assign]  # the one way in to every plugin


def _http_failure(error: Exception) -> Outcome:
    import requests

    name = type(error).__name__
    if isinstance(error, NotOurs):
        return Outcome(Fate.RETRY, "another process sends it")
    before = (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    if isinstance(error, before) or "NewConnectionError" in repr(error) or "NameResolution" in repr(error):
        return Outcome(Fate.RETRY, f"the channel's server cannot be reached ({name})")
    if isinstance(error, requests.ConnectionError | requests.Timeout):
        return Outcome(Fate.AMBIGUOUS, f"the channel's server was cut off before it answered ({name})")
    return Outcome(Fate.REFUSED, f"the channel's address cannot be used ({name})")


def _http_answer(response: "requests.Response", now: datetime) -> Outcome:
    status = response.status_code
    if status < 300 and not _ERROR_IN_ANSWER.search(response.text[:2000]):
        return Outcome(Fate.SENT)
    error = f"the channel's server answered {status}"
    if status < 300:
        return Outcome(Fate.RETRY, f"{error}, but named an error")
    if status in _PERHAPS_LATER or status >= 500:
        return Outcome(Fate.RETRY, error, _pause(response.headers.get("Retry-After"), now))
    return Outcome(Fate.REFUSED, error)


def _pause(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or an HTTP date."""
    if not header:
        return None
    if header.strip().isdigit():
        return timedelta(seconds=min(int(header), 86_400))
    try:
        return max(parsedate_to_datetime(header) - now, timedelta(0))
    except (ValueError, TypeError):
        return None

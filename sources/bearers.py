"""Access tokens that a program gets for itself (OAuth 2.0, client credentials), kept while they are good."""

import threading
import time
from urllib.parse import urlencode

from sources.answers import Response
from sources.client import Client
from sources.discretion import discreet
from sources.documents import is_web_page, number, read_json, string
from sources.errors import Malformed, Refused, SourceError
from sources.markup import line
from sources.parsing import Parsers

EARLY = 120.0  #: seconds before its end in which a token is not used any more
_TELLING = (400, 401, 403)
_FORM = "application/x-www-form-urlencoded"


class Bearer:
    """Who asks for mailboxes in the name of an application. Thread-safe."""

    def __init__(self, url: str, client_id: str, secret: str, scope: str) -> None:
        self._url = url
        self._asked = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": scope,
        }
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0  #: monotonic seconds

    def token(self, client: Client, parsers: Parsers) -> str:
        """Return a token that is good. Raises SourceError."""
        with self._lock, discreet(self._asked["client_secret"]):
            if not self._token or time.monotonic() >= self._good_until:
                answer = self._ask(client)
                self._token, seconds = parsers.run(read_token, answer.status, answer.body)
                self._good_until = time.monotonic() + seconds - EARLY
            return self._token

    def forget(self) -> None:
        """Ask for another token next time, since this one was not accepted."""
        with self._lock:
            self._token = ""

    def _ask(self, client: Client) -> Response:
        return client.request(
            "POST",
            self._url,
            headers={"content-type": _FORM},
            body=urlencode(self._asked).encode(),
            allow_status=_TELLING,
        )


def read_token(status: int, body: bytes) -> tuple[str, int]:
    """Return a token and for how many seconds it is good. Runs in the parser pool."""
    if status in _TELLING:
        raise Refused(f"no token is given to this application: {_reason(body)}")
    document = read_json(body, "the token's server")
    token, seconds = string(document, "access_token"), number(document, "expires_in")
    if not token or not seconds:
        raise Malformed("the token's server gave no token; its interface may have changed")
    return token, seconds


def _reason(body: bytes) -> str:
    if is_web_page(body):
        return "a web page came"
    try:
        document = read_json(body, "")
    except SourceError:
        return "without a reason"
    said = string(document, "error_description") or string(document, "error") or "without a reason"
    return line(said.partition(" Trace ID:")[0])[:200]

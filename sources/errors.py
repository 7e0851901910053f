"""Why a poll failed, told by what the caller should do.

SourceError
├── Unreachable   the network or the site is down: again soon
├── RateLimited   the site asks for a pause: again after `retry_after`
├── Malformed     the site sent what we cannot read (or too much of it): a developer must look
└── Refused       credentials, robots.txt, a private address or a log-in wall: a person must act
"""

from datetime import timedelta


class SourceError(Exception):
    """A poll failed. The message is one plain sentence for a technician, without secrets."""

    cursor: str | None = None  #: what must be remembered even so, as a spent budget; it never hides a post


class Unreachable(SourceError):
    """Network failure, time-out or a 5xx answer."""


class RateLimited(SourceError):
    """The site asked for a pause."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Malformed(SourceError):
    """The answer could not be read, was too large, or changed its shape."""


class Refused(SourceError):
    """The site, its robots.txt or our own safety rules say no."""

"""What a site answers, and what it means. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sources.errors import Malformed, RateLimited, Refused, SourceError, Unreachable

LONGEST_REST = timedelta(hours=24)  #: a site may ask for more, but is asked again after a day
USUAL_REST = timedelta(minutes=15)  #: where a site does not say how long


@dataclass(frozen=True, slots=True)
class Validators:
    """What a site gave us to ask whether something changed; verbatim."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read whole."""

    url: str  #: where it came from in the end
    status: int
    headers: Mapping[str, str] = field(repr=False)  #: lower-case names; values are Latin-1
    body: bytes = field(repr=False)  #: empty for a redirect or a failure that was not asked for
    not_modified: bool = False
    moved_to: str | None = None  #: the new address, where every redirect on the way was permanent


def trouble(
    status: int, headers: Mapping[str, str], place: str, now: datetime, *, was_throttled: bool = False
) -> SourceError | None:
    """Return the error that an answer stands for; None for 2xx and 304.

    `headers` have lower-case names, `place` names the address without secrets, and `was_throttled` says that
    the host has asked for a rest lately: a 403 then means the same. 404 and 410 are Refused: a person must look,
    and the source is still asked from time to time, since pages come back.
    """
    if 200 <= status < 300 or status == 304:
        return None
    pause = asked_pause(headers, now)
    if (
        status == 429
        or (status in (403, 503) and "retry-after" in headers and pause is not None)
        or (status == 403 and was_throttled)
    ):
        return RateLimited(f"{place} answered {status}: too many requests", USUAL_REST if pause is None else pause)
    if status in (403, 503) and "cf-mitigated" in headers:
        return Refused(f"{place} answered {status}: it wants proof that a person is asking")
    kind, meaning = _MEANINGS.get(status) or _MEANINGS.get(status // 100) or _UNEXPECTED
    return kind(f"{place} answered {status}: {meaning}")


_MEANINGS: dict[int, tuple[type[SourceError], str]] = {
    3: (Malformed, "it leads elsewhere in a way that cannot be followed"),
    401: (Refused, "it asks to sign in, or does not accept the key"),
    403: (Refused, "it does not let us in"),
    404: (Refused, "there is nothing at this address"),
    407: (Refused, "something on the way asks to sign in"),
    408: (Unreachable, "it took too long"),
    410: (Refused, "what was at this address is gone for good"),
    425: (Unreachable, "it wants to be asked again later"),
    451: (Refused, "it may not be shown for legal reasons"),
    5: (Unreachable, "the site is in trouble"),
}
_UNEXPECTED: tuple[type[SourceError], str] = (Malformed, "which was not expected")


#: Headers with the end of a rest, beside Retry-After: as seconds to go, as a Unix time or as a date.
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_UNIX_TIMES = 1_000_000_000.0  #: a greater number is no pause


def asked_pause(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the pause that an answer asks for, a day at most, in whatever dialect; None where it asks for none."""
    asked = read_retry_after(headers.get("retry-after"), now)
    if asked is not None:
        return asked
    resets = (read_reset(headers[name], now) for name in _RESETS if name in headers)
    return next((pause for pause in resets if pause is not None), None)


def spent(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return for how long nothing may be asked after a good answer; None where something is left."""
    left = next((headers[name] for name in _REMAINING if name in headers), "")
    try:
        return asked_pause(headers, now) if float(left) < 1 else None
    except ValueError:
        return None


def read_reset(text: str, now: datetime) -> timedelta | None:
    """Read the end of a rest into a pause of a day at most."""
    try:
        seconds = float(text)
        if seconds >= _UNIX_TIMES:
            seconds -= now.timestamp()
        return min(timedelta(seconds=max(seconds, 0.0)), LONGEST_REST)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
        return min(max(moment.replace(tzinfo=moment.tzinfo or UTC) - now, timedelta(0)), LONGEST_REST)
    except (ValueError, OverflowError):
        return None


def read_retry_after(header: str | None, now: datetime) -> timedelta | None:
    """Read a Retry-After header, seconds or an HTTP date, into a pause of a day at most."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_REST)
    try:
        moment = parsedate_to_datetime(text)
        return min(max(moment.replace(tzinfo=moment.tzinfo or UTC) - now, timedelta(0)), LONGEST_REST)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None

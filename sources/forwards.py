"""What somebody forwarded, without what mail programs and the forwarder put around it. Pure."""

import re

_BEGINS = re.compile(
    r"^(?:-{2,} *(?:Forwarded message|Original Message|Forwarded by .*?) *-{2,}|Begin forwarded message:|_{10,})$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER = re.compile(r"(?:From|Sent|Date|To|Cc|Subject|Reply-To) ?: ?.*", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_SHORTHAND = re.compile(r"^(?:(?:fwd?|wg|re|aw) ?: *)+", re.IGNORECASE)


def quoted(text: str) -> str:
    """Return what was forwarded: what follows a mail program's line, or stands behind ">", else the whole text."""
    begins = _BEGINS.search(text)
    if begins:
        return _without_header(text[begins.end() :])
    cited = [row.lstrip("> ") for row in text.splitlines() if row.startswith(">")]
    if cited:
        return "\n".join(cited).strip()
    return _SIGNATURE.split(text, maxsplit=1)[0].strip()


def bare_subject(subject: str) -> str:
    """Return a subject without Fwd: and its like."""
    return _SHORTHAND.sub("", subject).strip()


def _without_header(text: str) -> str:
    rows = text.strip().splitlines()
    while rows and (not rows[0].strip() or _HEADER.fullmatch(rows[0].strip())):
        rows.pop(0)
    return "\n".join(rows).strip()

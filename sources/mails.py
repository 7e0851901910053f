"""A mail's bytes turned into what it says. Runs in the parser pool: whoever knows the address can send anything."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import lxml.html
from lxml import etree

from sources.dates import read_date
from sources.errors import Malformed
from sources.markup import element_text, line, tidy, web_link
from sources.redirects import unwrapped
from sources.vouching import Vouched, read_vouching

MOST_PARTS = 100  #: looked at in one mail
MOST_LINKS = 500  #: written out in one text
LONGEST_SENDER = 2000  #: characters; the standard library takes a long time over more
WHOLE = "message/rfc822"  #: a mail within a mail
_UTF8 = lxml.html.HTMLParser(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail says. Every field is hostile."""

    id: str  #: its Message-ID, or a mark of its bytes where it has none
    sender: str  #: the one address of its From, in lower case
    vouched: Vouched
    subject: str
    date: datetime | None
    text: str  #: plain, each link behind its words as <https://...>
    markup: str  #: "" where it has none


def read_mail(raw: bytes, now: datetime) -> Mail:
    """Read a mail, or as much of one as came. Raises Malformed where nobody can be named who sent it."""
    message = message_from_bytes(raw, policy=policy.default)
    if len(_topmost(message, "from")) > LONGEST_SENDER:
        raise Malformed("a mail has a sender of absurd length")
    senders = [address.addr_spec.lower() for field in message.get_all("from", []) for address in field.addresses]
    if len(senders) != 1 or "@" not in senders[0]:
        raise Malformed("a mail has no sender, or several")
    inner = _forwarded_whole(message)
    text, markup = _body(inner or message)
    return Mail(
        id=_field(message, "message-id") or hashlib.blake2b(raw, digest_size=16).hexdigest(),
        sender=senders[0],
        vouched=read_vouching(_topmost(message, "authentication-results")),
        subject=line(_field(inner or message, "subject")),
        date=read_date(_field(message, "date"), now),
        text=text,
        markup=markup,
    )


def _topmost(message: EmailMessage, name: str) -> str:
    """Return the topmost field of a name as it came: a decoded word could pretend to be more than a value."""
    found = next((str(value) for key, value in message.raw_items() if key.lower() == name), "")
    return re.sub(r"[\r\n]+", " ", found)


def _field(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))[:1000].strip()


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts of a mail that are no attachments; of those mails within it none."""
    waiting = [message]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart":
            waiting[:0] = [each for each in part.get_payload() or () if isinstance(each, EmailMessage)]
        elif part.get_content_disposition() != "attachment" or part.get_content_type() == WHOLE:
            yield part


def _forwarded_whole(message: EmailMessage) -> EmailMessage | None:
    """Return the mail that was sent along as a whole."""
    for part in _parts(message):
        if part.get_content_type() == WHOLE:
            inner = part.get_payload(0)
            return inner if isinstance(inner, EmailMessage) else None
    return None


def _body(message: EmailMessage) -> tuple[str, str]:
    """Return the text and the markup of a mail."""
    parts = list(_parts(message))
    plain = next((_decoded(part) for part in parts if part.get_content_type() == "text/plain"), "")
    markup = next((_decoded(part) for part in parts if part.get_content_type() == "text/html"), "")
    return (linked_text(markup) if markup.strip() else tidy(plain)), markup


def _decoded(part: EmailMessage) -> str:
    """Return a part's text, with whatever charset fits where the declared one is wrong."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return payload.decode(charset)
        except (LookupError, ValueError):
            continue
    return payload.decode("cp1252", "replace")


def parsed(markup: str) -> lxml.html.HtmlElement | None:
    """Return a mail's markup as a tree; None where there is nothing in it."""
    try:
        return lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=_UTF8)
    except (etree.ParserError, ValueError):
        return None


def linked_text(markup: str) -> str:
    """Return the text of a mail's markup, each link behind its words as <https://...>."""
    root = parsed(markup)
    if root is None:
        return ""
    for anchor in list(root.iter("a"))[:MOST_LINKS]:
        link = unwrapped(web_link(anchor.get("href"), ""))
        if link and link not in (anchor.text or ""):
            anchor.tail = f" <{link}>{anchor.tail or ''}"
    return tidy(element_text(root))

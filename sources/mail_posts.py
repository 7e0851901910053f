"""What mails of Google Alerts, of platforms and of staff tell of, as posts. Pure."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import lxml.html

from sources.errors import Malformed
from sources.forwards import bare_subject, quoted
from sources.mails import Mail, parsed, read_mail
from sources.markup import element_text, line, tidy, web_link
from sources.post import Post
from sources.redirects import unwrapped

GOOGLE_ALERTS = "googlealerts-noreply@google.com"
TAKEN, UNPROVEN, STRANGER, UNREADABLE = "taken", "unproven", "stranger", "unreadable"

#: What kind of place a link leads to, by its domain.
_PLACES = {
    "facebook.com": "facebook",
    "fb.com": "facebook",
    "x.com": "x",
    "twitter.com": "x",
    "bsky.app": "bluesky",
    "reddit.com": "reddit",
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "blogspot.com": "blog",
    "wordpress.com": "blog",
    "wikipedia.org": "wiki",
    "mumsnet.com": "forum",
    "netmums.com": "forum",
    "trustpilot.com": "review",
    "daynurseries.co.uk": "review",
}
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}'’]")
_HOUSEKEEPING = re.compile(r"unsubscribe|opt.?out|preferences|settings|notifications?/|/help|privacy|email_", re.I)
_THROUGH_GOOGLE = re.compile(r"https?://www\.google\.[a-z.]{2,6}/url\?[^\s<>]+")
_ARTICLE = "//*[@itemscope and contains(@itemtype, 'schema.org/Article')]"
MOST_FINDS = 100  #: of one alert
_WRITTEN_OUT = re.compile(r" ?<https?://[^\s<>]+>")


@dataclass(frozen=True, slots=True)
class Rules:
    """Whose mails count."""

    server: str  #: how the own mail server signs what it found, its authserv-id
    senders: tuple[str, ...]  #: addresses, or domains for all addresses in them, whose notifications count
    forwarders: tuple[str, ...]  #: addresses whose forwarded mails count
    about: str  #: the school's name; what staff forward is about it, named or not


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a mail."""

    verdict: str  #: TAKEN, UNPROVEN, STRANGER or UNREADABLE
    mail_id: str = ""
    posts: tuple[Post, ...] = ()
    server: str = ""  #: who vouched for it, or not, in the mail's own words


def read_posts(raw: bytes, rules: Rules, now: datetime) -> Reading:
    """Read a mail into posts. Raises Malformed. Runs in the parser pool."""
    mail = read_mail(raw, now)
    read = _reader(mail, rules)
    if read is None:
        return Reading(STRANGER, mail.id)
    if not mail.vouched.proves(mail.sender, rules.server):
        return Reading(UNPROVEN, mail.id, server=line(mail.vouched.server)[:100])
    posts = tuple(read(mail, rules))
    if not posts:
        raise Malformed("a mail shows nothing any more of what is known to stand in such mails")
    return Reading(TAKEN, mail.id, posts)


def _reader(mail: Mail, rules: Rules) -> Callable[[Mail, Rules], Iterable[Post]] | None:
    """Return how a mail is read by who sent it; None where nobody has asked for mails of theirs."""
    if mail.sender == GOOGLE_ALERTS:
        return _finds
    if mail.sender in rules.forwarders:
        return _forward
    if any(mail.sender == sender or mail.sender.endswith(f"@{sender}") for sender in rules.senders):
        return _notification
    return None


def _finds(mail: Mail, _: Rules) -> Iterator[Post]:
    """Yield each result of a Google Alert."""
    root = parsed(mail.markup) if mail.markup.strip() else None
    articles = [] if root is None else root.xpath(_ARTICLE)
    for article in articles[:MOST_FINDS]:
        link = unwrapped(web_link(next(iter(article.xpath(".//a[@itemprop='url']/@href")), ""), ""))
        publisher = article.xpath(".//*[@itemprop='publisher']//*[@itemprop='name']")
        if link:
            yield Post(
                id=link,
                url=link,
                text=_words(article.xpath(".//*[@itemprop='description']")),
                title=line(_words(article.xpath(".//a[@itemprop='url']"))),
                author=line(_words(publisher)),
                platform=place_of(link),
                published=mail.date,
            )
    if not articles:
        yield from _finds_in_text(mail)


def _finds_in_text(mail: Mail) -> Iterator[Post]:
    """Yield the results of an alert that came as plain text: words, and behind them the link through Google."""
    before = 0
    for found in itertools.islice(_THROUGH_GOOGLE.finditer(mail.text), MOST_FINDS):
        title, _, text = mail.text[before : found.start()].strip(" <\n").rpartition("\n\n")[2].partition("\n")
        before = found.end() + 1
        link = unwrapped(found[0])
        if link != found[0]:
            yield Post(
                id=link, url=link, text=tidy(text), title=title, platform=place_of(link), published=mail.date
            )


def _words(elements: list[lxml.html.HtmlElement]) -> str:
    return tidy(element_text(elements[0])) if elements else ""


def _notification(mail: Mail, _: Rules) -> Iterator[Post]:
    """Yield what a platform tells."""
    text = tidy(_WRITTEN_OUT.sub("", mail.text))
    if mail.subject or text:
        yield _mail_post(mail, mail.subject, text, _destination(_LINK.findall(mail.text)))


def _forward(mail: Mail, rules: Rules) -> Iterator[Post]:
    """Yield what a member of staff forwarded."""
    said = quoted(mail.text)
    link = _destination(_LINK.findall(said) or _LINK.findall(mail.text))
    text = tidy(_WRITTEN_OUT.sub("", said))
    if link or text:
        subject = bare_subject(mail.subject)
        named = rules.about.casefold() in f"{subject}\n{text}".casefold()
        yield _mail_post(mail, subject if named else f"{subject} ({rules.about})".strip(), text, link)


def _destination(links: list[str]) -> str:
    """Return where the first link leads that is no housekeeping; "" where none is."""
    found = (unwrapped(link) for link in links)
    return next((link for link in found if not _HOUSEKEEPING.search(link)), "")


def _mail_post(mail: Mail, title: str, text: str, link: str) -> Post:
    """Return what a whole mail tells of, as one post."""
    return Post(
        id=f"mail/{mail.id}", url=link, text=text, title=title, platform=place_of(link), published=mail.date
    )


def place_of(link: str) -> str:
    """Return what kind of place a link leads to, as far as its address tells."""
    host = urlsplit(link).hostname or ""
    return next((place for domain, place in _PLACES.items() if f".{host}".endswith(f".{domain}")), "other")

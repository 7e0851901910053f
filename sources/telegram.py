"""Public Telegram channels, as their preview pages on the web show them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import lxml.html

from sources.dates import read_date
from sources.errors import Malformed, Refused
from sources.keys import Key, Wrong, server, words
from sources.markup import element_text, tidy
from sources.pages import Ask, Page, follow, reach_back
from sources.post import Post
from sources.seen import Seen
from sources.source import Checked, Fetched, Held, Kind, Source, Tools

_UTF8 = lxml.html.HTMLParser(encoding="utf-8")
_REPLY = "[not(ancestor::*[contains(@class, 'tgme_widget_message_reply')])]"


@dataclass(frozen=True, slots=True)
class TelegramSource:
    """Some public channels."""

    address: str
    channels: tuple[str, ...]
    tools: Tools

    def fetch(self, cursor: str | None) -> Fetched:
        """Return what is new in the channels."""
        return follow(self._timelines(), Seen.read(cursor)).fetched

    def back(self, since: datetime) -> tuple[Post, ...]:
        """Return the posts since a time."""
        return reach_back(self._timelines(), since)

    def recheck(self, posts: tuple[Held, ...], cursor: str) -> Checked:
        """Tell which messages are gone: those that the pages around them leave out."""
        gone = [post.id for post in posts if not self._is_there(post.id)]
        return Checked(frozenset(gone), cursor)

    def _is_there(self, post_id: str) -> bool:
        channel, _, number = post_id.partition("/")
        page = self._page(channel, str(int(number) + 1))
        return any(post.id == post_id for post in page.posts)

    def _timelines(self) -> dict[str, Ask]:
        return {channel: self._channel(channel) for channel in self.channels}

    def _channel(self, channel: str) -> Ask:
        return lambda before: self._page(channel, before)

    def _page(self, channel: str, before: str) -> Page:
        url = f"{self.address}/s/{quote(channel)}{f'?before={quote(before)}' if before else ''}"
        response = self.tools.client.get(url, accept="text/html")
        return self.tools.parsers.run(read_channel, response.body, response.url, channel, self.tools.now())


def read_channel(body: bytes, url: str, channel: str, now: datetime) -> Page:
    """Read a page of messages. Raises Refused where there is no preview, Malformed where it is another page."""
    if not urlsplit(url).path.startswith("/s/"):
        raise Refused(f"the channel {channel} has no public page: it is private, a group, or not there")
    root = lxml.html.document_fromstring(body, parser=_UTF8) if body.strip() else None
    if root is None or not (_all(root, "tgme_channel_info") or _all(root, "tgme_channel_history")):
        raise Malformed(f"the page of the channel {channel} has changed its shape, or another page came")
    shown = _all(root, "tgme_widget_message")
    posts = [post for message in reversed(shown) if (post := _post(message, url, now))]
    older = [
        message.get("data-before") for message in _all(root, "tme_messages_more") if message.get("data-before")
    ]
    return Page(tuple(posts), str(older[0]) if older else "", len(shown))


def _post(message: lxml.html.HtmlElement, url: str, now: datetime) -> Post | None:
    """Return a message as a post; None for a notice of the service."""
    name = message.get("data-post") or ""
    if not re.fullmatch(r"\w+/\d+", name) or "service_message" in (message.get("class") or ""):
        return None
    stamp = message.xpath(".//time/@datetime")
    signed = _line(message, "tgme_widget_message_from_author")
    return Post(
        id=name,
        url=f"https://t.me/{name}",
        text=_text(message),
        title=_line(message, "tgme_widget_message_owner_name"),
        author=signed or _line(message, "tgme_widget_message_owner_name"),
        published=read_date(str(stamp[-1]) if stamp else "", now),
    )


def _text(message: lxml.html.HtmlElement) -> str:
    """Return what a message itself says: not the message it answers."""
    own = _all(message, "js-message_text", _REPLY)
    polls = _all(message, "tgme_widget_message_poll_question") + _all(
        message, "tgme_widget_message_poll_option_text"
    )
    pages = [*_all(message, "link_preview_title"), *_all(message, "link_preview_description")]
    return tidy("\n".join(dict.fromkeys(tidy(element_text(part)) for part in (*own[:1], *polls, *pages))))


def _line(message: lxml.html.HtmlElement, name: str) -> str:
    return next((" ".join(element_text(part).split())[:500] for part in _all(message, name)), "")


def _all(root: lxml.html.HtmlElement, name: str, where: str = "") -> list[lxml.html.HtmlElement]:
    """Return the elements of a class, outermost first."""
    return list(root.xpath(f".//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]{where}"))


def channels(value: Any) -> tuple[str, ...]:
    """A list of public channels, by name or address."""
    found = tuple(re.sub(r"^(https?://t\.me/(s/)?|@)", "", name).strip("/") for name in words(value))
    if not found or not all(re.fullmatch(r"[A-Za-z]\w{3,31}", name, re.ASCII) for name in found):
        raise Wrong('a list of public channels like ["WalsallNews"]')
    return found


def _build(settings: Mapping[str, Any], tools: Tools) -> Source:
    return TelegramSource(settings["url"], settings["channels"], tools)


KIND = Kind(
    name="telegram",
    sees="Messages of named public channels.",
    credential="none",
    limits="Known channels only; groups, private channels and channels without a web page show nothing.",
    terms="The pages are made to be looked at by anybody; robots.txt is obeyed.",
    keys=(
        Key("channels", channels, "Names of public channels.", example='["WalsallNews"]'),
        Key("url", server, "Where they are shown.", "https://t.me", '"https://t.me"'),
    ),
    every=timedelta(minutes=15),
    build=_build,
)

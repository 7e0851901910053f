"""Posts as X's interface writes them, in the names of before and after July 2026. Pure; runs in the parser pool."""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sources.dates import read_date
from sources.documents import is_web_page, read_json, string, table, tables, texts
from sources.errors import Malformed, Refused, SourceError
from sources.markup import line, tidy
from sources.pages import Page
from sources.post import Post

HOST = "X"
_NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-z]{2}")


class OtherNames(Malformed):
    """The server does not know the names of fields it was asked with."""


def read_posts(body: bytes, now: datetime) -> Page:
    """Read a page of posts, newest first."""
    document = read_json(body, HOST)
    meta = table(document, "meta")
    if "result_count" not in meta:
        raise Malformed(_said(document) or "X sent no count of results; its interface may have changed")
    shown = tables(document, "data")
    alts = {
        string(medium, "media_key"): string(medium, "alt_text") for medium in tables(document, "includes", "media")
    }
    posts = tuple(post for row in shown if (post := _post(row, alts, now)))
    return Page(posts, string(meta, "next_token"), len(shown))


def _post(row: Mapping[str, Any], alts: Mapping[str, str], now: datetime) -> Post | None:
    """Return a post under the id of its first version; None for a repost."""
    number = string(row, "id")
    kinds = {string(one, "type") for one in (*tables(row, "referenced_posts"), *tables(row, "referenced_tweets"))}
    if not re.fullmatch(r"\d{1,19}", number) or "retweeted" in kinds or "reposted" in kinds:
        return None
    versions = texts(row, "edit_history_post_ids") or texts(row, "edit_history_tweet_ids")
    language = string(row, "lang")
    return Post(
        id=versions[0] if versions else number,
        url=f"https://x.com/i/status/{number}",
        text=_text(row, alts),
        platform="x",
        published=read_date(string(row, "created_at"), now),
        language="" if _NO_LANGUAGE.fullmatch(language) else language[:35],
    )


def _text(row: Mapping[str, Any], alts: Mapping[str, str]) -> str:
    """Return the whole text, with links written out, and the descriptions of media."""
    note = table(row, "note_post") or table(row, "note_tweet")
    said = html.unescape(string(note, "text") or string(row, "text"))
    for link in (*tables(note, "entities", "urls"), *tables(row, "entities", "urls")):
        short, whole = string(link, "url"), string(link, "unwound_url") or string(link, "expanded_url")
        if short and whole:
            said = said.replace(short, "" if re.search(r"/status/\d+/(photo|video)/\d+$", whole) else whole)
    pictures = [alts.get(key, "").strip() for key in texts(row, "attachments", "media_keys")]
    return tidy("\n".join([said.strip(), *(f"[image: {alt}]" for alt in pictures if alt)]))


def read_missing(body: bytes) -> tuple[str, ...]:
    """Return the ids of which X says that there is no post, or none that may be shown."""
    document = read_json(body, HOST)
    if not tables(document, "data") and not tables(document, "errors"):
        raise Malformed("X named neither posts nor missing ones; its interface may have changed")
    there = {string(row, "id") for row in tables(document, "data")}
    named = (string(error, "resource_id") or string(error, "value") for error in tables(document, "errors"))
    return tuple(number for number in named if number and number not in there)


def explain(status: int, body: bytes, host: str) -> None:
    """Say what a failure means."""
    if is_web_page(body):
        raise Refused(f"{host} answered {status} with a web page; it keeps programs out")
    try:
        document = read_json(body, HOST)
    except SourceError:
        return
    said = _said(document)
    if "usage-capped" in string(document, "type") or status == 402:
        raise Refused(
            f"X gives no more posts: its own monthly cap is reached or the credits are used up. {said}"[:300]
        )
    if status == 429:
        return
    if status == 400:
        raise (
            OtherNames(said)
            if re.search(r"(tweet|post)\.fields|referenced_|note_|edit_history", said)
            else Malformed(said)
        )
    if said:
        raise Refused(f"X answered {status}: {said}")


def _said(document: Any) -> str:
    """Return what X says went wrong, on one line."""
    errors = [string(error, "message") or string(error, "detail") for error in tables(document, "errors")]
    parts = [string(document, "title"), string(document, "detail"), *errors, string(document, "message")]
    return line(" ".join(part for part in parts if part))[:300]

"""Every address of the review page, and the right it asks for. What is not here does not exist."""

from typing import TYPE_CHECKING

from sources.client import Client
from sources.manners import Manners
from watcher import __version__
from watcher.assembly import Clock, Parts
from watcher.config import Config
from watcher.provider import Provider
from watcher.review import casepages, elsewhere, entry, feed, otherpages
from watcher.review.accounts import Accounts, sealing_key
from watcher.review.guard import Door
from watcher.review.visit import Desk

if TYPE_CHECKING:
    from watcher.review.openid import OpenId

DOORS = (
    Door("GET", "/style.css", "", otherpages.style),
    Door("GET", "/mark.svg", "", otherpages.mark),
    Door("GET", "/sign-in", "", entry.sign_in_page),
    Door("POST", "/sign-in", "", entry.sign_in),
    Door("GET", "/sign-in/elsewhere", "", elsewhere.leave),
    Door("GET", "/sign-in/return", "", elsewhere.come_back, longest=4096),
    Door("POST", "/sign-out", "", entry.sign_out),
    Door("GET", "/join/{invitation}", "", entry.join_page),
    Door("POST", "/join/{invitation}", "", entry.join),
    Door("GET", "/", "start", otherpages.start),
    Door("GET", "/cases", "cases", casepages.listing),
    Door("GET", "/cases/{reference}", "cases", casepages.case),
    Door("POST", "/cases/{reference}/text", "texts", casepages.show_text),
    Door("POST", "/cases/{reference}/acknowledge", "decide", casepages.acknowledge),
    Door("POST", "/cases/{reference}/assign", "decide", casepages.assign),
    Door("POST", "/cases/{reference}/comment", "decide", casepages.comment),
    Door("POST", "/cases/{reference}/close", "decide", casepages.close),
    Door("POST", "/cases/{reference}/reopen", "decide", casepages.reopen),
    Door("POST", "/cases/{reference}/evidence", "export", casepages.evidence),
    Door("GET", "/digests", "digests", otherpages.digests),
    Door("GET", "/digests/{week}", "digests", otherpages.digest),
    Door("GET", "/sources", "sources", otherpages.sources),
    Door("POST", "/sources/poll", "poll", otherpages.poll),
    Door("GET", "/proof/{mark}", "start", otherpages.proof),
    Door("POST", "/proof/{mark}", "start", otherpages.prove),
    Door("GET", "/held", "held", otherpages.held),
    Door("GET", "/audit", "audit", otherpages.audit),
    Door("GET", "/account", "start", feed.account),
    Door("POST", "/account/feed", "cases", feed.begin),
    Door("POST", "/account/feed/end", "cases", feed.end),
    Door("GET", "/feed/{secret}", "", feed.feed),
)


def open_desk(parts: Parts) -> Desk:
    """Return what every page needs of the service."""
    provider = parts.config.review.openid
    return Desk(parts, open_accounts(parts), open_openid(parts.config, provider, parts.now) if provider else None)


def open_openid(config: Config, provider: Provider, now: Clock) -> "OpenId":
    """Return what speaks with the provider: the polite client, without pauses, since a person waits."""
    from watcher.review.openid import OpenId  # needs an extra

    manners = Manners(
        product=f"nursery-watcher/{__version__}",
        allow=config.network.allow,
        spacing=0.0,
        total_timeout=15.0,
        max_bytes=256 * 1024,
    )
    return OpenId(provider, Client(manners, now=now), f"{config.review.base_url}/sign-in/return", now)


def open_accounts(parts: Parts) -> Accounts:
    """Return the accounts of a federation."""
    return Accounts(parts.store, parts.federation_id, sealing_key(parts.config, parts.store), parts.now)

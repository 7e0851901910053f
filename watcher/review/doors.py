"""Every address of the review page, and the right it asks for. What is not here does not exist."""

from watcher.assembly import Parts
from watcher.review import casepages, entry, otherpages
from watcher.review.accounts import Accounts, sealing_key
from watcher.review.guard import Door
from watcher.review.visit import Desk

DOORS = (
    Door("GET", "/style.css", "", otherpages.style),
    Door("GET", "/mark.svg", "", otherpages.mark),
    Door("GET", "/sign-in", "", entry.sign_in_page),
    Door("POST", "/sign-in", "", entry.sign_in),
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
    Door("GET", "/held", "held", otherpages.held),
    Door("GET", "/audit", "audit", otherpages.audit),
)


def open_desk(parts: Parts) -> Desk:
    """Return what every page needs of the service."""
    return Desk(parts, open_accounts(parts))


def open_accounts(parts: Parts) -> Accounts:
    """Return the accounts of a federation."""
    return Accounts(parts.store, parts.federation_id, sealing_key(parts.config, parts.store), parts.now)

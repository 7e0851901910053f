"""Filed mentions for store tests."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from watcher.cases import canonical_url, fingerprint, shingles
from watcher.store import Store
from watcher.store.records import CaseRow, Claim, Filed, NewDelivery, Poll, Saved, SourceSpec

LEASE = timedelta(minutes=5)


def filed(post_id: str, text: str = "", **changes: Any) -> Filed:
    """Return a mention that deserves an alert, unless `changes` say otherwise."""
    said = (
        text or f"the text of post {post_id} which says something long enough to be compared with others {post_id}"
    )
    url = str(changes.pop("url", f"https://site.example/{post_id}"))
    base = Filed(
        post_id=post_id, url=url, canonical_url=canonical_url(url), platform="forum", title="", author="ann", bio="",
        text=said, language="en", published_at=None, content_hash=hashlib.sha256(said.encode()).hexdigest(), fingerprint=fingerprint("", said),
        shingles=shingles(said), matched=("hollybush",), decision="alert", about="us", safeguarding=2, defamation=0,
        conduct=0, tone="neutral", judged=True, model="m", scores={"alert": 0.9}, because=("because",),
    )  # fmt: skip
    return replace(base, **changes)


def tell(case: CaseRow, change: str) -> list[NewDelivery]:
    """Tell the channel "head" of everything."""
    key = f"case:{case.reference}:{change}:{case.alerted}"
    return [NewDelivery("head", change, key, {"reference": case.reference}, 0, case.changed_at, case.id)]


def enrolled(store: Store, now: datetime, *names: str) -> int:
    """Make a federation with sources known; return its id."""
    federation_id = store.ensure_federation("Hollybush", "HB", now)
    specs = [SourceSpec(name, "feed", "https://x.example", timedelta(minutes=30)) for name in names or ("paper",)]
    store.sync_sources(federation_id, specs, now)
    return federation_id


def claim(store: Store, federation_id: int, now: datetime, name: str = "paper") -> Claim:
    """Lease one source."""
    return next(one for one in store.claim_due(federation_id, now, LEASE, 50, everything=True) if one.name == name)


def save(store: Store, federation_id: int, now: datetime, *posts: Filed, source: str = "paper") -> Saved:
    """Poll one source once and save what it brought."""
    poll = Poll(posts, f"cursor {now.isoformat()}", len(posts), len(posts), now + timedelta(minutes=30))
    for one in store.claim_due(federation_id, now, LEASE, 50, everything=True):
        if one.name == source:
            result = store.save_poll(one, poll, tell, now)
        else:
            store.unchanged_poll(one, one.cursor or "", 0, now, now)
    return result

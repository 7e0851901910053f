"""What crosses the store's border: frozen values, never rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from classifiers.judgement import Evidence
from sources.receipts import Receipt


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as configured."""

    name: str
    kind: str
    address: str
    every: timedelta


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it stands."""

    id: int
    name: str
    kind: str
    address: str
    every_seconds: int
    due_at: datetime
    last_success_at: datetime | None
    last_new_at: datetime | None
    seen: int  #: items it showed at the last success
    item_count: int  #: new items since it was added
    failures: int  #: in a row
    failing_since: datetime | None
    error_kind: str | None
    error: str | None
    reported_blind_at: datetime | None
    remark: str  #: what people should know although the last poll was good
    partial: bool  #: by the remark, not all could be seen


@dataclass(frozen=True, slots=True)
class DueSource:
    """A source that is due and that nobody polls."""

    federation_id: int
    name: str
    kind: str
    address: str  #: "" where the kind has none


@dataclass(frozen=True, slots=True)
class Overdue:
    """How much work nobody has taken up."""

    sources: int
    messages: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A source that this process may poll now, and nobody else."""

    source_id: int
    federation_id: int
    name: str
    cursor: str | None
    failures: int
    token: str
    rechecked_at: datetime | None = None  #: when its open cases were last looked at for deletions
    has_mentions: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """A judged mention, ready to be saved."""

    post_id: str
    url: str
    canonical_url: str
    platform: str
    title: str
    author: str
    bio: str
    text: str
    language: str
    published_at: datetime | None
    content_hash: str
    fingerprint: str
    shingles: tuple[int, ...]
    matched: tuple[str, ...]
    decision: str  #: alert, digest, quiet
    about: str
    safeguarding: int
    defamation: int
    conduct: int
    tone: str
    judged: bool  #: False: in a language that cannot be judged
    model: str
    scores: Mapping[str, float]
    because: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    concerns_head: bool = False  #: an allegation names the head
    concerns_dsl: bool = False  #: an allegation names the safeguarding lead
    names_head: bool = False  #: the head is named beside any concern
    receipts: tuple[Receipt, ...] = ()  #: of the answers of which one held it; none where it did not come by HTTP


@dataclass(frozen=True, slots=True)
class Poll:
    """What one good poll brought."""

    filed: Sequence[Filed]
    cursor: str
    seen: int
    new_items: int
    next_due: datetime
    rechecked: bool = False  #: whether its open cases were looked at for deletions
    gone: frozenset[str] = frozenset()  #: ids of posts that were found deleted
    remark: str = ""  #: what people should know of the source
    partial: bool = False  #: by the remark, not all could be seen


@dataclass(frozen=True, slots=True)
class Saved:
    """What a poll changed."""

    mentions: int = 0  #: new or edited
    alerts: int = 0  #: cases told of
    lost: bool = False  #: there were mentions, but the lease had passed to somebody else; nothing was saved


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One matter for a person."""

    id: int
    reference: str
    state: str  #: open, closed
    verdict: str | None
    decision: str  #: alert, digest
    safeguarding: int
    defamation: int
    conduct: int
    alerted: int  #: how many alerts were raised for it
    opened_at: datetime
    changed_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    closed_at: datetime | None
    assigned_to: str | None = None
    concerns_head: bool = False  #: an allegation names the head; the chair decides
    concerns_dsl: bool = False  #: an allegation names the safeguarding lead; others decide
    names_head: bool = False  #: the head is named beside any concern; the chair sees it too


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A mention with its newest judgement."""

    id: int
    case_id: int | None
    source: str  #: the source's name
    url: str
    platform: str
    title: str  #: "" once retention has taken it, as the other texts
    author: str
    bio: str
    text: str
    published_at: datetime | None
    first_seen_at: datetime
    version: int
    matched: tuple[str, ...]
    decision: str
    about: str
    safeguarding: int
    defamation: int
    conduct: int
    tone: str
    because: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    gone_at: datetime | None = None  #: when it was found deleted at its source


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to be sent to one channel."""

    channel: str
    kind: str  #: alert, raised, rollup, digest, health, test
    key: str  #: what it tells; a channel is told it once
    payload: Mapping[str, Any]  #: ids and figures to render it from; no texts
    urgency: int  #: 0 first
    due_at: datetime
    case_id: int | None = None
    digest_id: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in the outbox."""

    id: int
    channel: str
    kind: str
    key: str
    payload: Mapping[str, Any] = field(hash=False)
    urgency: int
    state: str
    attempts: int
    repeat: bool  #: an earlier attempt may have arrived
    created_at: datetime
    case_id: int | None
    digest_id: int | None
    token: str  #: "" while not claimed

    @property
    def reference(self) -> str:
        """A stable name of the message, the same in every attempt."""
        return str(self.payload.get("reference") or f"W-{self.id}")


@dataclass(frozen=True, slots=True)
class DigestRow:
    """A weekly digest as it was written."""

    week: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many mentions of one kind a period had."""

    source: str
    decision: str
    about: str
    tone: str
    safeguarding: int
    defamation: int
    conduct: int
    count: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many mentions lost their texts."""

    quiet: int = 0
    digest: int = 0
    dismissed: int = 0
    deleted: int = 0  #: because their authors had deleted the posts
    erased: int = 0  #: at somebody's request, post and all


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: int
    name: str
    role: str
    email: str
    password: str | None = field(repr=False)  #: argon2id; None until they have joined
    totp: str | None = field(repr=False)  #: encrypted
    totp_step: int
    removed_at: datetime | None
    subject: str | None = field(default=None, repr=False)  #: of their account at an OpenID provider
    feed: str | None = field(default=None, repr=False)  #: hash of the secret in their feed's address


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets somebody choose a password and join."""

    name: str
    email: str
    role: str
    totp: str = field(repr=False)  #: encrypted
    invite: str = field(repr=False)  #: hash of what they join with


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an OpenID provider has vouched for."""

    issuer: str
    subject: str = field(repr=False)  #: never given to anybody else by this issuer
    email: str  #: lower case; "" unless the provider has checked that it is theirs


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote about a case."""

    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit log."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Version:
    """A mention as it stood at one time."""

    mention_id: int
    version: int
    seen_at: datetime
    title: str  #: "" once retention has taken it
    text: str
    receipts: tuple[Receipt, ...] = ()  #: as a filed mention's


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases to list. Empty fields ask for nothing."""

    state: str = ""  #: open, closed
    concern: str = ""  #: graded at least 1
    source: str = ""  #: name of a source
    words: str = ""  #: part of a reference, of a source's name or of who looks after it
    one_of: tuple[str, ...] = ()  #: flags of a case of which one at least must be set
    none_of: tuple[str, ...] = ()  #: flags that must not be


@dataclass(frozen=True, slots=True)
class Holding:
    """How many mentions of one kind have texts, and since when."""

    kind: str  #: quiet, digest, alert
    count: int
    oldest: datetime | None

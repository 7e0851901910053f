"""The tables. They say what is true; a queue, where there is one, only says that work exists."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept in UTC. Refuses naive values; SQLite would drop the zone silently."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware time; got the naive {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _federation() -> Column[Any]:
    return Column("federation_id", ForeignKey("federations.id"), nullable=False)


federations = Table(
    "federations",
    metadata,
    _id(),
    Column("name", String(200), nullable=False, unique=True),
    Column("reference", String(8), nullable=False),  #: prefix of case references: "SV"
    Column("last_case", Integer, nullable=False, server_default="0"),  #: number of the newest case
    Column("created_at", Moment, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    _id(),
    _federation(),
    Column("name", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("address", Text, nullable=False, server_default=""),  #: for people; never a secret
    Column("every_seconds", Integer, nullable=False),
    Column("active", Boolean, nullable=False),  #: False: no longer in the configuration
    Column("cursor", Text),
    Column("due_at", Moment, nullable=False),
    Column("lease_token", String(32)),
    Column("lease_until", Moment),
    Column("last_success_at", Moment),
    Column("last_new_at", Moment),  #: when it last brought a new item
    Column("seen", Integer, nullable=False, server_default="0"),  #: items at the last success
    Column("item_count", Integer, nullable=False, server_default="0"),  #: new items since it was added
    Column("failures", Integer, nullable=False, server_default="0"),  #: in a row
    Column("failing_since", Moment),
    Column("error_kind", String(20)),  #: Unreachable, RateLimited, Malformed, Refused
    Column("error", Text),
    Column("reported_blind_at", Moment),  #: when people were last told that it is blind
    Column("rechecked_at", Moment),  #: when its posts in open cases were last looked at for deletions
    Column(
        "remark", Text, nullable=False, server_default=""
    ),  #: what people should know although the poll was good
    Column("partial", Boolean, nullable=False, server_default=false()),  #: by the remark, not all could be seen
    UniqueConstraint("federation_id", "name"),
    Index(None, "due_at"),
)

cases = Table(
    "cases",
    metadata,
    _id(),
    _federation(),
    Column("reference", String(24), nullable=False),  #: "SV-2026-0142"
    Column("state", String(12), nullable=False),  #: open, closed
    Column("verdict", String(24)),  #: given by a person when closing
    Column("decision", String(8), nullable=False),  #: alert, digest
    Column("safeguarding", Integer, nullable=False),  #: highest grade among its mentions
    Column("defamation", Integer, nullable=False),
    Column("conduct", Integer, nullable=False),
    Column("alerted", Integer, nullable=False, server_default="0"),  #: how many alerts were raised for it
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("acknowledged_at", Moment),
    Column("acknowledged_by", String(200)),
    Column("closed_at", Moment),
    Column("assigned_to", String(200)),  #: sign-in name of whoever looks after it
    Column("concerns_head", Boolean, nullable=False, server_default=false()),  #: an allegation names the head
    Column("concerns_dsl", Boolean, nullable=False, server_default=false()),  #: one names the safeguarding lead
    Column("names_head", Boolean, nullable=False, server_default=false()),  #: the head is named, accused or not
    Column("change", String(8)),  #: an edit since anybody looked: "new", then "told"
    UniqueConstraint("federation_id", "reference"),
    Index(None, "federation_id", "state", "opened_at"),
)

mentions = Table(
    "mentions",
    metadata,
    _id(),
    _federation(),
    Column("source_id", ForeignKey("sources.id"), nullable=False),
    Column("case_id", ForeignKey("cases.id")),  #: None while quiet
    Column("post_id", Text, nullable=False),  #: the source's own id
    Column("url", Text, nullable=False),
    Column("canonical_url", Text, nullable=False),
    Column("platform", String(20), nullable=False),
    Column("title", Text),  #: texts are NULL once retention has taken them
    Column("author", Text),
    Column("bio", Text),
    Column("text", Text),
    Column("language", String(35), nullable=False, server_default=""),
    Column("published_at", Moment),
    Column("first_seen_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),  #: when it last changed or reappeared
    Column("gone_at", Moment),  #: when it was found deleted at its source
    Column("version", Integer, nullable=False),  #: 1 for a post never edited
    Column("content_hash", String(64), nullable=False),  #: of title, author, bio and text as sent
    Column("fingerprint", String(64), nullable=False),  #: of the normalised text; equal texts are one matter
    Column("shingles", JSON),  #: sorted 32-bit hashes of word groups, to find near-duplicates
    Column("matched", JSON, nullable=False),  #: the words that made it a mention
    Column("decision", String(8), nullable=False),  #: alert, digest, quiet
    Column("about", String(8), nullable=False),
    Column("safeguarding", Integer, nullable=False),
    Column("defamation", Integer, nullable=False),
    Column("conduct", Integer, nullable=False),
    Column("tone", String(10), nullable=False),
    Column("judged", Boolean, nullable=False),  #: False: in a language that cannot be judged
    UniqueConstraint("source_id", "post_id"),
    Index(None, "federation_id", "canonical_url"),
    Index(None, "federation_id", "fingerprint"),
    Index(None, "federation_id", "first_seen_at"),
    Index(None, "case_id"),
)

bands = Table(
    "bands",
    metadata,
    _id(),
    _federation(),
    Column("mention_id", ForeignKey("mentions.id", ondelete="CASCADE"), nullable=False),
    Column("band", BigInteger, nullable=False),  #: one of the mention's smallest shingles
    Index(None, "federation_id", "band"),
    Index(None, "mention_id"),
)

versions = Table(
    "versions",
    metadata,
    _id(),
    Column("mention_id", ForeignKey("mentions.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("title", Text),
    Column("text", Text),
    Column("fingerprint", String(64)),  #: as a mention's; None before migration 0006
    Column("receipts", JSON),  #: the outside of the HTTP answers of which one held it, without addresses
    UniqueConstraint("mention_id", "version"),
    Index(None, "fingerprint"),
)

judgements = Table(
    "judgements",
    metadata,
    _id(),
    Column("mention_id", ForeignKey("mentions.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("model", String(80), nullable=False),
    Column("judged_at", Moment, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("because", JSON),  #: reasons in plain English; may quote the post, so retention takes them too
    Column("evidence", JSON),
    UniqueConstraint("mention_id", "version"),
)

digests = Table(
    "digests",
    metadata,
    _id(),
    _federation(),
    Column("week", String(10), nullable=False),  #: ISO week it is sent in, "2026-W48"
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    UniqueConstraint("federation_id", "week"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _federation(),
    Column("case_id", ForeignKey("cases.id")),
    Column("digest_id", ForeignKey("digests.id")),
    Column("channel", String(80), nullable=False),
    Column("kind", String(12), nullable=False),  #: alert, raised, rollup, digest, health, test
    Column("key", String(120), nullable=False),  #: what it tells, once per channel: "case:7:alert:1"
    Column("payload", JSON, nullable=False),  #: ids and figures its message is rendered from; no texts
    Column("urgency", Integer, nullable=False),  #: 0 first: safeguarding 0, defamation 1, conduct 2, rest 3
    Column("state", String(10), nullable=False),  #: pending, sending, sent, ambiguous, rolled, failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("repeat", Boolean, nullable=False, server_default=false()),  #: mark "(possible repeat)"
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease_token", String(32)),
    Column("lease_until", Moment),
    Column("sent_at", Moment),
    Column("error", Text),
    Column("rolled_into", ForeignKey("deliveries.id")),
    UniqueConstraint("federation_id", "channel", "key"),
    Index(None, "state", "due_at"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _federation(),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),  #: a person's sign-in name, or "watcher"
    Column("action", String(40), nullable=False),
    Column("subject", String(120), nullable=False),  #: "case SV-2026-0142"
    Column("detail", JSON, nullable=False),  #: never a post's text
    Column("chain", String(64), nullable=False),  #: SHA-256 over this row and the chain value before it
)

people = Table(
    "people",
    metadata,
    _id(),
    _federation(),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("email", String(254), nullable=False),  #: what they sign in with, lower case
    Column("password", Text),  #: argon2id; None until they have joined
    Column("totp", Text),  #: second factor's secret, encrypted
    Column("totp_step", BigInteger, nullable=False, server_default="0"),  #: last one used; none works twice
    Column("invite", String(64)),  #: hash of the invitation that has not been used yet
    Column("invite_until", Moment),
    Column("created_at", Moment),
    Column("removed_at", Moment),
    Column("issuer", String(200)),  #: of the OpenID account they sign in with, once they have
    Column("subject", String(255)),  #: that account, as its issuer names it for ever
    Column("feed", String(64)),  #: hash of the secret in the address of their feed; None: they have none
    UniqueConstraint("federation_id", "email"),
    Index(None, "federation_id", "issuer", "subject", unique=True),
    Index(None, "feed", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    Column("person_id", ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("token", String(64), nullable=False, unique=True),  #: hash of the cookie
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index(None, "person_id"),
)

comments = Table(
    "comments",
    metadata,
    _id(),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "case_id"),
)

proofs = Table(
    "proofs",
    metadata,
    _id(),
    _federation(),
    Column("channel", String(80), nullable=False),
    Column("week", String(10), nullable=False),  #: of the test, as a digest's
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),  #: sign-in name of whoever it reached
    UniqueConstraint("federation_id", "channel", "week"),
)

tombstones = Table(
    "tombstones",
    metadata,
    _id(),
    _federation(),
    Column("post_key", String(64), nullable=False),  #: keyed hash of an erased post's source and id
    Column("erased_at", Moment, nullable=False),
    UniqueConstraint("federation_id", "post_key"),
)

settings = Table(
    "settings",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

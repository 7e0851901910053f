"""Who holds which office, how posts may name them, and the channel that reaches them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

OFFICES = ("head", "deputy", "dsl", "chair", "technician")
#: Their channels hear of a case only where it needs them: the chair for the head's, the technician for none.
APART = ("chair", "technician")


@dataclass(frozen=True, slots=True)
class Contact:
    """One person in one office; who holds two stands here twice."""

    role: str  #: one of OFFICES
    names: tuple[str, ...]  #: how posts may name them
    channel: str  #: "" where no channel is theirs


def channel_of(contacts: Sequence[Contact], role: str) -> str:
    """Return the channel of the first person in an office who has one, or ""."""
    return next((contact.channel for contact in contacts if contact.role == role and contact.channel), "")


def kept_apart(contacts: Sequence[Contact]) -> frozenset[str]:
    """Return the channels that reach only people who do not work on cases day by day."""
    shared = {contact.channel for contact in contacts if contact.role not in APART}
    return frozenset(
        contact.channel
        for contact in contacts
        if contact.role in APART and contact.channel and contact.channel not in shared
    )

"""Does a post name the head or the safeguarding lead, and does it accuse them? Then others must judge it. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from classifiers.judgement import Judgement
from classifiers.plain import plain
from watcher.contacts import Contact, channel_of

#: How posts speak of an office without naming anybody.
_TITLES = {
    "head": re.compile(
        r"\b(head ?teacher|head ?master|head ?mistress|acting head|head of (the |this )?(nursery|school))\b"
    ),
    "dsl": re.compile(r"\b((designated )?safeguarding (lead|officer)|dsl)\b"),
}


@dataclass(frozen=True, slots=True)
class Involved:
    """Who of those that decide on cases stands in one themselves."""

    names_head: bool = False  #: the head is named beside any concern: the chair is told too
    accuses_head: bool = False  #: something is alleged of the head: the chair alone decides
    accuses_dsl: bool = False  #: something is alleged of the safeguarding lead: the head decides


Involves = Callable[[str, Judgement], Involved]


def nobody(text: str, judgement: Judgement) -> Involved:
    """Find nobody: where there is no one else to tell, everybody is told as usual."""
    return Involved()


def involver(contacts: Sequence[Contact], channels: Sequence[str]) -> Involves:
    """Return what tells who is involved in a text; `channels` are the names of all there are.

    Nobody is kept from a case where no other channel could carry it.
    """
    chair = channel_of(contacts, "chair")
    heads = _finder(contacts, "head") if chair else None
    leads = _finder(contacts, "dsl") if _another_decides(contacts, channels) else None

    def involves(text: str, judgement: Judgement) -> Involved:
        said = f" {plain(text)} "
        alleged = bool(judgement.defamation or judgement.conduct)
        head = bool(heads and heads(said)) and (alleged or bool(judgement.safeguarding))
        lead = bool(leads and leads(said)) and alleged
        return Involved(names_head=head, accuses_head=head and alleged, accuses_dsl=lead)

    return involves


def _another_decides(contacts: Sequence[Contact], channels: Sequence[str]) -> bool:
    lead = channel_of(contacts, "dsl")
    return bool(lead) and any(name not in (lead, channel_of(contacts, "technician")) for name in channels)


def _finder(contacts: Sequence[Contact], office: str) -> Callable[[str], bool]:
    """Return what finds an office in plain words, by its title, by its holder's names or by their other offices."""
    held = {office} | ({"dsl"} if office == "head" and _is_both(contacts) else set())
    names = [f" {plain(name)} " for one in contacts if one.role in held for name in one.names if plain(name)]
    titles = [_TITLES[role] for role in held]
    return lambda said: any(title.search(said) for title in titles) or any(name in said for name in names)


def _is_both(contacts: Sequence[Contact]) -> bool:
    """Tell whether the head is the safeguarding lead too."""
    head, lead = channel_of(contacts, "head"), channel_of(contacts, "dsl")
    return bool(head) and head == lead

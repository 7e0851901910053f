"""Who may do what. Pure.

A right is what a page or an action asks for. Cases in which an allegation names the head are not the head's to
judge: only the chair of governors sees them. Beside them the chair sees what else names the head, and no more. What
is alleged of the safeguarding lead, they do not see.
"""

from watcher.store.records import CaseRow

ROLES = {
    "head": "headteacher",
    "deputy": "deputy headteacher",
    "dsl": "designated safeguarding lead",
    "chair": "chair of governors",
    "governor": "governor",
    "dpo": "data protection officer",
    "technician": "technician",
}

_DECIDES = frozenset({"cases", "texts", "decide", "digests", "sources", "poll", "held", "export"})
RIGHTS: dict[str, frozenset[str]] = {
    "head": _DECIDES,
    "deputy": _DECIDES,
    "dsl": _DECIDES,
    "chair": frozenset({"cases", "texts", "decide", "digests", "held", "export"}),
    "governor": frozenset({"digests"}),
    "dpo": frozenset({"digests", "sources", "held", "audit"}),
    "technician": frozenset({"sources", "poll", "held"}),
}
#: Where each role begins: the first of these that it may see.
HOMES = (("cases", "/cases"), ("audit", "/audit"), ("digests", "/digests"), ("sources", "/sources"))


def may(role: str, right: str) -> bool:
    """Tell whether a role has a right; everybody may start."""
    return right == "start" or right in RIGHTS.get(role, frozenset())


def one_of(role: str) -> tuple[str, ...]:
    """Return the flags of which a case must have one for a role to see it; none for most."""
    return ("concerns_head", "names_head") if role == "chair" else ()


def none_of(role: str) -> tuple[str, ...]:
    """Return the flags that keep a case from a role."""
    return {"chair": (), "dsl": ("concerns_head", "concerns_dsl")}.get(role, ("concerns_head",))


def may_see(role: str, case: CaseRow) -> bool:
    """Tell whether a role may see a case at all."""
    wanted, kept = one_of(role), none_of(role)
    fits = not wanted or any(getattr(case, flag) for flag in wanted)
    return may(role, "cases") and fits and not any(getattr(case, flag) for flag in kept)


def home(role: str) -> str:
    """Return the path of a role's first page."""
    return next(path for right, path in HOMES if may(role, right))

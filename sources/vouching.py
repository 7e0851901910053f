"""Who signed a mail, as the own mail server found when it came in (RFC 8601). Pure.

Only what the own server wrote counts: its name must stand in the topmost Authentication-Results, since everything
below may have come with the mail.
"""

import re
from dataclasses import dataclass

NAMELESS = "-"  #: a server that does not say who it is
_SIGNED = re.compile(r"dkim(?:\s*/\s*\d+)?\s*=\s*pass\b", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a server says of a mail."""

    server: str = ""  #: how it calls itself; "" where nobody says anything
    signers: frozenset[str] = frozenset()  #: domains whose signature it found right

    def proves(self, address: str, server: str) -> bool:
        """Tell whether the named server found that the domain of an address, or one above it, has signed.

        The server "-" is one that writes no name of its own, as Microsoft's.
        """
        domain = address.rpartition("@")[2]
        return self.server == server.lower() and any(
            domain == signer or ("." in signer and domain.endswith(f".{signer}")) for signer in self.signers
        )


def read_vouching(topmost: str) -> Vouched:
    """Read the topmost Authentication-Results of a mail, as it came: unfolded, nothing decoded."""
    said, *results = _bare(topmost).split(";")
    server = (said.split() or [""])[0].lower()
    if "=" in said:  # a result stands where the name should
        server, results = NAMELESS, [said, *results]
    signers = {_signer(result) for result in results if _SIGNED.match(result.strip())}
    return Vouched(server, frozenset(signers - {""}))


def _signer(result: str) -> str:
    """Return the domain of a right signature: `header.d`, or that of the `header.i` which some write instead."""
    found = dict(reversed(re.findall(r"\bheader\.([di])\s*=\s*(\S+)", result.lower())))
    domain = found.get("d") or found.get("i", "").rpartition("@")[2]
    return domain.rstrip(".") if _DOMAIN.fullmatch(domain.rstrip(".")) else ""


def _bare(text: str) -> str:
    """Return a field without comments, and of quoted texts those that cannot be mistaken for more than a value."""
    pieces: list[str] = []
    depth = 0
    for piece in re.findall(r'"(?:[^"\\]|\\.)*"|\\.|[()]|[^"\\()]+|["\\]', text, re.DOTALL):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif not depth and piece.startswith('"'):
            pieces.append(piece[1:-1] if re.fullmatch(r'"[\w.@+-]*"', piece, re.ASCII) else "?")
        elif not depth:
            pieces.append(piece)
    return "".join(pieces)

"""Pages that a site shows to programs in place of its own."""

import re

_CHALLENGE = re.compile(r"just a moment|are you a robot|captcha|attention required|access denied", re.IGNORECASE)


def wants_person(title: str) -> bool:
    """Tell by its title whether a page wants proof that a person is asking."""
    return bool(_CHALLENGE.search(title))

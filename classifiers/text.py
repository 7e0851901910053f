"""What a classifier is given: a text with its context, and the words of the school it may concern."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A post as a reader sees it."""

    text: str
    title: str = ""  #: thread or article title
    author: str = ""  #: display name
    bio: str = ""  #: the author's public profile line
    platform: str = "other"


@dataclass(frozen=True, slots=True)
class Names:
    """The watched federation's own words, by what each says. They never become features themselves."""

    full: tuple[str, ...] = ()  #: any of these is the school: names, aliases, hashtags, handles
    ambiguous: tuple[str, ...] = ()  #: short names that mean other things too
    places: tuple[str, ...] = ()  #: local words, speak for the school
    against: tuple[str, ...] = ()  #: the namesakes' words, speak against it

"""Words that a person has hidden from machines, spelt out: s p a c e d, l.e.t.t.e.r.s, n4mes, st*le, stoooole.

A word is spelt anew only where the result is a word this program knows, so that dates, prices, initials and
handles stay.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice, product

from classifiers.fields import meaning_of
from classifiers.folding import Folded, letter_lines
from classifiers.vocabulary import grave_words, is_known, known_words

_Speller = Callable[[re.Match[str]], str]

_SIGN = r"[a-z\d@$\u20ac\u00a3!*]"
#: Four or more single letters with the same gap between them.
_SPACED = re.compile(
    rf"(?<![\w'.@]){_SIGN}(?P<gap>[ \t.\-_*\u00b7\u2022/|,~+]{{1,2}}){_SIGN}(?:(?P=gap){_SIGN}){{2,}}(?![\w'])"
)
#: Two or three such letters that stand apart, as they do in a text written so throughout.
_SPACED_SHORT = re.compile(r"(?:(?<=[ \t]{2})|(?<![\s\S]))[a-z](?: [a-z]){1,2}(?=[ \t]{2}|[.!?]|$)")
_SIGNED = re.compile(r"(?<![\w@#./$\u20ac\u00a3])[\w@$\u20ac\u00a3\u00a5!|+]{3,24}(?![\w@/])")
#: A word with figures inside, as in a name that no list knows (s4ndb4nk, 4v4), also behind a #, and what may be one
#: (17, h3, d0n'7).
_FIGURED = re.compile(r"(?<![\w@#./:])(?=[a-z\d]*\d)(?=\d*[a-z])[a-z\d]{3,}(?![\w@/])")
_TAGGED = re.compile(r"(?<=#)(?=[a-z\d]*\d)(?=\d*[a-z])[a-z\d]{3,}(?!\w)")
_NUMBERED = re.compile(
    r"(?<![\w@#./:,\u00a3$\u20ac])(?=[a-z']*\d)[a-z\d]{1,12}(?:'[a-z\d]{1,3})?(?![\w@/:%]|[.,]\d)"
)
#: So many words with figures for letters are a habit; where they are so large a share, numbers are words too.
HABIT, THROUGHOUT = 2, 0.15
_LOOKS_SIGNED = re.compile(
    r"[a-z][\d@$\u20ac\u00a3\u00a5!|+]+[a-z]|(?<!\w)[\d@$\u20ac\u00a3\u00a5]+[a-z]{2}|[a-z]{2}[\d$@]"
)
#: A number with its unit, an ordinal, a form or class: 3pm, 2nd, 4yo, 10k, y2, ks1, yr5.
_MEASURED = re.compile(r"[\u00a3$\u20ac]?\d+[a-z]{1,4}|(?:y|yr|yrs|year|ks|p|no|u|b|m|a)\d+[a-z]?")
#: A number that stays one even where every other word has figures for letters.
_UNIT = re.compile(r"\d+(?:st|nd|rd|th|am|pm|p|k|m|ft|cm|kg|yo|yrs?)")
_STARRED = re.compile(
    r"(?<![\w*@#])[a-z]+(?:[*\u2022\u25cf\u00d7#]+[a-z]+)+(?![\w*])|(?<![\w*])[a-z]+\*{2,}(?![\w*])"
)
_STARS = re.compile(r"[*\u2022\u25cf\u00d7#]")
_TRIPLE = re.compile(r"([a-z])\1\1")
_WORD_WITH_TRIPLE = re.compile(r"(?<!\w)[a-z]*?([a-z])\1\1[a-z]*(?!\w)")


def undisguise(folded: Folded) -> Folded:
    """Return the text with hidden words joined and spelt out; the same object where nothing is hidden."""
    joined = _replaced(folded, _SPACED, _joined)
    folded = joined if joined is folded else _replaced(joined, _SPACED_SHORT, _joined)
    if _LOOKS_SIGNED.search(folded.text):
        folded = _without_figures(folded)
    if _STARS.search(folded.text):
        folded = _replaced(folded, _STARRED, _unstarred)
    if _TRIPLE.search(folded.text):
        folded = _replaced(folded, _WORD_WITH_TRIPLE, _shortened)
    return folded


def _without_figures(folded: Folded) -> Folded:
    """Spell out figures inside words; where several known words have them, in strange words and numbers too."""
    hidden = sum(_unsigned(match) != match[0] for match in _SIGNED.finditer(folded.text))
    strange = sum(not _MEASURED.fullmatch(match[0]) for match in _FIGURED.finditer(folded.text))
    spelt = _replaced(folded, _SIGNED, _unsigned)
    if max(hidden, strange - 1) < HABIT:
        return spelt
    named = _replaced(spelt, _FIGURED, _unsigned_name)
    if max(hidden, strange) < THROUGHOUT * len(folded.text.split()):
        return named
    return _replaced(_replaced(named, _TAGGED, _unsigned_name), _NUMBERED, _numbered_word)


def _unsigned_name(match: re.Match[str]) -> str:
    token = match[0]
    return token if _MEASURED.fullmatch(token) else _likeliest(token)


def _numbered_word(match: re.Match[str]) -> str:
    token = match[0]
    word = next((way for way in _ways_to_spell(token) if _stands_alone(way.replace("'", ""))), None)
    if word is None:
        return token if token.isdecimal() or _UNIT.fullmatch(token) else _likeliest(token)
    return word if len(word) > 1 or word in "ai" else token


def _likeliest(token: str) -> str:
    letters = _letters_of_signs()
    return "".join(letters[sign][0] if sign in letters else sign for sign in token)


def _replaced(folded: Folded, pattern: re.Pattern[str], spelt: _Speller) -> Folded:
    """Return the text with each match spelt anew."""
    pieces: list[str] = []
    origins: list[int] = []
    start = 0
    for match in pattern.finditer(folded.text):
        new = spelt(match)
        if new == match[0]:
            continue
        pieces += (folded.text[start : match.start()], new)
        origins += folded.origins[start : match.start()]
        origins += _spread(folded.origins[match.start() : match.end()], match[0], new)
        start = match.end()
    if not pieces:
        return folded
    pieces.append(folded.text[start:])
    return Folded("".join(pieces), (*origins, *folded.origins[start:]))


def _spread(origins: Sequence[int], old: str, new: str) -> Iterator[int]:
    """Tell where each new character came from."""
    if len(old) == len(new):
        yield from origins
        return
    letters = [origin for origin, sign in zip(origins, old, strict=True) if re.match(_SIGN, sign) and sign != "*"]
    seen = 0
    for sign in new:
        yield letters[min(seen, len(letters) - 1)]
        seen += sign != " "


def _joined(match: re.Match[str]) -> str:
    gap = match.groupdict().get("gap", " ")
    signs = match[0].replace(gap, "") if gap else match[0]
    letters = signs if signs.isalpha() else _spelt_with_letters(signs)
    if letters is None or len(set(letters)) < 3 or letters in "abcdefghijklmnopqrstuvwxyz":
        return match[0]
    words = _split(letters)
    if words is None:
        return letters if len(letters) > 4 and gap.isspace() else match[0]
    return words


@lru_cache(maxsize=4096)
def _split(letters: str) -> str | None:
    """Return glued words apart, as few as possible; None where they are not known words."""
    if is_known(letters):
        return letters
    best: list[str | None] = [""] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        ways = [
            f"{before} {letters[start:end]}".strip()
            for start in range(max(0, end - 16), end)
            if (before := best[start]) is not None and _stands_alone(letters[start:end])
        ]
        best[end] = min(ways, key=lambda way: way.count(" "), default=None)
    return best[-1]


def _stands_alone(word: str) -> bool:
    return word in ("a", "i") or (len(word) > 1 and is_known(word))


def _unsigned(match: re.Match[str]) -> str:
    token = match[0]
    bare = token.rstrip("!|+")
    if bare.isalpha() or bare.isdigit() or _MEASURED.fullmatch(bare):
        return token
    letters = _spelt_with_letters(bare)
    return letters + token[len(bare) :] if letters else token


@lru_cache(maxsize=4096)
def _spelt_with_letters(token: str) -> str | None:
    """Return the known word that a token with figures and signs stands for."""
    if sum(sign.isalpha() for sign in token) * 3 < len(token):
        return None
    return next((word for word in _ways_to_spell(token) if is_known(word)), None)


def _ways_to_spell(token: str) -> Iterator[str]:
    """Yield at most sixteen words that figures and signs may stand for, the likeliest first."""
    choices = [(sign,) if sign.isalpha() or sign == "'" else _letters_of_signs().get(sign, ()) for sign in token]
    return ("".join(letters) for letters in islice(product(*choices), 16))


@cache
def _letters_of_signs() -> dict[str, tuple[str, ...]]:
    rows = (line.split() for line in letter_lines("signs"))
    return {row[0]: tuple(row[1:]) for row in rows}


def _unstarred(match: re.Match[str]) -> str:
    return _starred_word(match[0]) or match[0]


@lru_cache(maxsize=4096)
def _starred_word(token: str) -> str | None:
    """Return the known word with letters where the stars are: grave words first, then what people would hide."""
    exact = re.compile(_STARS.sub("[a-z]", token))
    for words in (grave_words(), known_words()):
        fitting = [word for word in words if len(word) == len(token) and exact.fullmatch(word)]
        if fitting:
            return min(fitting, key=lambda word: (not _is_hidden(word), word))
    loose = re.compile(re.sub(rf"(?:{_STARS.pattern})+", "[a-z]{1,3}", token))
    return min((word for word in grave_words() if loose.fullmatch(word)), default=None)


def _is_hidden(word: str) -> bool:
    meaning = meaning_of(word)
    return meaning is not None and (meaning.alarm > 0 or "swear" in meaning.fields)


def _shortened(match: re.Match[str]) -> str:
    """Return a drawn-out word (stoooole) as it is usually written."""
    for kept in (r"\1", r"\1\1"):
        word = re.sub(r"([a-z])\1{2,}", kept, match[0])
        if is_known(word):
            return word
    return re.sub(r"([a-z])\1{2,}", r"\1\1", match[0])

"""The working document that the steps of the pipeline read and fill in.

Invariant: a token's ``start`` and ``end`` point into the raw text, which no step changes; steps only add.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trucewatch.reading.model import (
    Candidate,
    Claim,
    Correction,
    Evidence,
    Mention,
    Sentence,
    Voice,
)
from trucewatch.transcript.model import Transcript

if TYPE_CHECKING:
    from trucewatch.reading.captions import Captions
    from trucewatch.reading.clauses import Clauses
    from trucewatch.reading.frames import Opening
    from trucewatch.reading.lexicon import Lexicon
    from trucewatch.theatre.model import Entity

# A word: dotted letters ("h.t.s."), money and numbers ("$40,000.00", "0n" and "t-55" come apart), or letters with apostrophes.
_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W\d_]))?"
    r"|[$€£]?\d+(?:[.,]\d+)*(?:%|st\b|nd\b|rd\b|th\b|s\b)?(?![^\W\d_])"
    r"|[^\W_]+(?:['’ʼ`][^\W_]+)*['’]?"
)
_POSSESSIVE = re.compile(r"['’ʼ`]s$|(?<=s)['’ʼ`]$")
_ZERO = re.compile(r"(?<=[a-z])0|0(?=[a-z])")

# What folding makes of each ASCII character, for the many spellings that have no other.
_PLAIN = {code: None if chr(code) in "'`" else chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}

BREAK_NONE, BREAK_COMMA, BREAK_SENTENCE, BREAK_TURN = 0, 1, 2, 3


def fold(text: str) -> str:
    """A text in lower case without accents, apostrophes or punctuation, words parted by single spaces.

    Names and heard words are compared in this form.
    """
    if text.isascii():
        return " ".join(text.translate(_PLAIN).split())
    text = unicodedata.normalize("NFKD", text)
    text = "".join(ch for ch in text if not unicodedata.combining(ch)).lower()
    text = re.sub(r"['’ʼ`ʻ‘ʾʿ]", "", text)
    return re.sub(r"[^\w]+", " ", text).replace("_", " ").strip()


@dataclass(slots=True)
class Token:
    """One word of the raw text. ``norm`` is its folded form without a possessive ending; ``brk`` what parts it from the word before."""

    i: int
    start: int
    end: int
    raw: str
    lower: str
    norm: str
    brk: int = BREAK_NONE
    possessive: bool = False
    dotted: bool = False
    number: bool = False
    capital: bool = False


@dataclass(slots=True)
class Number:
    """A number heard: tokens ``first`` to ``last`` (inclusive) and the range it says; an open end is None.

    ``head`` is the first token of the number proper, after words such as "more than".
    """

    first: int
    last: int
    head: int
    low: int | None
    high: int | None
    unit: str = ""
    ordinal: bool = False
    mangled: str | None = None


@dataclass(slots=True)
class Name:
    """A name found: tokens ``first`` to ``last`` (inclusive), the entity it was taken for, and why."""

    first: int
    last: int
    entity: Entity
    name: str
    kind: str
    how: str
    confidence: float
    recovered: bool = False
    candidates: tuple[Candidate, ...] = ()
    why: tuple[Evidence, ...] = ()


@dataclass(slots=True)
class Span:
    """A claim in the making: tokens ``first`` to ``last`` (inclusive), its type, the model's confidence, its trigger tokens."""

    first: int
    last: int
    type: str
    confidence: float
    trigger: tuple[int, int]
    why: list[Evidence] = field(default_factory=list)
    opening: Opening | None = None


@dataclass(slots=True)
class Document:
    """One transcript on its way through the pipeline."""

    transcript: Transcript
    lexicon: Lexicon
    theatre: str | None = None
    tokens: list[Token] = field(default_factory=list)
    cased: bool = False
    punctuated: bool = False
    numbers: list[Number] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    suggested: list[Name] = field(default_factory=list)
    fixes: dict[int, tuple[int, str]] = field(default_factory=dict)
    theatres: list[tuple[str, float]] = field(default_factory=list)
    chances: dict[str | None, float] = field(default_factory=dict)
    stretches: list[tuple[int, int, str, float]] = field(default_factory=list)
    local_theatre: list[str | None] = field(default_factory=list)
    local_country: list[str | None] = field(default_factory=list)
    items: tuple[object, Any] | None = None
    captions: Captions | None = None
    clauses: Clauses | None = None
    boundaries: list[float] = field(default_factory=list)
    sentence_starts: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    text: str = ""
    warnings: list[str] = field(default_factory=list)
    threads: int | None = None

    @property
    def raw(self) -> str:
        """The raw text."""
        return self.transcript.raw

    def quote(self, first: int, last: int) -> str:
        """The raw text from token ``first`` to token ``last`` (inclusive)."""
        return self.raw[self.tokens[first].start : self.tokens[last].end]

    def words(self, first: int, last: int) -> list[str]:
        """Normal forms of tokens ``first`` to ``last`` (inclusive, clipped to the text), corrections put in."""
        out: list[str] = []
        i = max(first, 0)
        while i <= min(last, len(self.tokens) - 1):
            if i in self.fixes:
                end, read = self.fixes[i]
                out.extend(fold(read).split())
                i = end + 1
            else:
                out.append(self.tokens[i].norm)
                i += 1
        return out

    def words_by_token(self) -> list[str]:
        """The normal form of each token, corrections put in from their first token on; "" where a correction has fewer words."""
        out = [t.norm for t in self.tokens]
        for first, (last, read) in self.fixes.items():
            pieces = fold(read).split()
            out[first : last + 1] = [pieces[k] if k < len(pieces) else "" for k in range(last + 1 - first)]
        return out


def tokenise(raw: str) -> list[Token]:
    """The words of a raw text with what parts them: commas, ends of sentences, turns (">>", a new paragraph)."""
    tokens: list[Token] = []
    end = 0
    for match in _WORD.finditer(raw):
        text = match.group()
        gap = raw[end : match.start()]
        previous = tokens[-1] if tokens else None
        lower = text.lower()
        dotted = bool(re.match(r"(?:[^\W\d_]\.){2,}", text))
        number = bool(re.match(r"[$€£]?\d", text))
        bare = _POSSESSIVE.sub("", text)
        if dotted:
            norm = fold(lower.replace(".", ""))
        elif number and not re.search(r"[^\W\d_]", text):
            norm = lower.lstrip("$€£")
        else:
            norm = fold(_ZERO.sub("o", bare.lower())) or lower
        brk = _break(gap)
        if (
            previous is not None
            and previous.dotted
            and brk == BREAK_NONE
            and text[:1].isupper()
            and previous.raw.endswith(".")
        ):
            brk = BREAK_NONE if len(previous.norm) > 1 else BREAK_SENTENCE
        tokens.append(
            Token(
                len(tokens),
                match.start(),
                match.end(),
                text,
                lower,
                norm,
                brk if tokens else BREAK_TURN,
                bare != text,
                dotted,
                number,
                text[:1].isupper(),
            )
        )
        end = match.end()
    return tokens


def _break(gap: str) -> int:
    if ">>" in gap or "\n\n" in gap or "♪" in gap or ("\n" in gap and re.search(r"[.?!]", gap)):
        return BREAK_TURN
    if re.search(r"[.?!](?:\s|$|[\"”’)])|[.?!]{2,}", gap):
        return BREAK_SENTENCE
    if re.search(r"[,;:–—]|--|\s-\s|[()]", gap):
        return BREAK_COMMA
    return BREAK_NONE


def is_cased(tokens: list[Token]) -> bool:
    """True where capitals tell names from words: mixed case, and not only the first words of sentences."""
    inside = [t for t in tokens if t.brk < BREAK_SENTENCE and t.lower not in {"i", "i'm", "i've", "i'd", "i'll"}]
    capitals = sum(t.capital for t in inside)
    return bool(inside) and 0.02 < capitals / len(inside) < 0.6


def is_punctuated(tokens: list[Token], raw: str) -> bool:
    """True where the text carries ends of sentences often enough to trust them (at least one in 40 words)."""
    ends = sum(t.brk >= BREAK_SENTENCE for t in tokens[1:]) + raw.rstrip(" \n\"”’')]").endswith((".", "?", "!"))
    return len(tokens) > 0 and ends / len(tokens) > 0.025

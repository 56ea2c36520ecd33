"""Step ``restore``: the text as a person would want to read it: sentences, capitals, names and misheard words put right."""

from __future__ import annotations

import itertools
import re

from trucewatch.reading.document import BREAK_COMMA, BREAK_TURN, Document, Name, fold
from trucewatch.reading.lexicon import spellings_of
from trucewatch.reading.model import Sentence

_QUESTION = frozenset(
    [
        "who",
        "what",
        "when",
        "where",
        "why",
        "how",
        "is",
        "are",
        "was",
        "were",
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "have",
        "has",
    ]
)
_SPACE = re.compile(r"\s+")
_MARKS = re.compile(r"\s*[.,;:?!]+\s*$|\s*(?:--|—)\s*$")


def restore(doc: Document) -> Document:
    """Fill in the restored text and the sentences with their raw offsets."""
    starts = [*doc.sentence_starts, len(doc.tokens)]
    names = {n.first: n for n in doc.names}
    out: list[Sentence] = []
    for first, end in itertools.pairwise(starts):
        text = _sentence(doc, first, end - 1, names)
        out.append(Sentence(start=doc.tokens[first].start, end=doc.tokens[end - 1].end, text=text))
    doc.sentences = out
    pieces = []
    for k, sentence in enumerate(out):
        turn = k and doc.tokens[doc.sentence_starts[k]].brk >= BREAK_TURN
        pieces.append(("\n" if turn else " " if k else "") + sentence.text)
    doc.text = "".join(pieces)
    return doc


def _sentence(doc: Document, first: int, last: int, names: dict[int, Name]) -> str:
    words: list[str] = []
    i = first
    while i <= last:
        token = doc.tokens[i]
        name = names.get(i)
        if i > first and words:
            if token.brk == BREAK_COMMA:
                words[-1] += _mark(doc, i)
            elif _comma(doc, i - 1):
                words[-1] += ","
        if name is not None and name.recovered and name.last <= last:
            words.append(spoken(name, doc) + ("'s" if doc.tokens[name.last].possessive else ""))
            i = name.last + 1
            continue
        if name is not None and name.how != "generic":
            words.append(" ".join(_named(name, doc, min(name.last, last))))
            i = min(name.last, last) + 1
            continue
        if i in doc.fixes and doc.fixes[i][0] <= last:
            words.append(doc.fixes[i][1])
            i = doc.fixes[i][0] + 1
            continue
        glue = i > first and doc.raw[doc.tokens[i - 1].end : token.start] == "-"
        shown_word = (
            token.raw
            if doc.cased
            else token.raw.lower()
            if not token.raw.isupper() or len(token.raw) == 1
            else token.raw
        )
        if token.lower in {"i", "i'm", "i've", "i'd", "i'll"}:
            shown_word = "I" + token.raw[1:]
        if not doc.cased and doc.captions is not None and doc.captions.token[doc.captions.first[i]] == i:
            shown_word = _cased(shown_word, doc.captions.case(i))
        if glue and words:
            words[-1] += f"-{shown_word}"
        else:
            words.append(shown_word)
        i += 1
    text = _SPACE.sub(" ", " ".join(words)).strip()
    text = text[:1].upper() + text[1:]
    end = "?" if _asks(doc, first, last) else "."
    return text if re.search(r"[.?!]$", text) else f"{_MARKS.sub('', text)}{end}"


def _named(name: Name, doc: Document, last: int) -> list[str]:
    """The words of a name that was heard right, with the capitals of the spelling that it has in its theatre."""
    shown = [doc.tokens[j].raw for j in range(name.first, last + 1)]
    heard = " ".join(doc.tokens[j].norm for j in range(name.first, last + 1))
    for spelling, _ in spellings_of(name.entity):
        written = spelling.removeprefix("the ").removeprefix("The ").split()
        if len(written) == len(shown) and fold(" ".join(written)) == heard:
            return [_like(name.first + k, own, doc) for k, own in enumerate(written)]
    return [_capital(w, doc) for w in shown]


def _like(i: int, written: str, doc: Document) -> str:
    """Token ``i`` with the capitals of how it is written elsewhere; what follows it (a possessive) stays small."""
    word = doc.tokens[i].raw
    if doc.cased and not word.islower():
        return word
    if written.islower():
        return _cased(word.lower(), doc.captions.case(i)) if doc.captions is not None else word.lower()
    bare = re.sub(r"['’‘`ʻʼ.]", "", written)
    if word.lower() == written.lower() or len(bare) == len(word):
        return written
    if written.isupper() and len(written) > 1 and word[: len(written)].lower() == written.lower():
        return written + word[len(written) :].lower()
    return _capital(word, doc) if written[:1].isupper() else word.lower()


def _mark(doc: Document, i: int) -> str:
    gap = doc.raw[doc.tokens[i - 1].end : doc.tokens[i].start].strip()
    return {";": ";", ":": ":"}.get(gap, " –" if gap in {"—", "–", "--", "-"} else ",")


def _comma(doc: Document, i: int) -> bool:
    """Whether the caption model has a comma after token ``i``, in text that has no punctuation of its own."""
    return doc.captions is not None and not doc.punctuated and doc.captions.mark(i) == ","


def _cased(word: str, case: str) -> str:
    """A word as the caption model writes it inside a sentence."""
    return word.upper() if case == "upper" else word[:1].upper() + word[1:] if case == "capital" else word


def _asks(doc: Document, first: int, last: int) -> bool:
    after = doc.raw[doc.tokens[last].end : doc.tokens[last].end + 3]
    if "?" in after:
        return True
    if doc.punctuated or "." in after:
        return False
    if doc.captions is not None:
        return doc.captions.asks(last)
    return (
        doc.tokens[first].norm in _QUESTION
        and last - first < 12
        and doc.tokens[first].norm not in {"when", "where", "who", "what", "how", "have", "has", "did", "do"}
    )


def _capital(word: str, doc: Document) -> str:
    small = {"of", "the", "and", "al", "el", "de", "in", "for", "ul"}
    if doc.cased and word[:1].isupper():
        return word
    if word.lower() in small:
        return word.lower()
    if "." in word.rstrip("."):
        return word.upper()  # an acronym's dotted letters
    return "-".join(piece[:1].upper() + piece[1:] for piece in word.split("-"))


def spoken(name: Name, doc: Document) -> str:
    """What the recovered name says in running text: its adjective where the adjective was heard, else its name."""
    entity = name.entity
    if name.how == "adjective" and entity.adjectives:
        return entity.adjectives[0]
    if name.how == "people" and entity.peoples:
        return entity.peoples[0]
    if name.how == "capital" and name.kind == "actor" and entity.capitals:
        return entity.capitals[0]
    if name.how == "acronym" and entity.acronyms:
        return entity.acronyms[0]
    return name.name

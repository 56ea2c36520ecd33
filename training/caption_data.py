"""What the caption model learns from: words as captions have them, with what was taken away as labels.

Two kinds of documents. Universal Dependencies English gives every label; punctuated text (``caption_texts.py`` gets it)
gives commas, ends of sentences, questions, case and changes of speaker. Both lose punctuation and capitals, and words
are those of the reader (``reading.captionwords``), so that training and reading see the same.

Shapes: every label is an int array of shape (words,); -100 where there is none to learn from. ``head`` is an index into
the document's words, -1 for a root.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trucewatch.reading.captionwords import CASES, MARKS, RELATIONS, TAGS, Piece, pieces_of
from trucewatch.reading.document import is_cased, is_punctuated, tokenise

UNKNOWN = -100
NOTHING, COMMA, PERIOD, QUESTION = range(len(MARKS))
LOWER, CAPITAL, UPPER, MIXED = range(len(CASES))
SPEAKER = "<speaker>"

_ABBREVIATED = """
mr mrs ms dr st gen sen rep lt col capt sgt maj gov rev hon prof jr sr no vs etc inc corp co ltd jan feb mar apr jun jul
aug sep sept oct nov dec mt ft pres supt adm cmdr cpl pvt sec e.g i.e
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
"""A full stop after one of these ends no sentence."""


@dataclass(slots=True)
class Labelled:
    """A document: its words in lower case, and a label of every kind for each (see the module's words)."""

    genre: str
    words: list[str] = field(default_factory=list)
    mark: list[int] = field(default_factory=list)
    case: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)
    tag: list[int] = field(default_factory=list)
    head: list[int] = field(default_factory=list)
    relation: list[int] = field(default_factory=list)

    def add(
        self, word: str, *, mark: int, case: int, start: int, turn: int, tag: int = UNKNOWN, head: int = UNKNOWN,
        relation: int = UNKNOWN,
    ) -> None:  # fmt: skip
        """One more word with its labels."""
        self.words.append(word)
        self.mark.append(mark)
        self.case.append(case)
        self.start.append(start)
        self.turn.append(turn)
        self.tag.append(tag)
        self.head.append(head)
        self.relation.append(relation)


def case_of(word: str) -> int:
    """How a word is written: lower, Capital, UPPER (two letters and more), miXed; without letters: lower."""
    letters = [ch for ch in word if ch.isalpha()]
    if not letters or word.islower():
        return LOWER
    if len(letters) > 1 and all(ch.isupper() for ch in letters):
        return UPPER
    if letters[0].isupper() and all(ch.islower() for ch in letters[1:]):
        return CAPITAL
    return MIXED if not letters[0].isupper() else CAPITAL


def case_at_start(word: str, name: bool | None) -> int:
    """The case of a sentence's first word as it would be inside one: that a sentence begins is another label's to say.

    ``name`` says whether it is a name; where that is not known, neither is the case of a capitalised word.
    """
    case = case_of(word)
    if case != CAPITAL or word == "I":
        return case
    return UNKNOWN if name is None else CAPITAL if name else LOWER


# ---------------------------------------------------------------- Universal Dependencies


def treebank(path: Path) -> Iterator[Labelled]:
    """The documents of a CoNLL-U file (gzipped), every label filled in; ``genre`` is GUM's, or "ewt"."""
    doc: Labelled | None = None
    for name, rows in _sentences(path):
        if name is not None:
            if doc is not None:
                yield doc
            parts = name.split("_")
            doc = Labelled(parts[1] if parts[0] == "GUM" else "ewt")
        if doc is not None:
            _add_sentence(doc, rows)
    if doc is not None:
        yield doc


def _sentences(path: Path) -> Iterator[tuple[str | None, list[list[str]]]]:
    """``(the document's name if one begins, the rows)`` of each sentence; rows of syntactic words only."""
    name: str | None = None
    rows: list[list[str]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# newdoc id = "):
                name = line[14:].strip()
            elif line[0].isdigit():
                cells = line.rstrip("\n").split("\t")
                if cells[0].isdigit():
                    rows.append(cells)
            elif line == "\n":
                yield name, rows
                name, rows = None, []


def _add_sentence(doc: Labelled, rows: list[list[str]]) -> None:
    """Add a sentence without its punctuation: what a mark governed goes to the mark's own head."""
    heads = {int(row[0]): int(row[6]) for row in rows}
    silent = {int(row[0]) for row in rows if row[3] == "PUNCT" or not re.search(r"\w|[%$&+'’]", row[1])}
    base = len(doc.words)
    place: dict[int, int] = {}
    for row in rows:
        if int(row[0]) not in silent:
            place[int(row[0])] = base + len(place)
    root = -1
    for row in rows:
        number = int(row[0])
        if number in silent:
            _mark_after(doc, row[1], base)
            continue
        head = heads[number]
        while head in silent:
            head = heads[head]
        relation = relation_of(row[7])
        at = place[number]
        if head == 0:
            if root < 0:
                root = at
            else:  # a second root only comes about where the root was punctuation
                head, relation = -1, RELATIONS.index("parataxis")
        case = case_at_start(row[1], row[3] == "PROPN") if at == base else case_of(row[1])
        target = -1 if head == 0 and root == at else root if head in (0, -1) else place[head]
        doc.add(
            row[1].lower().replace("’", "'"), mark=NOTHING, case=case, start=int(at == base), turn=UNKNOWN,
            tag=TAGS.index(row[3]) if row[3] in TAGS else UNKNOWN, head=target, relation=relation,
        )  # fmt: skip


def _mark_after(doc: Labelled, mark: str, base: int) -> None:
    """The strongest mark after a word counts: a sentence's end over a comma."""
    if len(doc.words) <= base:
        return
    label = (
        QUESTION if "?" in mark else PERIOD if mark[0] in ".!…" else COMMA if mark[0] in ",;:—–" or mark == "--" else 0
    )
    doc.mark[-1] = max(doc.mark[-1], label)


def relation_of(name: str) -> int:
    """The place of a UD relation in ``RELATIONS``: with its subtype where that is kept, without it else."""
    return RELATIONS.index(name) if name in RELATIONS else RELATIONS.index(name.split(":")[0])


# ---------------------------------------------------------------- punctuated text


def text_documents(path: Path) -> Iterator[Labelled]:
    """The documents of a text file: a paragraph a line, an empty line between documents, ``<speaker>`` before a turn."""
    lines: list[str] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                lines.append(line.strip())
            elif lines:
                yield labelled(lines, path.stem)
                lines = []
    if lines:
        yield labelled(lines, path.stem)


def labelled(paragraphs: Iterable[str], genre: str) -> Labelled:
    """Punctuated paragraphs as words with labels. A turn begins at a paragraph that ``<speaker>`` opens."""
    doc = Labelled(genre)
    told = False  # whether this document marks its speakers at all
    for paragraph in paragraphs:
        speaker = paragraph.startswith(SPEAKER)
        told = told or speaker
        _add_paragraph(doc, paragraph.removeprefix(SPEAKER).strip(), speaker and bool(doc.words))
    if not told:
        doc.turn = [UNKNOWN] * len(doc.words)
    return doc


def _add_paragraph(doc: Labelled, text: str, turn: bool) -> None:
    tokens = tokenise(text)
    begin = True
    for k, token in enumerate(tokens):
        after = text[token.end : tokens[k + 1].start if k + 1 < len(tokens) else len(text)]
        following = tokens[k + 1].raw if k + 1 < len(tokens) else "A"
        mark = _mark(after, token.lower, following)
        parts: list[Piece] = list(pieces_of(token.raw))
        for j, part in enumerate(parts):
            last, opens = j == len(parts) - 1, begin and j == 0
            case = case_at_start(part.raw, None) if opens else case_of(part.raw)
            doc.add(
                part.word, mark=mark if last else NOTHING, case=case, start=int(opens),
                turn=int(turn and k == 0 and j == 0),
            )  # fmt: skip
        begin = mark in (PERIOD, QUESTION)


def _mark(after: str, word: str, following: str) -> int:
    """The mark that stands between two words."""
    if "?" in after:
        return QUESTION if following[:1].isupper() or following[:1].isdigit() else COMMA
    if re.search(r"[.!…]", after):
        if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i"):
            return NOTHING
        return PERIOD if following[:1].isupper() or following[:1].isdigit() or '"' in after else COMMA
    if re.search(r"[,;:—–]|--|\s-\s", after):
        return COMMA
    return NOTHING


def own_transcript(path: Path) -> Labelled | None:
    """A training transcript that has punctuation and capitals, as a document; None for one that has not."""
    raw = path.read_bytes().decode("utf-8")
    tokens = tokenise(raw)
    if not (is_cased(tokens) and is_punctuated(tokens, raw)):
        return None
    paragraphs = [line.strip() for line in re.split(r"\n\s*\n|\n(?=>>)", raw) if line.strip()]
    marked = any(p.startswith(">>") for p in paragraphs)
    turned = [f"{SPEAKER} {p.lstrip('> ')}" if marked and p.startswith(">>") else p for p in paragraphs]
    return labelled(turned, "captions")

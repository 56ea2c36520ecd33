"""Extract punctuated English speech and news text from public repositories, for training sentence models.

None of the text is committed: this script reads clones that the user has brought, and writes one plain text file a
source. The form of those files: UTF-8, one paragraph a line, a blank line between documents; where speakers change,
the line starts with ``<speaker> ``. Quotes are straight, every dash between words is `` — ``.

``--from DIR`` holds one clone a repository, named ``OWNER+NAME``: either a checkout, or a git directory (bare, or
``OWNER+NAME/repo``). ``COMMITS``, below, names the commit of each repository that is read, whatever is checked out.

=================  ===============================================================================================
file               repositories; licence of the text
=================  ===============================================================================================
voice_of_america   codingtime123/Named-Entity-Recognition-with-NLP; public domain (US government, by way of the
                   Groningen Meaning Bank)
white_house        brian14708/wh-briefings; public domain (US government)
remarks            brian14708/wh-briefings; public domain (US government)
releases           brian14708/wh-briefings; public domain (US government)
supreme_court      ashkonf/scotus-dataset; record of a US court, published by the Court
hansard            Litharge/hansard-entity-linking, mysociety/theyworkforyou; Open Parliament Licence 3.0
un_debate          SarahFranzen/Emotions_in_the_United_Nations_General_Debates; CC0 (UN General Debate Corpus)
congress           unitedstates/congressional-record, vikrapivin/congressional-record-analysis; public domain (US
                   government)
irish_budgets      quanteda/quanteda.corpora; Oireachtas PSI licence (CC BY 4.0)
state_of_union     quanteda/quanteda.corpora; public domain (US government)
nasa_news          katie-hofschen/NASA_RAG; public domain (US government)
wikinews           amir-zeldes/gum; CC BY 2.5
current_events     fordred/wikinews; Wikipedia, CC BY-SA 4.0: share-alike, so written only when named with ``--only``
=================  ===============================================================================================

``supreme_court`` needs PyMuPDF (made with 2.0); the other sources need the standard library only.

Run: ``python training/caption_texts.py --from CLONES --to OUT [--only white_house --only hansard]``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import html
import importlib
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

COMMITS = {
    "Litharge/hansard-entity-linking": "8c5c5c4bd72d2a3f1d985f1e8304aeed1f342443",
    "SarahFranzen/Emotions_in_the_United_Nations_General_Debates": "3b277c419f85fd6e1f14f69a5fd29a3a6b59fc96",
    "amir-zeldes/gum": "72ce5ac14978a324c2fd18d49484e65292cbe316",
    "ashkonf/scotus-dataset": "9365f0b8ca0fa1ec996f2a3b4fbf32177aff49d8",
    "brian14708/wh-briefings": "737ca03a271adc205c67766074ec8d0070f7ad95",
    "codingtime123/Named-Entity-Recognition-with-NLP": "bae7eccc99b1ca894587a959e3d1a707d7f0853a",
    "fordred/wikinews": "0441f5273b8763fa543a6148b97efbbbae37b371",
    "katie-hofschen/NASA_RAG": "a1937050558f5f3cf51dc073fdd644bcd8d6092f",
    "mysociety/theyworkforyou": "4a5b59cadb59f96e4e05d268b41a1842e1aade82",
    "quanteda/quanteda.corpora": "5259da4dcbc90a1229d9ac9fa914ba1f869f6dfa",
    "unitedstates/congressional-record": "84a5af4c689bec467418d1b8770183b2321c2109",
    "vikrapivin/congressional-record-analysis": "de5935789e0a151070b5936e61c5341e153069d7",
}
SPEAKER = "<speaker>"
Document = list[str]

_FINAL = re.compile(r"[.?!][\"')\]]*$")
_SPACES = re.compile(r"\s+")
_BRACKETED = re.compile(r"\[[^\[\]]*\]")
# Stage directions stand alone in round brackets and begin with one of these words.
_STAGE = re.compile(
    r"\((?:[^()]*\b(?:laugh(?:s|ter|ing)?|applause|inaudible|cross-?talk|crosstalk|interrupt\w*|off[- ]mi(?:ke|c)|"
    r"cheers?|unintelligible|as (?:interpreted|translated|delivered|prepared)|in (?:spanish|french|hebrew|arabic|ukrainian|"
    r"english)|speaks?|spoke|gestur\w*|point(?:s|ing)|pauses?|ph|sic|clears? throat|audio|video|a moment of silence|"
    r"no response|indicating|sings?|boos?|chant\w*|via|through an interpreter|interpretation)\b[^()]*)\)",
    re.IGNORECASE,
)
_UNHEARD = re.compile(r"inaudible|unintelligible|cross-?talk|off[- ]mike", re.IGNORECASE)
# A word broken off by the speaker, as White House transcripts write it: "a coup- — two things".
_BROKEN_WORD = re.compile(r"\b[\w']{1,12}- ?—\s*")
# Windows quotes and dashes that some parliaments' files carry as control characters.
_CONTROLS = str.maketrans(
    {0x85: "...", 0x91: "'", 0x92: "'", 0x93: '"', 0x94: '"', 0x96: "\u2013", 0x97: "\u2014", 0xFEFF: "", 0x200B: ""}
)
_COMMON_WORDS = (
    "the of to and a in that is it for we on this you i was be as with are have not they at our by from but he will has "
    "what all an or who so if do their there about my your"
)
_COMMON = frozenset(_COMMON_WORDS.split())


class Repository:
    """A clone to read from: a checkout, a bare git directory, or a folder holding one as ``repo``."""

    def __init__(self, root: Path, name: str) -> None:
        """Open the clone of ``name`` ("owner/name") under ``root`` at its commit in ``COMMITS``.

        FileNotFoundError says which clone, or which commit of it, is missing and how to get it.
        """
        path = root / name.replace("/", "+")
        self.commit = COMMITS[name]
        for candidate in (path / "repo" / ".git", path / "repo", path / ".git", path):
            if (candidate / "HEAD").is_file() and (candidate / "objects").is_dir():
                self._git = ["git", f"--git-dir={candidate}"]
                break
        else:
            raise FileNotFoundError(f"{path}: no clone of {name}; run: git clone https://github.com/{name} {path}")
        found = subprocess.run([*self._git, "cat-file", "-e", f"{self.commit}^{{commit}}"], capture_output=True)
        if found.returncode:
            raise FileNotFoundError(
                f"{path}: the clone lacks commit {self.commit}; run: git -C {path} fetch origin {self.commit}"
            )

    def paths(self, prefix: str, suffix: str) -> list[str]:
        """Sorted paths of the commit's files under ``prefix`` that end in ``suffix``."""
        listing = subprocess.run(
            [*self._git, "ls-tree", "-r", "-z", "--name-only", self.commit], check=True, capture_output=True
        ).stdout.decode("utf-8", "replace")
        return sorted(p for p in listing.split("\0") if p.startswith(prefix) and p.endswith(suffix))

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """(path, text) for each path of a UTF-8 file, in order; a file the clone lacks is left out."""
        for path, body in self.read_bytes(paths):
            yield path, body.decode("utf-8", "replace")

    def read_bytes(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(path, content) for each path, in order; a file the clone lacks (a partial copy) is left out."""
        wanted = list(paths)
        with subprocess.Popen(
            [*self._git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for path in wanted:
                process.stdin.write(f"{self.commit}:{path}\n".encode())
                process.stdin.flush()
                header = process.stdout.readline().split()
                if not header or header[-1] == b"missing":
                    continue
                body = process.stdout.read(int(header[-1]))
                process.stdout.read(1)
                yield path, body
            process.stdin.close()


def normalise(text: str) -> str:
    """One line of text with straight quotes, one kind of dash, no stage directions and single spaces."""
    text = html.unescape(text).translate(_CONTROLS)
    # A soft hyphen doubled, or after a hyphen, is the dash of court reporters.
    text = re.sub("[-\u00ad]\u00ad", "--", text).replace("\u00ad", "")
    text = re.sub("[\u2018\u2019\u201b\u02bc\u00b4`]", "'", text)
    text = re.sub("[\u201c\u201d\u201e\u201f\u00ab\u00bb]|''", '"', text)
    text = text.replace("\u2026", "...").replace("\u2010", "-").replace("\u2011", "-")
    text = re.sub("(?<=[0-9])\u2013(?=[0-9])", "-", text)
    text = re.sub(r"\s*(?:[\u2012-\u2015]+|--+)\s*|(?<=[a-z,]) - (?=[a-z])", " — ", text)
    text = _BROKEN_WORD.sub("", text)
    text = re.sub(r"(?<=\w)- — ", "- ", text)
    text = _STAGE.sub(" ", _BRACKETED.sub(" ", text))
    text = re.sub(r"(?: —){2,}", " —", _SPACES.sub(" ", text).strip())
    # A direction taken out of a sentence leaves a blank before its mark.
    return re.sub(r" ([.,;:?!])", r"\1", text)


def is_sentence_text(line: str) -> bool:
    """Whether a normalised line is running English text that ends as a sentence does."""
    if not _FINAL.search(line) or "http" in line or "www." in line or "|" in line or "�" in line:
        return False
    words = line.split()
    letters = [c for c in line if c.isalpha()]
    if not letters or sum(c.isascii() for c in letters) < 0.95 * len(letters):
        return False
    if len(words) > 1 and sum(c.isupper() for c in letters) > 0.5 * len(letters):
        return False
    if sum(c.isdigit() for c in line) > 0.2 * len(line):
        return False
    # A lower-case start is the rest of a sentence whose head stands on another line.
    if not re.match(r"[\"'(]*[A-Z0-9$£€]", line):
        return False
    if len(words) >= 12:
        return sum(w.lower().strip(".,;:?!\"'()") in _COMMON for w in words) >= 0.15 * len(words)
    return True


def turns_to_lines(turns: Iterable[tuple[bool, str]]) -> Document:
    """Lines of one document from (new speaker?, paragraph) pairs; a dropped paragraph hands its mark on."""
    lines: Document = []
    pending = False
    for starts, paragraph in turns:
        pending = pending or starts
        # What was not heard leaves a hole in its sentence.
        line = "" if _UNHEARD.search(paragraph) else normalise(paragraph)
        if line and is_sentence_text(line):
            lines.append(f"{SPEAKER} {line}" if pending else line)
            pending = False
    return lines


def word_count(document: Document) -> int:
    """Words of a document, speaker marks left out."""
    return sum(len(line.split()) - line.startswith(SPEAKER) for line in document)


def by_hash(paths: Iterable[str]) -> list[str]:
    """The paths in an order that looks random but is the same on every run: a fair sample from any prefix."""
    return sorted(paths, key=lambda p: hashlib.sha256(p.encode()).hexdigest())


_WH_LABEL = re.compile(
    r"^(?:Q(?:\s*\([^)]*\))?\s+|Q:\s*|(?:[A-Z][A-Z.'’\-]*[ ]?(?:Mc|Mac|De|Di|O’)?){1,7}(?:\([^)]*\))?:\s+)(?=\S)"
)


def _white_house_document(text: str) -> Document:
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    # A word the transcriber struck out is followed by the right one in square brackets.
    body = re.sub(r"<s>.*?</s>", "", body, flags=re.DOTALL)
    body = re.sub(r"<[^<>]*>", "", body)
    body = re.sub(r"!?\[([^\[\]]*)\]\([^()]*\)", r"\1", body)
    body = re.sub(r"\\(.)", r"\1", body).replace("\u00a0", " ")
    body = re.sub(r"\[(?!sic\]|laugh|applau|inaud|cross)([A-Za-z0-9][^\[\]]{0,60})\]", r"\1", body)
    body = re.sub(r"\*+|(?<!\w)_+|_+(?!\w)", "", body)
    turns: list[tuple[bool, str]] = []
    for block in re.split(r"\n[ \t]*\n", body):
        paragraph = block.strip("\n ")
        if not paragraph or re.match(r"[#>|]|[-+] |\d+\. ", paragraph):
            continue
        label = _WH_LABEL.match(paragraph)
        turns.append((label is not None, paragraph[label.end() :] if label else paragraph))
    return turns_to_lines(turns)


def _white_house(root: Path, folders: tuple[str, ...]) -> Iterator[Document]:
    repository = Repository(root, "brian14708/wh-briefings")
    paths = [p for folder in folders for p in repository.paths(f"{folder}/", ".md")]
    for _, text in repository.read(by_hash(paths)):
        yield _white_house_document(text)


def white_house(root: Path) -> Iterator[Document]:
    """White House press briefings and gaggles, 2021 on: questions and answers, many short turns."""
    return (d for d in _white_house(root, ("press-briefings",)) if sum(x.startswith(SPEAKER) for x in d) >= 4)


def remarks(root: Path) -> Iterator[Document]:
    """Speeches, toasts, interviews and joint press conferences of presidents and vice presidents, 2021 on."""
    return _white_house(root, ("speeches-remarks", "remarks"))


def releases(root: Path) -> Iterator[Document]:
    """White House statements, read-outs of calls and press releases: written, close to agency style."""
    documents = _white_house(root, ("statements-releases", "briefings-statements", "releases"))
    # Transcripts of press calls stand among the releases; they are speech.
    return (d for d in documents if sum(x.startswith(SPEAKER) for x in d) < 4)


def _unwrap(lines: Iterable[str]) -> list[str]:
    """Paragraphs from hard-wrapped lines: a blank line, or a short line that ends a sentence, closes one."""
    paragraphs: list[str] = []
    open_lines: list[str] = []
    for raw in [*lines, ""]:
        line = raw.strip()
        if line:
            # "interna-" + "tional": a word broken at the line's end.
            if open_lines and re.search(r"[a-z]-$", open_lines[-1]) and line[0].islower():
                open_lines[-1] = open_lines[-1][:-1] + line
            else:
                open_lines.append(line)
        size = sum(len(x.split()) for x in open_lines)
        ends = bool(open_lines) and bool(_FINAL.search(normalise(open_lines[-1])))
        if open_lines and ends and (size >= 60 or (not line and size >= 25)):
            paragraphs.append(" ".join(open_lines))
            open_lines = []
        elif not line and open_lines and not ends and size < 12:
            # A salutation or a heading: neither opens the paragraph after it.
            open_lines = []
    if open_lines:
        paragraphs.append(" ".join(open_lines))
    return paragraphs


_PAGE_FURNITURE = re.compile(
    r"\s*(?:\d{1,3}(?:/\d+)?|A/\d+/PV\.\d+|\d{2}-\d{5}(?: \d+)?|\d{1,2}/\d{1,2}/\d{4}.*|General Assembly .*session.*|"
    r"\d{1,2} \w+ \d{4})\s*$"
)


def un_debate(root: Path) -> Iterator[Document]:
    """Speeches of the UN General Assembly's general debate, sessions 49 to 79 (1994 to 2024)."""
    repository = Repository(root, "SarahFranzen/Emotions_in_the_United_Nations_General_Debates")
    chosen: list[str] = []
    for path in repository.paths("data/data_original/TXT/Session ", ".txt"):
        name = re.search(r"/([A-Z]{2,4})_(\d+)_(\d{4})\.txt$", path)
        if name is not None and int(name.group(2)) >= 49:
            chosen.append(path)
    for _, text in repository.read(by_hash(chosen)):
        lines = [x for x in re.sub(r"[*_#]+", "", text).splitlines() if not _PAGE_FURNITURE.match(x)]
        yield turns_to_lines((False, p) for p in _unwrap(lines))


def hansard(root: Path) -> Iterator[Document]:
    """Days of debate in the Commons, the Lords, their committees and the Scottish Parliament, a document a heading."""
    first = Repository(root, "Litharge/hansard-entity-linking")
    second = Repository(root, "mysociety/theyworkforyou")
    scraped = "uml-tests/parldata/scrapedxml/"
    houses = ("debates", "lordspages", "westminhall", "standing", "sp")
    files = [
        *first.read_bytes(first.paths("evaluation/xml/", ".xml")),
        # The last letter is the version of a day: the newest one first, older ones then count as copies.
        *second.read_bytes(p for h in houses for p in reversed(second.paths(f"{scraped}{h}/", ".xml"))),
    ]
    for _, content in files:
        turns: list[tuple[bool, str]] = []
        for element in ElementTree.fromstring(content):
            if element.tag.endswith("heading") and turns:
                yield turns_to_lines(turns)
                turns = []
            if element.tag != "speech" or element.get("nospeaker") == "true":
                continue
            starts = True
            for paragraph in element.iter("p"):
                if paragraph.get("class") not in (None, ""):
                    continue
                words = re.sub(r"^\s*(?:T?\d+\.\s+)?", "", "".join(paragraph.itertext()))
                turns.append((starts, re.sub(r"^\(\d+\)\s*|\(\d{5,}\)|^:\s*", "", words)))
                starts = False
        yield turns_to_lines(turns)


_COURT_LABEL = re.compile(
    r"^\s*(?:CHIEF JUSTICE|JUSTICE|MR\.|MS\.|MRS\.|GEN\.|GENERAL|SOLICITOR GENERAL) ?[A-Z][A-Za-z'’. \-]{1,30}:\s*"
)


def supreme_court(root: Path) -> Iterator[Document]:
    """Oral arguments in the United States Supreme Court, terms 2005 to 2014, as the Court published them."""
    # Only this source needs PyMuPDF (made with 2.0), so the others run without it.
    try:
        pymupdf = importlib.import_module("pymupdf")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("supreme_court reads PDF files with PyMuPDF; run: pip install pymupdf") from error
    repository = Repository(root, "ashkonf/scotus-dataset")
    paths = [p for year in range(2005, 2015) for p in repository.paths(f"data/transcripts/{year}/", ".pdf")]
    for _, content in repository.read_bytes(by_hash(paths)):
        with pymupdf.open(stream=content, filetype="pdf") as pdf:
            lines = [line for page in pdf for line in str(page.get_text()).split("\n")]
        turns: list[tuple[bool, str]] = []
        for line in lines:
            line = re.sub(r"^\d{1,2} (?=\s?\S)", "", line)
            text = line.strip()
            if turns and "Whereupon" in text:
                break
            if re.match(r"(?:\d+|Page \d+|Official.*|Alderson Report.*|.*Final Review)?$", text):
                continue
            label = _COURT_LABEL.match(line)
            if label is not None:
                turns.append((True, line[label.end() :]))
            elif text.isupper() or not turns:
                continue
            elif line.startswith("  ") or (line.startswith(" ") and _FINAL.search(turns[-1][1].rstrip())):
                turns.append((False, text))
            else:
                turns[-1] = (turns[-1][0], f"{turns[-1][1].rstrip()} {text}")
        yield turns_to_lines(turns)


_CREC_LABEL = re.compile(r"^\s*(?:The |Mr\. |Ms\. |Mrs\. |Miss |Dr\. )[^.]{2,60}?(?:\([^)]*\))?\.\s+")


def _congress_turns(items: list[dict[str, Any]]) -> Iterator[tuple[bool, str]]:
    for item in items:
        if item.get("kind") != "speech":
            continue
        text = str(item.get("text", ""))
        speaker = str(item.get("speaker", ""))
        if text.lstrip().startswith(f"{speaker}."):
            text = text.lstrip()[len(speaker) + 1 :]
        else:
            text = _CREC_LABEL.sub("", text, count=1)
        starts = True
        paragraph: list[str] = []
        for line in [*text.split("\n"), "  "]:
            indent = len(line) - len(line.lstrip())
            if (indent >= 2 or not line.strip()) and paragraph:
                joined = re.sub(r"([a-z])- (?=[a-z])", r"\1", " ".join(paragraph))
                yield starts, joined
                starts = False
                paragraph = []
            # The Record indents a paragraph by two; headings, extracts and bill text stand further in.
            if line.strip() and indent <= 3 and not line.lstrip().startswith("["):
                paragraph.append(line.strip())


def congress(root: Path) -> Iterator[Document]:
    """Three days of the United States Congressional Record (1997, 2005, 2021): what members said."""
    first = Repository(root, "unitedstates/congressional-record")
    second = Repository(root, "vikrapivin/congressional-record-analysis")
    for repository, prefix in ((first, "tests/test_files/"), (second, "json_output/")):
        for _, text in repository.read(repository.paths(prefix, ".json")):
            data = json.loads(text)
            for record in data if isinstance(data, list) else [data]:
                if isinstance(record, dict) and isinstance(record.get("content"), list):
                    yield turns_to_lines(_congress_turns(record["content"]))


def irish_budgets(root: Path) -> Iterator[Document]:
    """Budget speeches in the Irish Dáil, 2008 to 2013, one speaker a document."""
    repository = Repository(root, "quanteda/quanteda.corpora")
    for _, text in repository.read(repository.paths("construction/iebudgets_texts/", ".txt")):
        # The files were stored with an unresolved merge: both halves hold the speech, the first is kept.
        half = re.split(r"^=======$", text, maxsplit=1, flags=re.MULTILINE)[0]
        lines = [x for x in half.splitlines() if not x.startswith("<<<<<<<")]
        yield turns_to_lines((False, x) for x in lines)


def state_of_union(root: Path) -> Iterator[Document]:
    """State of the Union messages since 1945, the spoken ones for the greater part."""
    repository = Repository(root, "quanteda/quanteda.corpora")
    paths = [
        p for p in repository.paths("sources/sotu/su", ".txt") if int(p.removeprefix("sources/sotu/su")[:4]) >= 1945
    ]
    for _, text in repository.read(paths):
        yield turns_to_lines((False, re.sub(r"^[A-Z][\w ]+\. (?=Mr\.)", "", x)) for x in text.splitlines())


def _detokenise(tokens: list[str]) -> str:
    """A sentence from its tokens: quotes are taken as opening and closing in turn."""
    text = " ".join(tokens)
    text = re.sub(r'" ([^"]*?) ?"', r'"\1"', text)
    text = re.sub(r"([(\[$#]) ", r"\1", text)
    text = re.sub(r" ([.,;:?!%)\]]|'(?:s|ll|re|ve|d|m)\b|n't\b)", r"\1", text)
    text = re.sub(r"(?<=[sz]) ' ", "' ", text)
    return text.replace(" - ", " — ").replace(" / ", "/")


def voice_of_america(root: Path) -> Iterator[Document]:
    """Voice of America news of the 2000s in the Groningen Meaning Bank: three sentences a line, twelve a document."""
    repository = Repository(root, "codingtime123/Named-Entity-Recognition-with-NLP")
    (_, content), *_rest = repository.read_bytes(["ner_dataset.csv.zip"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        # The odd dash and quote are Windows characters; ``normalise`` knows them.
        table = archive.read("ner_dataset.csv").decode("latin-1")
    sentences: list[list[str]] = []
    for row in list(csv.reader(io.StringIO(table)))[1:]:
        if row[0].startswith("Sentence"):
            sentences.append([])
        sentences[-1].append(row[1])
    document: Document = []
    line: list[str] = []
    for number, tokens in enumerate(sentences):
        sentence = normalise(_detokenise(tokens))
        # A spreadsheet has turned "5-6" into "05-Jun" and 100,000 into "1,00,000".
        damaged = re.search(r"\d-[JFMASOND][a-z]{2}\b|\d,\d\d,\d|\d,\d{4}", sentence)
        quoted = " ' " in sentence or sentence.count('"') % 2 == 1
        whole = is_sentence_text(sentence) and not damaged and not quoted
        if whole and len(tokens) >= 5:
            line.append(sentence)
        if line and (not whole or len(line) == 3):
            document.append(" ".join(line))
            line = []
        if number % 12 == 11:
            yield [*document, " ".join(line)] if line else document
            document, line = [], []
    yield [*document, " ".join(line)] if line else document


def nasa_news(root: Path) -> Iterator[Document]:
    """News stories and newsletters of NASA, 2024."""
    repository = Repository(root, "katie-hofschen/NASA_RAG")
    for _, text in repository.read(by_hash(repository.paths("nasa_articles/", ".md"))):
        lines = [x for x in text.splitlines()[1:] if not re.search(r"^\W|Credits?:|NASA/[A-Z]|For more information", x)]
        yield turns_to_lines((False, x) for x in lines)


# Reports and interviews of GUM's own dev and test parts, which must stay unseen.
_GUM_HELD_OUT = frozenset(
    {
        "news_homeopathic", "news_iodine", "news_nasa", "news_sensitive", "interview_cyclone", "interview_gaming",
        "interview_hill", "interview_libertarian",
    }
)  # fmt: skip


def wikinews(root: Path) -> Iterator[Document]:
    """Wikinews reports and interviews from the GUM corpus, without those of its dev and test parts."""
    repository = Repository(root, "amir-zeldes/gum")
    paths = [*repository.paths("dep/GUM_news_", ".conllu"), *repository.paths("dep/GUM_interview_", ".conllu")]
    paths = [path for path in paths if Path(path).stem.removeprefix("GUM_") not in _GUM_HELD_OUT]
    for _, text in repository.read(paths):
        turns: list[tuple[bool, str]] = []
        sentences: list[str] = []
        starts, last_speaker = False, ""
        for line in [*text.splitlines(), "# newpar"]:
            if line.startswith("# newpar") and not line.startswith("# newpar_block") and sentences:
                turns.append((starts, " ".join(sentences)))
                sentences, starts = [], False
            elif line.startswith("# speaker = "):
                name = line.removeprefix("# speaker = ")
                if name != last_speaker:
                    if sentences:
                        turns.append((starts, " ".join(sentences)))
                        sentences = []
                    starts, last_speaker = True, name
            elif line.startswith("# text = "):
                sentences.append(line.removeprefix("# text = "))
        yield [x for x in turns_to_lines(turns) if "Image:" not in x and "File:" not in x and "((" not in x]


def current_events(root: Path) -> Iterator[Document]:
    """Wikipedia's daily reports of current events, 2023 on (share-alike: written only on demand)."""
    repository = Repository(root, "fordred/wikinews")
    for _, text in repository.read(repository.paths("docs/_posts/", ".md")):
        lines: list[str] = []
        for raw in text.splitlines():
            bullet = re.match(r"\s*\* (.*)", raw)
            if bullet is None:
                continue
            # Sources stand in links of their own, in brackets at the end of the report.
            line = re.sub(r"\[\(.*?\)\]\(\S*?\)(?=\s|$|\[)", "", bullet.group(1))
            line = re.sub(r'\[([^\[\]]*)\]\((?:[^()"]|"[^"]*")*\)', r"\1", line)
            lines.append(re.sub(r"\*+|\\", "", line))
        yield [x for x in turns_to_lines((False, x) for x in lines) if len(x.split()) >= 6]


class Source(NamedTuple):
    """A source's extractor, the most words taken from it, and whether it is written only when named."""

    extract: Callable[[Path], Iterator[Document]]
    limit: int
    on_demand: bool = False


SOURCES: dict[str, Source] = {
    "voice_of_america": Source(voice_of_america, 1_200_000),
    "white_house": Source(white_house, 1_200_000),
    "supreme_court": Source(supreme_court, 1_300_000),
    "hansard": Source(hansard, 1_500_000),
    "un_debate": Source(un_debate, 1_000_000),
    "remarks": Source(remarks, 750_000),
    "congress": Source(congress, 500_000),
    "irish_budgets": Source(irish_budgets, 400_000),
    "state_of_union": Source(state_of_union, 350_000),
    "releases": Source(releases, 300_000),
    "nasa_news": Source(nasa_news, 200_000),
    "wikinews": Source(wikinews, 200_000),
    "current_events": Source(current_events, 1_000_000, on_demand=True),
}


def write_source(name: str, root: Path, out: Path) -> int:
    """Write ``out/name.txt`` from the clones under ``root`` and return its words; a line is kept only once."""
    source = SOURCES[name]
    seen: set[str] = set()
    total = 0
    part = out / f"{name}.txt.part"
    with part.open("w", encoding="utf-8") as handle:
        for document in source.extract(root):
            # Set phrases of a few words come again in honest speech; a long line that does is a copy.
            kept = [x for x in document if len(x.split()) < 12 or x not in seen]
            size = word_count(kept)
            if size < 40 or size < 0.5 * word_count(document):
                continue
            seen.update(x for x in kept if len(x.split()) >= 12)
            handle.write("\n".join(kept) + "\n\n")
            total += size
            if total >= source.limit:
                break
    part.replace(out / f"{name}.txt")
    return total


def main() -> None:
    """Write the named sources, or every one that is not on demand, and print their words."""
    parser = argparse.ArgumentParser(description="Extract punctuated speech and news text from clones.")
    parser.add_argument("--from", dest="root", type=Path, required=True, help="folder of clones named OWNER+NAME")
    parser.add_argument("--to", dest="out", type=Path, required=True, help="folder for the text files")
    parser.add_argument("--only", action="append", choices=sorted(SOURCES), help="write this source; may be repeated")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only or [n for n, s in SOURCES.items() if not s.on_demand]:
        print(f"{name}: {write_source(name, arguments.root, arguments.out):,} words", flush=True)


if __name__ == "__main__":
    main()

"""The markup inside caption text, the same for WebVTT and SubRip: tags out, entities decoded, word times kept."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from trucewatch.transcript.track import Piece, runs_to_pieces

_TAG = re.compile(r"<(?:(\d+:[\d:.,]+)|(/?)([A-Za-z][A-Za-z0-9]*+)((?:[\s./][^<>]*)?))>")
_TIME, _CLOSES, _NAME, _REST = 1, 2, 3, 4
_KNOWN = frozenset(("b", "c", "font", "i", "lang", "rt", "ruby", "s", "span", "strike", "strong", "em", "u", "v"))
_BREAKS = frozenset(("br", "p"))
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Position and style overrides of SubStation Alpha that converters leave behind, such as {\an8}.
_OVERRIDE = re.compile(r"\{\\[^{}\n]{1,60}\}")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})[.,](\d{1,9})", re.ASCII)

SPEAKER_CHANGE = ">> "
"""What captioners write where another voice begins; put where a format marks that in another way."""


def unescape(text: str) -> str:
    """Entities decoded, only where written out with a semicolon: ``AT&T`` and ``Q&A`` stay as they are."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def clock_seconds(text: str) -> float | None:
    """Seconds of ``HH:MM:SS.mmm`` or ``MM:SS.mmm`` (comma or dot); None where it is no such time."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1] or 0), int(match[2]), int(match[3])
    if seconds > 59 or (match[1] is not None and minutes > 59):
        return None
    # From its decimals in one step: 2 + 0.389 would be 2.3890000000000002.
    return float(f"{hours * 3600 + minutes * 60 + seconds}.{match[4]}")


class Turns:
    """Remembers who spoke last, to tell where another voice begins."""

    def __init__(self) -> None:
        self._speaker: str | None = None
        self.speakers: dict[str, None] = {}  # in order of appearance, the first thousand

    def is_new(self, name: str) -> bool:
        """Whether ``name`` is not who spoke last; remembers it. An empty name is nobody new."""
        name = " ".join(unescape(name[:1000]).split())
        if not name or name == self._speaker:
            return False
        self._speaker = name
        if len(self.speakers) < 1000:
            self.speakers.setdefault(name)
        return True


class Markup:
    """Reads the text of one file's captions, marking speaker changes."""

    def __init__(self) -> None:
        self.turns = Turns()

    def plain(self, text: str) -> str:
        """The words of a line alone, white space folded: what two lines are compared by."""
        return " ".join(unescape("".join(part for part, _ in _parts(text))).split())

    def pieces(self, text: str, begin_s: float | None, end_s: float | None) -> list[Piece]:
        """A caption's pieces: one for each stretch between time tags, or one alone.

        Time tags count only where they lie within the caption and do not run backwards.
        """
        runs: list[tuple[list[str], float | None]] = []
        now, turn = begin_s, False
        for part, tag in _parts(text):
            words = unescape(part)
            if turn and words.strip():
                words = f" {words}" if words.lstrip().startswith(">>") else f" {SPEAKER_CHANGE}{words}"
                turn = False
            if words and runs and runs[-1][1] == now:
                runs[-1][0].append(words)
            elif words:
                runs.append(([words], now))
            if tag is None:
                continue
            if tag[_TIME]:
                time = clock_seconds(tag[_TIME])
                if time is not None and now is not None and end_s is not None and now <= time <= end_s:
                    now = time
            elif tag[_NAME].lower() == "v" and not tag[_CLOSES]:
                turn = self.turns.is_new(tag[_REST].replace("\t", " ").partition(" ")[2]) or turn
        ends = [*(time for _, time in runs), end_s][1:] if runs else []
        return runs_to_pieces(("".join(parts), time, end) for (parts, time), end in zip(runs, ends, strict=True))


def _parts(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """The text between tags, each with the tag that ends it (None at the end); unknown lone tags stay text.

    ``<inaudible>`` is something a transcriber wrote; ``<x>...</x>`` is markup, whatever x means.
    """
    text = _OVERRIDE.sub("", text)
    if "<" not in text or ">" not in text:
        yield text, None
        return
    tags = list(_TAG.finditer(text))
    opened = {tag[_NAME].lower() for tag in tags if tag[_NAME] and not tag[_CLOSES]}
    closed = {tag[_NAME].lower() for tag in tags if tag[_NAME] and tag[_CLOSES]}
    markup = _KNOWN | _BREAKS | (opened & closed)
    done = 0
    for tag in tags:
        name = tag[_NAME].lower() if tag[_NAME] else None
        if name is None or name in markup:
            yield text[done : tag.start()] + (" " if name in _BREAKS else ""), tag
            done = tag.end()
    yield text[done:], None

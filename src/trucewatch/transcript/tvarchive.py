"""Broadcast pages of the TV News Archive: captions in one-minute snippets, each under the clock time it was on air.

Read from the page's HTML, and from its text alone, as browsers save and archives store it::

    tv   Some Programme   Some Channel   January 4, 2018 12:00pm-12:31pm GMT
    12:00 pm
    the captions of that minute
    12:01 pm
    ...

Times are seconds from the start of the programme, within a minute by interpolation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from trucewatch.transcript.cuelines import lines_of
from trucewatch.transcript.htmlscan import Tag, scan
from trucewatch.transcript.metadata import Metadata, channels, from_archive_id, outlet_of
from trucewatch.transcript.source import Source
from trucewatch.transcript.track import MAX_CUES, NO_TIME, Piece, Track, refuse_long_caption

SNIPPET_S = 60.0
"""How much of the broadcast a snippet holds, in seconds."""

_DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})\s?([ap])\.?m\.?", re.IGNORECASE | re.ASCII)
_AIRED = re.compile(
    r"\b(?P<month>[A-Z][a-z]{2,8}) (?P<day>\d{1,2}), (?P<year>\d{4})\s{1,4}"
    r"(?P<begin>\d{1,2}:\d{2}\s?[ap]m)\s?-\s?\d{1,2}:\d{2}\s?[ap]m",
    re.ASCII,
)
_START = re.compile(r"/start/(\d{1,7})(?:\.\d+)?/end/(\d{1,7})")
_ADDRESS = re.compile(rb"archive\.org\.?/(?:details|download|embed)/([A-Z0-9]{2,12}_\d{8}_\d{6}[A-Za-z0-9_.-]{0,150})")
# What the archive's pages show below the captions; everything from there on is not the broadcast.
_FURNITURE = re.compile(
    r"(?:disc\s+)?borrow a dvd of this show|(?:info\s+)?stream only|uploaded by\s+tv archive\b.*|in collections?",
    re.IGNORECASE,
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_BLOCKS = frozenset(
    (
        "article", "body", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head",
        "header", "hr", "html", "li", "main", "nav", "ol", "option", "p", "pre", "section", "table", "tbody", "td",
        "th", "title", "tr", "ul",
    )
)  # fmt: skip
_CURE = "save the page of one broadcast, or give its captions as .srt"


@dataclass(slots=True)
class _Snippet:
    """One minute's captions: when by the clock (minutes of the day), or by its link (seconds from the start)."""

    line: int
    clock: int | None
    seconds: tuple[float, float] | None
    text: str


@dataclass(frozen=True, slots=True)
class _Heading:
    """What a page's heading says; ``begin`` in minutes of the day."""

    programme: str | None
    channel: str | None
    day: date | None
    begin: int | None


def read(source: Source, track: Track) -> Metadata:
    """Snippets of a page, HTML or text, into ``track``; programme, outlet, day and address from its head.

    The day is the one in the heading, in the broadcaster's own time zone; an identifier's day, in UTC, only where
    there is no heading.
    """
    source.refuse_flood()
    is_html = b"snipin" in source.data or re.match(rb"\s*<", source.data) is not None
    snippets = _page_snippets(source) if b"snipin" in source.data else _line_snippets(_lines(source, is_html), source)
    heading = _Heading(None, None, None, None)
    first_clock, day_offset, last_clock = None, 0, None
    for count, item in enumerate(snippets):
        if count > MAX_CUES:
            raise source.error(f"has more than {MAX_CUES:,} snippets", cure="give one broadcast a file")
        if isinstance(item, _Heading):
            heading = item if heading.day is None else heading
            continue
        if item.clock is not None and item.seconds is None:
            first_clock = item.clock if first_clock is None else first_clock
            if last_clock is not None and last_clock - item.clock > _DAY_MINUTES // 2:
                day_offset += _DAY_MINUTES
            last_clock = item.clock
            origin = first_clock if heading.begin is None else heading.begin
            item = replace(item, seconds=_since(origin, first_clock, item.clock + day_offset))
        if words := " ".join(item.text.split()):
            begin_s, end_s = item.seconds or (None, None)
            if item.seconds is None:
                track.note(f"snippet {NO_TIME}", item.line)
            track.add([Piece(words, begin_s, end_s)], item.line)
    if first_clock is not None and heading.begin is None:
        source.notes.add("has no heading with the programme's start: times count from its first clock line")
    if not len(track):
        raise source.error("is a web page without captions of the TV News Archive", cure=_CURE)
    return _metadata(source, heading)


def _since(origin: int, first: int, clock: int) -> tuple[float, float] | None:
    """Seconds from ``origin`` to ``clock`` (minutes of the day, which may go past midnight)."""
    lead = (first - origin) % _DAY_MINUTES
    if lead > _DAY_MINUTES // 2:  # captions from just before the programme
        lead = 0
    minutes = lead + clock - first
    return (minutes * SNIPPET_S, (minutes + 1) * SNIPPET_S) if minutes >= 0 else None


def _page_snippets(source: Source) -> Iterator[_Snippet | _Heading]:
    """The snippets and headings of a page's HTML: clock in ``div.sniptitle``, captions in ``div.snipin``."""
    clock: int | None = None
    seconds: tuple[float, float] | None = None
    capture, depth, line, at = "", 0, 1, 0
    text = _Text(source)
    for offset, token in scan(source):
        if isinstance(token, str):
            if capture:
                text.add(token)
            continue
        kind = _captured(token)
        if capture and (kind or _closes(token, capture, depth)):
            if capture == "title":
                yield from _heading(text.take())
            elif capture == "sniptitle":
                clock, seconds = _minutes(text.take()), None
            else:
                yield _Snippet(line, clock, seconds, text.take())
            capture = ""
        if kind:
            capture, depth = kind, 0
            line, at = line + source.data.count(b"\n", at, offset), offset
        elif capture:
            if token.name in _BLOCKS:
                text.add(" ")
            depth += (token.name == "div") * (-1 if token.closes else 1)
        elif token.name == "a" and (span := _START.search(token.attribute("href"))):
            seconds = (float(span[1]), float(max(int(span[2]), int(span[1]))))
    if capture == "snipin":
        source.notes.add("the page ends within its last snippet")
        yield _Snippet(line, clock, seconds, text.take())


class _Text:
    """Collects a snippet's text, refusing one too long for a minute of speech."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parts: list[str] = []
        self._length = 0

    def add(self, part: str, line: int | None = None) -> None:
        """Add a part, which stands in ``line`` where that is known."""
        self._parts.append(part)
        self._length += len(part)
        refuse_long_caption(self._source, self._length, line)

    def take(self) -> str:
        """All that was added since the last time."""
        text = "".join(self._parts)
        self._parts.clear()
        self._length = 0
        return text


def _captured(tag: Tag) -> str:
    """Which part of a page begins with a tag, if any."""
    if tag.closes:
        return ""
    if tag.name == "title":
        return "title"
    return next((name for name in ("sniptitle", "snipin") if tag.name == "div" and tag.has_class(name)), "")


def _closes(tag: Tag, capture: str, depth: int) -> bool:
    return tag.closes and tag.name == ("title" if capture == "title" else "div") and depth == 0


def _lines(source: Source, is_html: bool) -> Iterator[tuple[int, str]]:
    """The lines of the page as text; of HTML, what a reader would see as lines."""
    if not is_html:
        yield from lines_of(source)
        return
    parts: list[str] = []
    line_number, at = 1, 0
    for offset, token in scan(source):
        if isinstance(token, str):
            parts.append(token)
            if len(parts) > 10_000:
                parts[:] = ["".join(parts)]
        elif token.name in _BLOCKS:
            line_number, at = line_number + source.data.count(b"\n", at, offset), offset
            yield from ((line_number, line) for line in "".join(parts).splitlines())
            parts.clear()
    yield line_number, "".join(parts)


def _line_snippets(lines: Iterator[tuple[int, str]], source: Source) -> Iterator[_Snippet | _Heading]:
    """The snippets of a page's text: what stands before the first clock line, and below the captions, is left out."""
    current: tuple[int, int] | None = None  # line number and clock
    text = _Text(source)
    for number, line in lines:
        clock = _minutes(line)
        if clock is not None:
            if current:
                yield _Snippet(*current, None, text.take())
            current = (number, clock)
        elif current is None:
            yield from _heading(line)
        elif _FURNITURE.fullmatch(line.strip()[:200]):
            source.notes.add("what the page shows below the captions is left out", f"line {number}")
            break
        else:
            text.add(f" {line}", number)
    if current:
        yield _Snippet(*current, None, text.take())


def _heading(text: str) -> Iterator[_Heading]:
    """What a heading says: ``tv  PROGRAMME  CHANNEL  DAY BEGIN-END``, or ``PROGRAMME : CODE : DAY BEGIN-END : ...``."""
    match = _AIRED.search(text[:2000])
    if match is None:
        return
    what, begin = text[: match.start()].strip(" \t\r\n:"), _minutes(match["begin"])
    try:
        day = date(int(match["year"]), _MONTHS.index(match["month"]) + 1, int(match["day"]))
    except ValueError:
        return
    if " : " in what and not re.match(r"tv\s", what):
        programme, _, channel = what.rpartition(" : ")
    else:
        what = re.sub(r"^tv\s+", "", what)
        parts = [part for part in re.split(r"\s{2,}", what) if part]
        programme, channel = _split_channel(what) if len(parts) != 2 else (parts[0], parts[1])
    yield _Heading(" ".join(programme.split()) or None, channel.strip() or None, day, begin)


def _split_channel(what: str) -> tuple[str, str]:
    """Programme and channel where one space joins them: only a channel known by that name can be told apart."""
    names = sorted({heading for _, _, heading in channels() if heading}, key=len, reverse=True)
    for name in names:
        if what.endswith(f" {name}"):
            return what[: -len(name)], name
    return what, ""


def _minutes(text: str) -> int | None:
    """Minutes of the day of a 12-hour clock (``12:05 am``); None for any other text."""
    match = _CLOCK.fullmatch(text.strip()) if len(text) < 200 else None
    if match is None or not 1 <= int(match[1]) <= 12 or int(match[2]) > 59:
        return None
    return int(match[1]) % 12 * 60 + int(match[2]) + (12 * 60 if match[3].lower() == "p" else 0)


def _metadata(source: Source, heading: _Heading) -> Metadata:
    address = _ADDRESS.search(source.data)
    found = (from_archive_id(address[1].decode("ascii")) if address else None) or Metadata()
    outlet = found.outlet or outlet_of(heading.channel or "") or heading.channel
    if heading.day and found.air_date and heading.day != found.air_date:
        source.notes.add(
            f"the heading says {heading.day}, the identifier {found.air_date} (UTC); the heading's day is taken"
        )
    stated = Metadata(outlet=outlet, programme=heading.programme, air_date=heading.day)
    return stated.or_else(found)


def looks_like_page(head: str) -> bool:
    """Whether text has the archive's snippets in HTML, even without a page around them."""
    return "<div" in head and re.search(r"class\s*=\s*[\"'][^\"'<>]*\bsnipin\b", head) is not None


def looks_like_page_text(head: str) -> bool:
    """Whether text is a page's text: a heading before a clock line, or clock lines that go on minute by minute."""
    clocks: list[int] = []
    headed = False
    for line in head.splitlines():
        clock = _minutes(line)
        if clock is not None:
            clocks.append(clock)
        elif not clocks:
            headed = headed or (line.lstrip().startswith("tv ") and _AIRED.search(line[:2000]) is not None)
    steps = [(after - before) % _DAY_MINUTES for before, after in pairwise(clocks)]
    return bool(clocks) and (headed or (len(steps) > 0 and sum(step in (1, 2) for step in steps) * 2 >= len(steps)))

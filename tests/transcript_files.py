"""Writers of caption files, for tests and for the fuzz run: from timed lines to the bytes of each format.

A line is a list of words, each with the milliseconds at which it begins; a caption lasts until its last word ends.
The sentences are made up for these tests.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

SENTENCES = (
    "the convoy reached the crossing shortly after dawn and waited there for six hours",
    "two rockets fell on the olive groves below the village, nobody was hurt",
    ">> we heard the aircraft first and then the windows went",
    "a spokesman for the northern front denies that its guns were ever inside the zone",
    "doctors at the field clinic counted 14 wounded, among them three children",
    "both sides accuse each other of breaking the truce that was signed on monday",
    "the bridge at Tell Aswad is down again; engineers say it will take a week",
    "¿y ahora qué? la tregua sigue — por poco",
    "قالت مصادر محلية إن الهدنة صامدة حتى الآن",
    "♪ music ♪",
)


@dataclass(frozen=True)
class Caption:
    """What one caption says: words with their own begin, and the caption's end, all in milliseconds."""

    words: tuple[str, ...]
    begins: tuple[int, ...]
    end: int

    @property
    def begin(self) -> int:
        return self.begins[0]

    @property
    def text(self) -> str:
        return " ".join(self.words)


def evenly(text: str, begin: int, end: int) -> Caption:
    """A caption whose words share its time evenly."""
    words = tuple(text.split())
    return Caption(words, tuple(begin + (end - begin) * index // len(words) for index in range(len(words))), end)


def clock(milliseconds: int, point: str = ".") -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"


def in_two_lines(text: str, of: str = "\n") -> str:
    words = text.split()
    half = len(words) // 2
    return of.join(part for part in (" ".join(words[:half]), " ".join(words[half:])) if part)


def webvtt(captions: Sequence[Caption], *, newline: str = "\n") -> bytes:
    """Plain WebVTT with all that a file may hold besides captions."""
    blocks = ["WEBVTT - made for a test\nLanguage: en", "STYLE\n::cue { color: white }", "NOTE\nnot said by anyone"]
    for number, caption in enumerate(captions):
        name = f"cue-{number}\n" if number % 3 == 0 else ""
        settings = " line:0 position:20% align:start" if number % 2 else ""
        text = html.escape(in_two_lines(caption.text), quote=False)
        blocks.append(f"{name}{clock(caption.begin)} --> {clock(caption.end)}{settings}\n{text}")
    return ("\n\n".join(blocks) + "\n").replace("\n", newline).encode()


def youtube_vtt(lines: Sequence[Caption]) -> bytes:
    """WebVTT as YouTube writes automatic captions: every line comes twice more, once for 10 ms and once on top."""
    blocks = ["WEBVTT\nKind: captions\nLanguage: en"]
    above = " "
    for line in lines:
        first, *rest = (html.escape(word, quote=False) for word in line.words)
        tagged = first + "".join(
            f"<{clock(begin)}><c> {word}</c>" for word, begin in zip(rest, line.begins[1:], strict=True)
        )
        plain = html.escape(line.text, quote=False)
        settings = "align:start position:0%"
        blocks.append(f"{clock(line.begin)} --> {clock(line.end - 10)} {settings}\n{above}\n{tagged}")
        blocks.append(f"{clock(line.end - 10)} --> {clock(line.end)} {settings}\n{plain}\n ")
        above = plain
    return ("\n\n".join(blocks) + "\n\n").encode()


def srt(
    captions: Sequence[Caption], *, newline: str = "\n", point: str = ",", numbered: bool = True, bom: bool = False
) -> bytes:
    blocks = []
    for number, caption in enumerate(captions, 1):
        index = f"{number}\n" if numbered else ""
        text = in_two_lines(caption.text)
        text = f'<font color="#ffffff">{text}</font>' if number % 4 == 0 else text
        blocks.append(f"{index}{clock(caption.begin, point)} --> {clock(caption.end, point)}\n{text}\n")
    return ("\ufeff" * bom + "\n".join(blocks)).replace("\n", newline).encode()


def json3(captions: Sequence[Caption]) -> bytes:
    events: list[dict[str, object]] = [{"tStartMs": 0, "dDurationMs": 3_600_000, "id": 1, "wpWinPosId": 1}]
    for caption in captions:
        segments: list[dict[str, object]] = [{"utf8": caption.words[0], "acAsrConf": 0}]
        for word, begin in zip(caption.words[1:], caption.begins[1:], strict=True):
            segments.append({"utf8": f" {word}", "tOffsetMs": begin - caption.begin, "acAsrConf": 0})
        duration = caption.end - caption.begin
        events.append({"tStartMs": caption.begin, "dDurationMs": duration, "wWinId": 1, "segs": segments})
        events.append({"tStartMs": caption.end, "dDurationMs": 10, "wWinId": 1, "aAppend": 1, "segs": [{"utf8": "\n"}]})
    return json.dumps({"wireMagic": "pb3", "pens": [{}], "events": events}, ensure_ascii=False, indent=1).encode()


def whisper(captions: Sequence[Caption], *, words: bool = True) -> bytes:
    """openai-whisper's JSON, as faster-whisper and whisperX write it too."""
    segments = []
    for number, caption in enumerate(captions):
        ends = [*caption.begins[1:], caption.end]
        timed = [
            {"word": f" {word}", "start": begin / 1000, "end": end / 1000, "probability": 0.93}
            for word, begin, end in zip(caption.words, caption.begins, ends, strict=True)
        ]
        segment = {"id": number, "seek": 0, "start": caption.begin / 1000, "end": caption.end / 1000}
        segments.append(
            {**segment, "text": f" {caption.text}", "tokens": [50364, 11], **({"words": timed} if words else {})}
        )
    text = "".join(f" {caption.text}" for caption in captions)
    return json.dumps({"text": text, "segments": segments, "language": "en"}).encode()


def whisper_cpp(captions: Sequence[Caption], *, tokens: bool = True) -> bytes:
    """whisper.cpp's JSON: milliseconds, and words in tokens of half a word each."""
    transcription = []
    for caption in captions:
        parts: list[dict[str, object]] = [{"text": "[_BEG_]", "offsets": {"from": caption.begin, "to": caption.begin}}]
        for word, begin, end in zip(caption.words, caption.begins, [*caption.begins[1:], caption.end], strict=True):
            half = len(word) // 2
            middle = (begin + end) // 2
            for part, start, stop in ((" " + word[:half], begin, middle), (word[half:], middle, end)):
                parts.append({"text": part, "offsets": {"from": start, "to": stop}, "id": 1, "p": 0.9})
        transcription.append({
            "timestamps": {"from": clock(caption.begin, ","), "to": clock(caption.end, ",")},
            "offsets": {"from": caption.begin, "to": caption.end},
            "text": f" {caption.text}",
            **({"tokens": parts} if tokens else {}),
        })  # fmt: skip
    head = {"systeminfo": "none", "model": {"type": "base"}, "result": {"language": "en"}}
    return json.dumps({**head, "transcription": transcription}, ensure_ascii=False, indent="\t").encode()


def ttml(captions: Sequence[Caption], *, spans: bool = False) -> bytes:
    paragraphs = []
    for number, caption in enumerate(captions):
        if spans:
            ends = [*caption.begins[1:], caption.end]
            text = " ".join(
                f'<span begin="{begin - caption.begin}ms" end="{end - caption.begin}ms">{html.escape(word)}</span>'
                for word, begin, end in zip(caption.words, caption.begins, ends, strict=True)
            )
        else:
            text = in_two_lines(html.escape(caption.text), "<br/>")
        duration = f'dur="{caption.end - caption.begin}ms"'
        end = duration if number % 2 else f'end="{clock(caption.end)}"'
        paragraphs.append(f'   <p begin="{clock(caption.begin)}" {end} region="low">{text}</p>')
    body = "\n".join(paragraphs)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="en">\n'
        " <head><metadata><ttm:title>not said</ttm:title></metadata></head>\n"
        f" <body><div>\n{body}\n </div></body>\n</tt>\n"
    ).encode()


def archive_clock(minute: int, start: int = 12 * 60) -> str:
    """The clock line of a programme's minute: ``12:07 pm`` for the seventh of one that starts at noon."""
    hours, minutes = divmod((start + minute) % (24 * 60), 60)
    return f"{(hours - 1) % 12 + 1}:{minutes:02d} {'am' if hours < 12 else 'pm'}"


def archive_page(minutes: Sequence[str], *, start: int = 12 * 60, links: bool = True) -> bytes:
    """A TV News Archive page in HTML, one text a minute."""
    columns = []
    for minute, text in enumerate(minutes):
        link = f'<a href="/start/{minute * 60}/end/{minute * 60 + 60}"><div class="share-icon"> </div></a>'
        columns.append(
            f'<div class="tvcol">\n<div class="sniptitle">\n   {archive_clock(minute, start)}  </div>\n'
            f'{link if links else ""}\n<div class="snippet"><div class="snipin  nosel" unselectable="on">\n'
            f"{html.escape(text)}   </div></div>\n</div>"
        )
    name = "ALJAZ_20180104_120000_Inside_the_Truce"
    begin, end = (archive_clock(minute, start).replace(" ", "") for minute in (0, 30))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head>\n'
        f"<title>Inside the Truce : ALJAZ : January 4, 2018 {begin}-{end} GMT : Free Streaming</title>\n"
        "<script>if (1 < 2) { document.write('<div class=\"snipin\">not said</div>') }</script>\n"
        f'<link rel="canonical" href="https://archive.org/details/{name}">\n</head><body>\n'
        + "\n".join(columns)
        + "\n<div>Uploaded by TV Archive</div></body></html>\n"
    ).encode()


def archive_text(minutes: Sequence[str], *, start: int = 12 * 60) -> bytes:
    """The same page as its text alone."""
    begin, end = (archive_clock(minute, start).replace(" ", "") for minute in (0, 30))
    lines = ["Skip to main content", "", f"tv   Inside the Truce  Al Jazeera  January 4, 2018 {begin}-{end} GMT", ""]
    for minute, text in enumerate(minutes):
        lines += [archive_clock(minute, start), text]
    return "\n".join([*lines, "info Stream Only", "Uploaded by TV Archive on January 5, 2018", ""]).encode()

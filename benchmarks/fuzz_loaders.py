"""Damages valid caption files at random and loads them: nothing but a TranscriptError may come out of a bad file.

    python benchmarks/fuzz_loaders.py [--inputs 10000] [--seed 0] [--format webvtt] [--keep DIR]

Every input starts as a valid file of one format and goes through one to four mutations (bytes flipped, cut, spliced
with another file, inserted, repeated, nested deep, recoded). A transcript that is read must quote itself: cues in
order, times that never run back, text that is whole Unicode. The same seed gives the same inputs. Ends with status 1
where any input broke a rule; ``--keep`` writes those inputs out.
"""

from __future__ import annotations

import argparse
import html
import json
import math
import random
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import transcript_files as files
from trucewatch.transcript import FORMATS, Transcript, TranscriptError, cues_in_order, load
from trucewatch.transcript.encoding import to_utf8
from trucewatch.transcript.notes import Notes

SLOW_S = 5.0
"""Longest that one input, a few kilobytes, may take: a hang shows as this, not as a run that never ends."""

# A string (with what makes it a name), or a number that stands alone.
_VALUE = re.compile(rb'"[^"\\\n]{0,200}"(\s*:)?|(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])')
_ODD_NUMBERS = (
    b"0",
    b"-1",
    b"7",
    b"99999999999",
    b"1e999",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"x"',
    b"NaN",
    b"0.5",
    b"",
)
_ODD_STRINGS = (
    b'""', b"null", b"7", b"[]", b"{}", b'" "', b'"\\ud83d"', b'"\\u0000 x"', b'"-1s"', b'"1:2"', b'"3f"',
    b'"00:00:61"', b'"\xe2\x80\x8b"', b'"word word word"', b'["a", 1]', b'{"text": "a", "start": 1}',
)  # fmt: skip

# Escapes of whole characters: pairs of surrogates, and all others but halves of one.
_JSON_ESCAPE = re.compile(
    r'\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|["\\/bfnrt])'
)

# What may be an entity: which are decoded depends on the format, so both readings are searched.
_ENTITY = re.compile(r"&#?\w+;?")

Writer = Callable[[random.Random], bytes]

# What makes parsers stumble: delimiters of every format, numbers at the edge, marks, controls, bad UTF-8.
_SNIPPETS: tuple[bytes, ...] = (
    b"-->", b"00:00:01.000 --> 00:00:02.000\n", b"99999999999:00:00.000 --> 1:1", b"\n\n", b"\r", b"\r\n\r\n",
    b"WEBVTT\n\n", b"NOTE\n", b"STYLE\n", b"<v ", b"<v Name>", b"</v>", b"<00:00:01.500>", b"<c>", b"<", b">", b"&#0;",
    b"&#xD800;", b"&lt;", b"&", b"{\\an8}", b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud83d", b",", b":",
    b"null", b"NaN", b"-1e999", b"1e308", b"9" * 400, b"-0.0", b'"segs":', b'"words":[', b"<tt>", b"</p>",
    b"<p begin='1s'>", b"<br/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml?>", b"<!DOCTYPE tt>",
    b"<div class='snipin'>", b"<div class='sniptitle'>", b"12:60 pm", b"11:59 pm\n12:00 am\n", b"<script>", b"\x00",
    b"\x00" * 9, b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x1a", b"\x85",
    "\u2028\u200f\ufeff\ufffd".encode(), b"1" * 70, b" " * 70,
)  # fmt: skip


def _captions(rng: random.Random) -> list[files.Caption]:
    made, at = [], rng.randrange(5000)
    for _ in range(rng.randint(1, 8)):
        words = rng.choice(files.SENTENCES).split()
        text = " ".join(words[: rng.randint(1, len(words))])
        length = rng.randint(400, 8000)
        made.append(files.evenly(text, at, at + length))
        at += length + rng.choice((0, 0, 0, rng.randrange(3000), -length // 2))
    return made


def _rolling(rng: random.Random) -> list[files.Caption]:
    at, made = 0, []
    for _ in range(rng.randint(2, 8)):
        made.append(files.evenly(rng.choice(files.SENTENCES), at, at + rng.randint(500, 4000)))
        at = made[-1].end
    return made


def _minutes(rng: random.Random) -> list[str]:
    return [rng.choice(files.SENTENCES) for _ in range(rng.randint(1, 6))]


WRITERS: dict[str, tuple[Writer, ...]] = {
    "webvtt": (
        lambda rng: files.webvtt(_captions(rng), newline=rng.choice(("\n", "\r\n", "\r"))),
        lambda rng: files.youtube_vtt(_rolling(rng)),
    ),
    "srt": (
        lambda rng: files.srt(_captions(rng), newline=rng.choice(("\n", "\r\n")), numbered=rng.random() < 0.7),
        lambda rng: files.srt(_captions(rng), point=".", bom=True),
    ),
    "json3": (lambda rng: files.json3(_captions(rng)),),
    "whisper": (
        lambda rng: files.whisper(_captions(rng), words=rng.random() < 0.7),
        lambda rng: files.whisper_cpp(_captions(rng), tokens=rng.random() < 0.7),
    ),
    "ttml": (lambda rng: files.ttml(_captions(rng), spans=rng.random() < 0.5),),
    "tvarchive": (
        lambda rng: files.archive_page(_minutes(rng), start=rng.randrange(1440), links=rng.random() < 0.5),
        lambda rng: files.archive_text(_minutes(rng), start=rng.randrange(1440)),
    ),
    "text": (lambda rng: "\n".join(rng.sample(files.SENTENCES, 4)).encode(),),
}


def valid_file(rng: random.Random, format: str) -> bytes:
    """A valid file of a format, with made-up sentences."""
    return rng.choice(WRITERS[format])(rng)


def _flip(rng: random.Random, data: bytearray) -> bytes:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _overwrite(rng: random.Random, data: bytearray) -> bytes:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _cut(rng: random.Random, data: bytearray) -> bytes:
    return bytes(data[: rng.randrange(len(data))])


def _delete(rng: random.Random, data: bytearray) -> bytes:
    start = rng.randrange(len(data))
    return bytes(data[:start] + data[start + rng.randint(1, 60) :])


def _insert(rng: random.Random, data: bytearray) -> bytes:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        data[at:at] = rng.choice(_SNIPPETS)
    return bytes(data)


def _repeat(rng: random.Random, data: bytearray) -> bytes:
    start = rng.randrange(len(data))
    part = data[start : start + rng.randint(1, 300)]
    return bytes(data[:start] + part * rng.randint(2, 20) + data[start:])


def _splice(rng: random.Random, data: bytearray) -> bytes:
    other = valid_file(rng, rng.choice(FORMATS))
    return bytes(data[: rng.randrange(len(data))]) + other[rng.randrange(len(other)) :]


def _nest(rng: random.Random, data: bytearray) -> bytes:
    opening, closing = rng.choice(
        ((b"[", b"]"), (b'{"a":', b"}"), (b"<span>", b"</span>"), (b"<div>", b"</div>"), (b"<i>", b""))
    )
    depth = rng.choice((3, 70, 300, 3000, 100_000))
    at = rng.randrange(len(data) + 1)
    return bytes(data[:at]) + opening * depth + bytes(data[at:]) + closing * rng.choice((0, depth))


def _odd_values(rng: random.Random, data: bytearray) -> bytes:
    """Other numbers and strings where there are some: what stays well-formed gets past the parser, to the loader."""
    values = [value for value in _VALUE.finditer(data) if not value[1]]
    strings = [odd for odd in _ODD_STRINGS if odd.startswith(b'"')] if data.lstrip().startswith(b"<") else _ODD_STRINGS
    for value in sorted(rng.sample(values, min(len(values), rng.randint(1, 6))), key=lambda match: -match.start()):
        data[value.start() : value.end()] = rng.choice(strings if value[0].startswith(b'"') else _ODD_NUMBERS)
    return bytes(data)


def _recode(rng: random.Random, data: bytearray) -> bytes:
    text = bytes(data).decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "utf-8-sig", "cp1256", "utf-7"))
    return text.encode(encoding, "replace")


MUTATIONS: tuple[Callable[[random.Random, bytearray], bytes], ...] = (
    _flip, _overwrite, _cut, _delete, _insert, _insert, _repeat, _splice, _nest, _recode, _odd_values, _odd_values,
)  # fmt: skip


def damaged_file(rng: random.Random, format: str) -> bytes:
    """A valid file after one to four mutations; one in twenty stays as it is, three only have odd values put in."""
    data, lot = valid_file(rng, format), rng.random()
    if lot < 0.05:
        return data
    if lot < 0.2:
        return _odd_values(rng, bytearray(data))
    for _ in range(rng.randint(1, 4)):
        if data:
            data = rng.choice(MUTATIONS)(rng, bytearray(data))
    return data


def misquotes(transcript: Transcript, data: bytes) -> bool:
    """Whether raw says anything that the file does not, in the file's order.

    All that loading may do is leave characters out, fold white space and mark speakers: so raw's other characters must
    be found in the file one after the other. Captions put in order of time are not checked.
    """
    if any("put in order of time" in warning or "read as U+FFFD" in warning for warning in transcript.warnings):
        return False
    text = to_utf8(data, "fuzzed", Notes(), max_text=2**30).data.decode("utf-8")
    if transcript.format == "text":
        return transcript.raw != text
    if transcript.format in ("json3", "whisper"):
        text = _JSON_ESCAPE.sub(lambda escape: str(json.loads(f'"{escape[0]}"')), text)
    else:
        text = _ENTITY.sub(lambda entity: entity[0] + html.unescape(entity[0]), text)
    rest = iter(text)
    return not all(any(c == other for other in rest) for c in transcript.raw if not c.isspace() and c != ">")


def faults_of(transcript: Transcript) -> list[str]:
    """Which rules a transcript breaks in itself; none, one hopes."""
    raw, cues = transcript.raw, transcript.cues
    faults = []
    try:
        raw.encode("utf-8")
    except UnicodeEncodeError:
        faults.append("raw is not whole Unicode")
    if not raw.strip():
        faults.append("raw is empty")
    if not cues_in_order(cues, len(raw)):
        faults.append("cues are out of order")
    for before, after in pairwise(cues):
        if raw[before.end : after.start] not in ("", " "):
            faults.append("text between cues that no cue holds")
        if after.begin_s < before.begin_s or before.end_s > after.begin_s:
            faults.append("times run back")
    if cues and (cues[0].start != 0 or cues[-1].end != len(raw)):
        faults.append("text before or after all cues")
    for cue in cues:
        quote = raw[cue.start : cue.end]
        if not quote or quote != quote.strip() or quote != " ".join(quote.split()):
            faults.append("a cue that quotes nothing, or white space at its ends")
        if not (math.isfinite(cue.begin_s) and math.isfinite(cue.end_s) and 0 <= cue.begin_s <= cue.end_s):
            faults.append("a time that is none")
    if any("\n" in warning for warning in transcript.warnings):
        faults.append("a warning of several lines")
    return sorted(set(faults))


@dataclass
class Result:
    """Counts by format and outcome, the slowest input, and every failure with its input's number."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest_s: float = 0.0
    failures: list[tuple[int, str, bytes]] = field(default_factory=list)


def run(inputs: int, seed: int, formats: Sequence[str] = FORMATS) -> Result:
    """Load ``inputs`` damaged files, formats in turn."""
    result = Result()
    for number in range(inputs):
        format = formats[number % len(formats)]
        data = damaged_file(random.Random(f"{seed}/{number}"), format)
        started = time.perf_counter()
        outcome, fault = _load(data)
        taken = time.perf_counter() - started
        result.slowest_s = max(result.slowest_s, taken)
        if taken > SLOW_S:
            fault = fault or f"took {taken:.1f} s"
        result.counts[format, outcome] += 1
        if fault:
            result.failures.append((number, f"{format}: {fault}", data))
    return result


def _load(data: bytes) -> tuple[str, str]:
    """The outcome for the table, and what is wrong with it (empty: nothing)."""
    try:
        transcript = load(data, name="fuzzed")
    except TranscriptError as error:
        return "refused", "" if "\n" not in str(error) and error.cure else f"a message of several lines: {error}"
    except Exception:
        return "crashed", traceback.format_exc(limit=-3)
    return "read with warning" if transcript.warnings else "read", "; ".join(
        faults_of(transcript) + ["raw says what the file does not"] * misquotes(transcript, data)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=FORMATS, action="append", help="only this format (may be repeated)")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that broke a rule")
    options = parser.parse_args()
    started = time.perf_counter()
    result = run(options.inputs, options.seed, options.format or FORMATS)
    outcomes = ("read", "read with warning", "refused", "crashed")
    print(f"{'format':12}" + "".join(f"{outcome:>20}" for outcome in outcomes))
    for format in (*(options.format or FORMATS), "all"):
        of = [sum(n for key, n in result.counts.items() if format in (key[0], "all") and key[1] == o) for o in outcomes]
        print(f"{format:12}" + "".join(f"{count:>20,}" for count in of))
    print(f"{options.inputs:,} inputs, seed {options.seed}: {time.perf_counter() - started:.0f} s, "
          f"slowest {result.slowest_s:.2f} s, {len(result.failures)} failures")  # fmt: skip
    for number, fault, data in result.failures[:20]:
        print(f"input {number}: {fault}")
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{options.seed}-{number}.bin").write_bytes(data)
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())

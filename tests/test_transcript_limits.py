"""No file, however large or hostile, takes more than 200 MB above idle, or longer than it takes to say no."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import transcript_files as files
from trucewatch.transcript import TranscriptError, load

MB = 2**20
ABOVE_IDLE_MB = 200

# Loads the files named on its command line, each in a fork of its own, and tells what came of each: outcome, seconds,
# and peak memory above idle in MB. The peak is Linux's own (VmHWM); getrusage's would begin with the test process's.
_CHILD = """
import json, os, sys, time
from pathlib import Path
from trucewatch.transcript import TranscriptError, load

def memory(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))

load(b"warm up"), load(b"<tt><p begin='1s'>warm up</p></tt>")
for name in sys.argv[1:]:
    if os.fork():
        os.wait()
        continue
    idle, started = memory("VmRSS"), time.perf_counter()
    try:
        outcome = f"read as {load(name).format}"
    except TranscriptError as error:
        outcome = str(error).removeprefix(name)
    taken = time.perf_counter() - started
    print(json.dumps([Path(name).name, outcome, taken, memory("VmHWM") - idle]), flush=True)
    os._exit(0)
"""

_HOSTILE: dict[str, tuple[bytes, int, bytes, str]] = {
    # name: head, megabytes of what, what is repeated, the outcome
    "arrays.json": (b'{"segments": ', 60, b"[", ":1:78: is nested deeper than 64 levels; this is no transcript"),
    "dense.json": (b'{"segments": [', 10, b"[],", ":1:15: segment 1 is no object; make or download it again"),
    "string.json": (b'{"text": "', 60, b"\\\\", ":1:10: a string has no end; the file seems to be cut off"),
    "long.vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\n", 60, b"word ", ":4: has a caption of more than 1,000,000"),
    "lines.vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\na\n", 20, b"\n", ": has more than 5,000,000 lines"),
    "tags.vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\n", 20, b"<x>", ": has more than 2,000,000 tags"),
    "elements.ttml": (b"<tt>", 20, b"<p>", ": has more than 2,000,000 tags"),
    "attributes.ttml": (b"<tt", 30, b" a='1'", ":1:1: has no tag for more than 1 MB; this is no transcript"),
    "text.ttml": (b"<tt><p>", 30, b"a", ":1:5: has no tag for more than 1 MB; this is no transcript"),
    "open.html": (b"<html><div class='snipin'>", 20, b"<a '\"", ": has more than 2,000,000 tags"),
    "text.html": (b"<html><div class='snipin'>", 30, b"&amp;", ": has a caption of more than 1,000,000 characters"),
    "wide.txt": ("😀".encode(), 60, b"word ", ": takes 240 MB of memory as text, over the limit of 100 MB"),
    "plain.txt": (b"", 60, b"word ", "read as text"),
    "utf16.txt": (b"\xff\xfe", 60, "漢".encode("utf-16-le"), "read as text"),
    "cp1252.txt": (b"", 10, b"caf\xe9 and more words that are said in one line\n", "read as text"),
}
_NESTED: dict[str, tuple[bytes, str]] = {
    "nested.json": (b"[" * 100_000 + b"]" * 100_000, ":1:66: is nested deeper than 64 levels; this is no transcript"),
    "deep.json": (
        b'{"segments": [{"text": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}]}",
        ":1:334: is nested deeper than 64 levels; this is no transcript",
    ),
    "nested.ttml": (
        b"<tt>" + b"<span>" * 100_000 + b"</span>" * 100_000 + b"</tt>",
        ":1: is nested deeper than 100 levels; this is no transcript",
    ),
    "laughs.ttml": (
        b'<!DOCTYPE tt [<!ENTITY a "ha">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
        + b"]><tt><p>&j;</p></tt>",
        ":1:15: declares entities, which are not resolved; take its <!DOCTYPE ...> out",
    ),
    "outside.ttml": (
        b'<!DOCTYPE tt SYSTEM "file:///etc/passwd"><tt><p begin="1s">a truce</p></tt>',
        "read as ttml",
    ),
    "deep.html": (
        b"<html><div class='sniptitle'>1:00 am</div><div class='snipin'>" + b"<div>" * 100_000 + b"a truce",
        "read as tvarchive",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    folder = tmp_path_factory.mktemp("hostile")
    for name, size in (("sparse.vtt", 500), ("zeros.vtt", 60)):
        with (folder / name).open("wb") as file:
            file.truncate(size * MB)
    for name, (head, size, unit, _) in _HOSTILE.items():
        (folder / name).write_bytes(head + unit * (size * MB // len(unit)) + b"7]}" * (name == "dense.json"))
    for name, (data, _) in _NESTED.items():
        (folder / name).write_bytes(data)
    yield list(folder.iterdir())
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak of memory")
def test_hostile_files_are_refused_within_memory_and_time(hostile_files: list[Path]) -> None:
    command = [sys.executable, "-c", _CHILD, *(str(path) for path in hostile_files)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    told = {name: rest for name, *rest in (json.loads(line) for line in child.stdout.splitlines())}
    expected = {
        "sparse.vtt": ": is 500 MB, over the limit of 64 MB; give one broadcast a file, or raise max_bytes",
        "zeros.vtt": ": holds nothing but 62,914,560 NUL bytes; copy or download it again",
        **{name: outcome for name, (_, _, _, outcome) in _HOSTILE.items()},
        **{name: outcome for name, (_, outcome) in _NESTED.items()},
    }
    assert set(told) == set(expected)
    for name, (outcome, seconds, above_idle_mb) in told.items():
        assert outcome.startswith(expected[name]), name
        assert above_idle_mb <= ABOVE_IDLE_MB, name
        assert seconds < 30, name
    assert told["sparse.vtt"][1] < 1
    assert told["sparse.vtt"][2] < 5


_LINES = b"some words\n" * 40_000 + b"truce\n"
_TEDIOUS = {
    "one long attribute": b"<html><div " + b"{[" * 200_000 + b" class='snipin'>a truce</div>",
    "many headings": b"tv :: January 44, 2018 1:00pm-2:00pm" * 10_000 + b"\n1:00 pm\na\n1:01 pm\ntruce\n",
    "colons before a clock": (b": " * 900 + b"\n") * 300 + b"1:00 pm\na\n1:01 pm\ntruce\n",
    "two captions of many lines": b"WEBVTT\n\n00:01.000 --> 00:02.000\n"
    + _LINES
    + b"\n00:02.000 --> 00:03.000\n"
    + _LINES,
    "a segment of many parts": b'{"events": [{"tStartMs": 1, "segs": ['
    + b'{"utf8": "truce"}, ' * 150_000
    + b'{"utf8": "."}]}]}',
    "a word of many tokens": b'{"transcription": [{"text": "truce", "tokens": ['
    + b'{"text": "truce", "offsets": {"from": 1}}, ' * 80_000
    + b'{"text": "."}]}]}',
    "many prologs": b"<!---->" * 37_000 + b"<tt><p>a truce</p></tt>",
}


@pytest.mark.parametrize("case", _TEDIOUS)
def test_time_grows_no_faster_than_the_file(case: str) -> None:
    """Shapes that are slow where a loader looks at everything again for every part; the first once took two minutes."""
    started = time.perf_counter()
    assert "truce" in load(_TEDIOUS[case]).raw
    assert time.perf_counter() - started < 10


def test_the_limit_on_cues_names_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trucewatch.transcript.cuelines.MAX_CUES", 5)
    made = [files.evenly("word", n * 1000, n * 1000 + 1000) for n in range(6)]
    assert len(load(files.srt(made[:5])).cues) == 5
    with pytest.raises(TranscriptError, match=r"<bytes>:22: has more than 5 captions; give one broadcast a file"):
        load(files.srt(made))


def test_the_limit_on_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trucewatch.transcript.track.MAX_CUES", 5)
    with pytest.raises(TranscriptError, match="has more than 5 timed pieces; give one broadcast a file"):
        load(files.json3([files.evenly("one two three four five six", 0, 1000)]))


def test_the_end_of_stack_or_memory_is_an_error_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(error: type[Exception]) -> None:
        def fail(_: object) -> None:
            raise error

        monkeypatch.setattr("trucewatch.transcript.loading.detect_text", fail)

    raising(RecursionError)
    with pytest.raises(TranscriptError, match="is nested too deeply"):
        load(b"the truce holds")
    raising(MemoryError)
    with pytest.raises(TranscriptError, match="takes more memory than there is"):
        load(b"the truce holds")

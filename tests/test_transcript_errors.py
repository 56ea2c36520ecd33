"""What cannot be read gets one line that names file, place, problem and cure; what can, says what was mended."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

import transcript_files as files
from trucewatch.transcript import MAX_BYTES, TranscriptError, detect, from_text, load

MADE = [files.evenly(text, n * 4000, n * 4000 + 4000) for n, text in enumerate(files.SENTENCES)]
VTT = files.webvtt(MADE)
ENGLISH = "the truce held through the night, monitors say, for the first time since may\n" * 30


def refusal(data: bytes, name: str = "news.vtt") -> str:
    """The message with which ``data`` is refused."""
    with pytest.raises(TranscriptError) as caught:
        load(data, name=name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(name)
    assert caught.value.cure
    return message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "news.vtt: is empty; check how it was made"),
        (b"\xef\xbb\xbf", "news.vtt: holds no text; check how it was made"),
        (b" \r\n\t\n", "news.vtt: holds no words, only white space; check how it was made"),
        (b"\0" * 5000, "news.vtt: holds nothing but 5,000 NUL bytes; copy or download it again"),
        (b"\x89PNG\r\n\x1a\n....", "news.vtt:byte 0: is a PNG image, not a transcript; give its captions as text"),
        (b"%PDF-1.7\n...", "news.vtt:byte 0: is a PDF document, not a transcript; export it as plain text first"),
        (b"PK\x03\x04..", "news.vtt:byte 0: is a ZIP archive or an Office document, not a transcript; unpack it first"),
        (gzip.compress(VTT), "news.vtt:byte 0: is a gzip archive, not a transcript; unpack it first"),
        (
            b"\0\0\0 ftypisom",
            "news.vtt:byte 0: is an MP4 video or audio file, not a transcript; "
            "turn its speech into text with a recogniser first, such as Whisper",
        ),
        (b"WEBVTT\n\nNOTE nothing\n", "news.vtt: has no caption text; check how it was made"),
        (b"<tt><body/></tt>", "news.vtt: has no caption text; check how it was made"),
        (b'{"events": []}', "news.vtt: has no caption text; check how it was made"),
        (
            b'{"a": 1}',
            "news.vtt: has no text in segments, transcription, chunks or text; give the JSON that the recogniser wrote",
        ),
        (
            b'{"segments": [{"start": 1, "end": 2, "te',
            "news.vtt:1:38: a string has no end; the file seems to be cut off: make or download it again",
        ),
        (
            b'{"segments": [\n {"start": 1, "end": 2, "text": "a"}',
            "news.vtt:1:14: the JSON ends before what is opened here is closed; "
            "the file seems to be cut off: make or download it again",
        ),
        (
            b'{"segments": [\n {"start": 1 "end": 2, "text": "a"}]}',
            "news.vtt:2:14: is no valid JSON (Expecting ',' delimiter); make or download it again",
        ),
        (
            b'{"segments": [{"text": "a", "start": 1}]} {}',
            "news.vtt:1:43: there is more after the end of the JSON; make or download it again",
        ),
        (
            b'{"events": [{"tStartMs": "soon", "segs": [{"utf8": "a"}]}]}',
            "news.vtt:1:13: event 1 has a tStartMs that is no time; make or download it again",
        ),
        (b'{"segments": [7]}', "news.vtt:1:15: segment 1 is no object; make or download it again"),
        (
            b'{"segments": [{"start": ' + b"9" * 5000 + b', "text": "a"}]}',
            "news.vtt:1:15: has a number that is too long; make or download it again",
        ),
        (
            b"<tt>\n<body><p>a",
            "news.vtt:2:11: is no valid XML (Premature end of data in tag p line 2); make or download it again",
        ),
        (
            b"<tt>\n<p>a</q></tt>",
            "news.vtt:2:9: is no valid XML (Opening and ending tag mismatch: p line 2 and q); "
            "make or download it again",
        ),
        (
            b"<tt><p>a&nbsp;b</p></tt>",
            "news.vtt:1:15: is no valid XML (Entity 'nbsp' not defined); make or download it again",
        ),
        (
            b'<!DOCTYPE tt [\n<!ENTITY a "b">]><tt><p>&a;</p></tt>',
            "news.vtt:2:1: declares entities, which are not resolved; take its <!DOCTYPE ...> out",
        ),
        (
            b"<?xml version='1.0'?><rss><channel/></rss>",
            "news.vtt: is XML, but its root is <rss>, not <tt>; give TTML or DFXP captions",
        ),
        (
            b'<tt xmlns:p="http://www.w3.org/ns/ttml#parameter" p:frameRate="0"><p>a</p></tt>',
            "news.vtt:1: has a frame or tick rate that is none; make or download it again",
        ),
        (
            b"<!doctype html><html><body><p>hello</p></body></html>",
            "news.vtt: is a web page without captions of the TV News Archive; "
            "save the page of one broadcast, or give its captions as .srt",
        ),
        (
            ENGLISH.encode() + b"ab\0cd",
            "news.vtt:31:3: has a NUL where a character may be lost; make or download it again",
        ),
        (
            b"a\0b" * 100,
            "news.vtt:1:2: is binary, not text (100 of its 300 bytes are NUL); give its captions as text",
        ),
        (
            bytes(range(1, 128)) * 3,
            "news.vtt: is binary, not text (78 control characters in 381 bytes); give its captions as text",
        ),
        (
            ENGLISH.encode() + b"caf\xe9 r\xc3\xa9el",
            "news.vtt:31: mixes UTF-8 and Windows-1252 in one line (UTF-8 at offset 2316, byte 0xE9 at offset 2313); "
            "save it as UTF-8 text",
        ),
        (
            "قالت مصادر إن الهدنة صامدة".encode("windows-1256"),
            "news.vtt:1: is neither UTF-8 (byte 0xDE at offset 0) nor Western text; "
            "it may be in another encoding, such as Windows-1256 or Windows-1251: save it as UTF-8",
        ),
        (
            b"\xff\xfe" + "the truce \ud800 holds".encode("utf-16-le", "surrogatepass"),
            "news.vtt:near line 1: is UTF-16-LE, but the bytes at offset 22 are not; save it as UTF-8 text",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_one_line(data: bytes, expected: str) -> None:
    assert refusal(data) == expected


def test_two_files_joined_are_refused() -> None:
    twice = files.srt(MADE * 2 + [files.evenly("end", 999_000, 999_900)])
    late = files.srt([files.evenly(c.text, c.begin + 600_000, c.end + 600_000) for c in MADE] + MADE)
    message = refusal(late, "a.srt")
    assert message == (
        "a.srt: times jump back at line 52, and 10 captions come before others that stand in front of them: "
        "it looks like several files in one; split it where the times begin again"
    )
    assert load(twice).warnings  # within a minute: an ordinary disorder


@pytest.mark.parametrize("write", [files.webvtt, files.srt, files.json3, files.whisper, files.ttml, files.archive_page])
def test_a_file_cut_anywhere_is_refused_or_keeps_a_part_of_its_words(write: Callable[[object], bytes]) -> None:
    source = [caption.text for caption in MADE] if write is files.archive_page else MADE
    data = write(source)
    words = set(load(data).raw.split())
    read = 0
    for stop in range(60, len(data), 7):
        try:
            transcript = load(data[:stop])
        except TranscriptError:
            continue
        read += transcript.format == load(data).format
        # Only the word at the cut can be other than before, or an identifier and two digits of a timing line.
        assert len([word for word in transcript.raw.split() if word not in words]) <= 2
    assert (read == 0) == (write in (files.json3, files.whisper, files.ttml))


def test_windows_1252_is_read_with_the_first_odd_byte_named() -> None:
    text = "the truce\nheld in the caf\u00e9 \u2013 \u201cso far\u201d\n"
    transcript = load(text.encode("cp1252"))
    assert transcript.raw == text
    assert transcript.warnings == ("line 2: not UTF-8: byte 0xE9 at offset 25; the file is read as Windows-1252",)


def test_bytes_that_windows_1252_lacks_are_read_as_latin_1() -> None:
    transcript = load(ENGLISH.encode() + b"so \x81 far")
    assert transcript.raw.endswith("so \x81 far")
    assert "read as Windows-1252, with Latin-1 for bytes it lacks" in transcript.warnings[0]


def test_files_joined_from_two_encodings_are_read_line_by_line() -> None:
    transcript = load("l\u2019\u00e9t\u00e9\n".encode() + "l'\u00e9t\u00e9\n".encode("cp1252"))
    assert transcript.raw == "l\u2019\u00e9t\u00e9\nl'\u00e9t\u00e9\n"
    assert transcript.warnings == (
        "line 2: not UTF-8: byte 0xE9 at offset 12; lines that are not are read as Windows-1252, the others as UTF-8",
    )


def test_a_character_cut_by_the_end_of_the_file_is_left_out() -> None:
    transcript = load("la trêve — oui, là".encode()[:-1])
    assert transcript.raw == "la trêve — oui, l"
    assert transcript.warnings == ("the file ends within a character (byte 20); its incomplete bytes are left out",)
    assert load("\ufefftruce".encode("utf-16-le")[:-1]).raw == "truc"


def test_nuls_that_stand_for_nothing_are_left_out() -> None:
    transcript = load(ENGLISH.encode() + b"so \0far\0\0\0\0")
    assert transcript.raw == ENGLISH + "so far"
    assert transcript.warnings == (
        "4 NUL bytes that pad the end of the file are left out",
        "line 31: 1 NUL bytes next to white space are left out",
    )


def test_one_warning_a_kind() -> None:
    blocks = "\n\n".join(f"00:0{n}.000 --> 00:0{n - 1}.500\nword" for n in range(1, 9))
    assert load(f"WEBVTT\n\n{blocks}".encode()).warnings == (
        "line 3: caption ends before it begins; it is read as ending where it begins (8 times, this is the first)",
    )


def test_no_such_file_and_other_paths(tmp_path: Path) -> None:
    def message(path: object) -> str:
        with pytest.raises(TranscriptError) as caught:
            load(path)  # type: ignore[arg-type]
        return str(caught.value)

    assert message(tmp_path / "none.vtt") == f"{tmp_path / 'none.vtt'}: no such file; check the path"
    assert message(str(tmp_path)) == f"{tmp_path}: is a folder; give a file in it"
    assert "cannot be opened (embedded null byte); check the path" in message("a\0b")
    assert "\n" not in message("a\nb\x1b[31m")
    assert len(message("x" * 100_000)) < 500
    assert message(7) == "<source>: a int cannot be read as a transcript; give a path, or the bytes of a file"
    assert message("") == ".: is a folder; give a file in it"


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in the file system")
def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TranscriptError, match="is no regular file; save what it gives to a file first"):
        load(tmp_path / "pipe")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.vtt"
    path.write_bytes(VTT)

    def forbid(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbid)  # chmod does not stop root, which tests may run as
    with pytest.raises(TranscriptError, match=r"secret\.vtt: may not be read; change its permissions"):
        load(path)


def test_size_is_refused_before_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.vtt"
    with path.open("wb") as file:
        file.truncate(500 * 2**20)

    def never(*_: object) -> bytes:
        raise AssertionError("read before its size was checked")

    monkeypatch.setattr(os, "read", never)
    with pytest.raises(TranscriptError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}: is 500 MB, over the limit of 64 MB; give one broadcast a file, or raise max_bytes"
    )


def test_the_size_limit_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "news.vtt"
    path.write_bytes(VTT)
    assert len(VTT) < MAX_BYTES
    with pytest.raises(TranscriptError, match=r"is 1,2\d\d bytes, over the limit of 1,000 bytes"):
        load(path, max_bytes=1000)
    assert load(path, max_bytes=len(VTT)).raw == load(path).raw


@pytest.mark.parametrize(
    ("ending", "format"),
    [(".vtt", "plain text"), (".json", "plain text"), (".srt", "WebVTT"), (".json3", "Whisper JSON")],
)
def test_an_ending_that_promises_another_format_is_a_warning(ending: str, format: str) -> None:
    data = {"plain text": b"only words", "WebVTT": VTT, "Whisper JSON": files.whisper(MADE)}[format]
    warnings = load(data, name=f"news{ending}").warnings
    assert warnings == (f"named {ending}, but it holds {format}, and is read as that",)


@pytest.mark.parametrize("day", ["2019-13-01", "6 August 2019", "20190806", "", 20190806, "2019-08-06T10:00"])
def test_a_bad_air_date_is_refused(day: object) -> None:
    with pytest.raises(TranscriptError) as caught:
        load(b"the truce holds", air_date=day, name="a.txt")  # type: ignore[arg-type]
    assert str(caught.value) == f"a.txt: air_date {day!r} is no date; give it as YYYY-MM-DD"


def test_good_air_dates() -> None:
    for day in ("2019-08-06", " 2019-08-06 ", date(2019, 8, 6), datetime(2019, 8, 6, 23, 59)):
        assert load(b"the truce holds", air_date=day).air_date == date(2019, 8, 6)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(TranscriptError, match="there is no format 'sbv'; use one of webvtt, srt, json3"):
        load(b"the truce holds", format="sbv")  # type: ignore[arg-type]


def test_detect_refuses_what_is_no_text() -> None:
    with pytest.raises(TranscriptError, match=r"a\.bin:byte 0: is a gzip archive"):
        detect(gzip.compress(VTT), name="a.bin")
    with pytest.raises(TranscriptError, match="is empty"):
        detect(b"")


def test_text_that_is_no_text_is_refused() -> None:
    with pytest.raises(TranscriptError, match=r"<text>:character 10: has half of a surrogate pair \(U\+D83D\)"):
        from_text("the truce \ud83d")
    with pytest.raises(TranscriptError, match="<text>: a bytes is no text; use load for files and bytes"):
        from_text(b"the truce")  # type: ignore[arg-type]
    with pytest.raises(TranscriptError, match="holds no words"):
        from_text("  \n")

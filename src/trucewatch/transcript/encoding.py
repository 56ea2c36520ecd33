"""From a file's bytes to valid UTF-8, without guessing quietly.

Order of trial: byte order mark; UTF-16 told by its NULs; UTF-8; then, line by line, Windows-1252 for what is not UTF-8,
with a warning that names the first offending byte. Binary files, and NULs that may stand for a lost character, are
refused. Bytes in, bytes out: loaders decode only the part they look at, so memory stays bounded.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from trucewatch.transcript.model import TranscriptError
from trucewatch.transcript.notes import Notes
from trucewatch.transcript.source import Source, code_points, line_of, megabytes

_CHUNK = 2**20
_HIGH = bytes(range(0x80, 0x100))
_SPACE = b" \t\r\n\x0b\x0c"
# C0 controls that no text editor or captioner writes (ESC stays out: ISO-2022 and terminal captures have it), and DEL.
_CONTROLS = bytes([*range(0x01, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])

# Windows-1252, with the five bytes that it leaves undefined read as Latin-1 reads them.
_CP1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Signatures from the formats' own specifications, and what each is.
_MAGIC: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(signature, re.DOTALL), what)
    for signature, what in (
        (rb"\x89PNG\r\n\x1a\n", "a PNG image"),
        (rb"\xff\xd8\xff", "a JPEG image"),
        (rb"GIF8[79]a", "a GIF image"),
        (rb"%PDF-\d", "a PDF document"),
        (rb"PK\x03\x04", "a ZIP archive or an Office document"),
        (rb"\x1f\x8b", "a gzip archive"),
        (rb"BZh[1-9]1AY&SY", "a bzip2 archive"),
        (rb"\xfd7zXZ\x00", "an xz archive"),
        (rb"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (rb"\x28\xb5\x2f\xfd", "a Zstandard archive"),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
        (rb"\x7fELF", "a program"),
        (rb"SQLite format 3\x00", "an SQLite database"),
        (rb"\x1aE\xdf\xa3", "a Matroska or WebM video"),
        (rb"OggS\x00", "an Ogg audio file"),
        (rb"fLaC\x00", "a FLAC audio file"),
        (rb"ID3[\x02-\x04]\x00", "an MP3 audio file"),
        (rb"\xff[\xfb\xf3\xf2]", "an MP3 audio file"),
        (rb"\xff[\xf1\xf9]", "an AAC audio file"),
        (rb"\x00\x00..ftyp", "an MP4 video or audio file"),
        (rb"RIFF....WAVEfmt ", "a WAV audio file"),
        (rb"RIFF....AVI LIST", "an AVI video"),
    )
)
_CURES = {
    "archive": "unpack it first",
    "audio": "turn its speech into text with a recogniser first, such as Whisper",
    "video": "turn its speech into text with a recogniser first, such as Whisper",
    "document": "export it as plain text first",
}

_TEXT_CURE = "save it as UTF-8 text"


def to_utf8(data: bytes, name: str, notes: Notes, *, max_text: int) -> Source:
    """The file as a :class:`Source` in UTF-8; ``max_text`` bounds the memory of its decoded text, in bytes.

    Raises TranscriptError for empty, binary and undecodable files.
    """
    refuse_binary(data, name)
    encoding, skip = sniff(data)
    if encoding == "utf-8":
        source = Source(name, data[skip:], notes)
        del data
        _mend_utf8(source)
    else:
        source = Source(name, _transcode(data, skip, encoding, name, notes), notes)
        del data
    _settle_nuls(source)
    body = source.data
    if not body or body.isspace():
        raise source.error(
            "holds no words, only white space" if body else "holds no text", cure="check how it was made"
        )
    _refuse_controls(source)
    cost = text_memory(body)
    if cost > max_text:
        raise source.error(
            f"takes {megabytes(cost)} of memory as text, over the limit of {megabytes(max_text)}",
            cure="give one broadcast a file, or raise max_bytes",
        )
    return source


def sniff(data: bytes) -> tuple[str, int]:
    """The encoding to try first and the length of its byte order mark: UTF-8 unless marks or NULs say otherwise."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    return _utf16_by_nuls(data[: 2**16]) or "utf-8", 0


def _utf16_by_nuls(sample: bytes) -> str | None:
    """UTF-16 without a mark: NULs in one half of the byte pairs only, as spaces, digits and Latin letters give.

    NULs strewn in 8-bit text can fall on one side too; there the other bytes of that side are mostly printable ASCII,
    while in UTF-16 they are the high bytes of code units, small in every alphabet (CJK captions pass by their timings).
    """
    pairs = len(sample) // 2
    for encoding, high, low in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        highs, lows = sample[high : pairs * 2 : 2], sample[low : pairs * 2 : 2]
        nuls = highs.count(0)
        if pairs and nuls * 10 >= pairs and lows.count(0) == 0:
            printable = sum(0x20 <= byte < 0x7F for byte in highs)
            if printable * 2 < pairs:
                return encoding
    return None


def text_memory(data: bytes) -> int:
    """Bytes that Python takes for valid UTF-8 once decoded: 1, 2 or 4 for each code point by the widest of them."""
    length = code_points(data)
    if data.isascii():
        return length
    if re.search(rb"[\xf0-\xf4]", data):
        return 4 * length
    return length * (2 if re.search(rb"[\xc4-\xef]", data) else 1)


def chunks(data: bytes, size: int = _CHUNK) -> Iterator[bytes]:
    """``data`` in pieces of ``size`` bytes."""
    return (data[at : at + size] for at in range(0, len(data), size))


def refuse_binary(data: bytes, name: str) -> None:
    """Raise TranscriptError for nothing, for NULs alone, and for what begins as a known binary format does."""
    if not data:
        raise TranscriptError(name, "is empty", cure="check how it was made")
    for magic, what in _MAGIC:
        if magic.match(data):
            cure = next((cure for word, cure in _CURES.items() if word in what), "give its captions as text")
            raise TranscriptError(name, f"is {what}, not a transcript", place="byte 0", cure=cure)
    if not data.strip(b"\x00"):
        raise TranscriptError(name, f"holds nothing but {len(data):,} NUL bytes", cure="copy or download it again")


def _transcode(data: bytes, skip: int, encoding: str, name: str, notes: Notes) -> bytes:
    """UTF-16 or UTF-32 to UTF-8, a chunk at a time; a cut last character is dropped with a warning."""
    unit = 4 if "32" in encoding else 2
    title = encoding.upper().replace("UTF-", "UTF-", 1)
    if odd := (len(data) - skip) % unit:
        notes.add(f"the file ends within a {title} character; the incomplete last bytes are left out")
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    out, at, stop = io.BytesIO(), skip, len(data) - odd  # whose value comes without a copy, unlike a bytearray's
    while at < stop:
        chunk = data[at : min(at + _CHUNK, stop)]
        held = len(decoder.getstate()[0])
        try:
            out.write(decoder.decode(chunk, final=at + len(chunk) == stop).encode("utf-8"))
        except UnicodeDecodeError as error:
            offset = at - held + error.start
            if offset + unit >= stop and error.reason == "unexpected end of data":
                notes.add(f"the file ends within a {title} character; the incomplete last bytes are left out")
                break
            line = out.getvalue().count(b"\n") + 1
            raise TranscriptError(
                name,
                f"is {title}, but the bytes at offset {offset} are not",
                place=f"near line {line}",
                cure=_TEXT_CURE,
            ) from error
        at += len(chunk)
    return out.getvalue()


def _mend_utf8(source: Source) -> None:
    """Make ``source.data`` valid UTF-8: as it is, or less a cut last character, or line by line from Windows-1252."""
    bad = first_bad(source.data)
    if bad is None:
        return
    offset, cut = bad
    if cut and not source.data[:offset].isascii():
        source.notes.add(f"the file ends within a character (byte {offset}); its incomplete bytes are left out")
        source.data = source.data[:offset]
        return
    line, _ = line_of(source.data, offset)
    place = f"line {line}"
    byte = source.data[offset]
    _refuse_other_encodings(source, offset, line)
    encoding = "Windows-1252, with Latin-1 for bytes it lacks" if _UNDEFINED.search(source.data) else "Windows-1252"
    mended, mixed = _by_lines(source, encoding)
    if mixed:
        source.notes.add(f"not UTF-8: byte 0x{byte:02X} at offset {offset}; lines that are not are read as {encoding}, "
                         "the others as UTF-8", place)  # fmt: skip
    else:
        source.notes.add(f"not UTF-8: byte 0x{byte:02X} at offset {offset}; the file is read as {encoding}", place)
    source.data = mended


def first_bad(data: bytes) -> tuple[int, bool] | None:
    """The offset of the first byte that is not UTF-8, and whether it begins a character cut by the end; or None."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    at = 0
    for chunk in chunks(data):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=at + len(chunk) == len(data))
        except UnicodeDecodeError as error:
            return at - held + error.start, error.reason == "unexpected end of data"
        at += len(chunk)
    return None


def _refuse_other_encodings(source: Source, offset: int, line: int) -> None:
    """Refuse text that Windows-1252 would turn into rubbish: Western text has few bytes over 0x7F."""
    body = source.data.translate(None, _SPACE)
    high = len(body) - len(body.translate(None, _HIGH))
    if high >= 16 and high * 10 >= len(body) * 3:
        raise source.error(
            f"is neither UTF-8 (byte 0x{source.data[offset]:02X} at offset {offset}) nor Western text",
            line=line,
            cure="it may be in another encoding, such as Windows-1256 or Windows-1251: save it as UTF-8",
        )


def _by_lines(source: Source, encoding: str) -> tuple[bytes, bool]:
    """Every line that is not UTF-8 turned from Windows-1252; and whether other lines were UTF-8 beyond ASCII.

    A line that has both is refused: which of its characters are right cannot be told.
    """
    out, mixed, at = io.BytesIO(), False, 0
    for number, line in enumerate(io.BytesIO(source.data), 1):
        if line.isascii() or _is_utf8(line):
            mixed = mixed or not line.isascii()
            out.write(line)
        else:
            if both := _both(line):
                raise source.error(
                    f"mixes UTF-8 and {encoding.split(',')[0]} in one line "
                    f"(UTF-8 at offset {at + both[0]}, byte 0x{line[both[1]]:02X} at offset {at + both[1]})",
                    line=number,
                    cure=_TEXT_CURE,
                )
            for chunk in chunks(line):
                out.write(codecs.charmap_decode(chunk, "strict", _CP1252)[0].encode("utf-8"))
        at += len(line)
    return out.getvalue(), mixed


def _is_utf8(line: bytes) -> bool:
    if len(line) > _CHUNK:
        return first_bad(line) is None
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)


def _both(line: bytes) -> tuple[int, int] | None:
    """Where a line that is not UTF-8 has a valid UTF-8 sequence, and its first byte that is none; None without one."""
    valid = _SEQUENCE.search(line)
    bad = first_bad(line) if valid else None
    return (valid.start(), bad[0]) if valid and bad else None


def _settle_nuls(source: Source) -> None:
    """Take out NULs where that loses nothing (padding at the end, next to white space); refuse any other."""
    if b"\x00" not in source.data:
        return
    padding = len(source.data) - len(source.data.rstrip(b"\x00"))
    if padding:
        source.notes.add(f"{padding} NUL bytes that pad the end of the file are left out")
        source.data = source.data[:-padding]
    data = source.data
    count = data.count(b"\x00")
    if count * 100 > len(data):
        raise source.error(
            f"is binary, not text ({count:,} of its {len(data):,} bytes are NUL)",
            at=data.index(b"\x00"),
            cure="give its captions as text",
        )
    for run in re.finditer(rb"\x00+", data):
        start, end = run.span()
        if start > 0 and data[start - 1] not in _SPACE and data[end] not in _SPACE:
            raise source.error("has a NUL where a character may be lost", at=start, cure="make or download it again")
    if count:
        line, _ = line_of(data, data.index(b"\x00"))
        source.notes.add(f"{count} NUL bytes next to white space are left out", f"line {line}")
        source.data = data.replace(b"\x00", b"")


def _refuse_controls(source: Source) -> None:
    """Refuse files strewn with control characters: over 2% is no text (captions have none, damage a few)."""
    controls = sum(len(chunk) - len(chunk.translate(None, _CONTROLS)) for chunk in chunks(source.data))
    if controls >= 4 and controls * 50 > len(source.data):
        raise source.error(
            f"is binary, not text ({controls:,} control characters in {len(source.data):,} bytes)",
            cure="give its captions as text",
        )

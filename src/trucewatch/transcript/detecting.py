"""Which format a file is in, told by its content; its name plays no part."""

from __future__ import annotations

import re

from trucewatch.transcript.cuelines import timing
from trucewatch.transcript.encoding import sniff
from trucewatch.transcript.formats import Format
from trucewatch.transcript.tvarchive import looks_like_page, looks_like_page_text

HEAD = 2**18
"""How many bytes from the start are looked at. The first caption stands within; only HTML pages have a long preamble,
and they are known by their first tag."""

_JSON = re.compile(r'\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[{\]]|\[\s*[\[{"\]\d]|$))')
_JSON3 = re.compile(r'"(?:wireMagic|events|segs|tStartMs)"\s*:')
_PROLOG = re.compile(r"\s*(<(?:\?|!--|!DOCTYPE\s+(?P<html>html\b)?))", re.IGNORECASE)
_ROOT = re.compile(r"\s*<(?:[\w.-]{1,40}:)?([A-Za-z][\w.-]{0,40})[\s>/]")
_HTML_ROOTS = frozenset(("html", "head", "body", "meta", "title", "link", "div"))


def detect_text(data: bytes) -> Format:
    """The format of valid UTF-8 text. Anything that is no other format is plain text."""
    head = data[:HEAD].decode("utf-8", "replace")
    if re.match(r"\s*WEBVTT(?:[ \t\r\n]|$)", head):
        return "webvtt"
    if _JSON.match(head):
        return "json3" if _JSON3.search(head) else "whisper"
    if markup := _markup(head, data[-HEAD:].rstrip()):
        return markup
    if "-->" in head and any(timing(line) for line in head.splitlines()):
        return "srt"
    if looks_like_page(head) or looks_like_page_text(head):
        return "tvarchive"
    return "text"


def _markup(head: str, tail: bytes) -> Format | None:
    """TTML or a page where the text begins as XML or HTML does; None where it does not.

    XML with another root, told by its prolog or by ending with that root's tag, counts as TTML, whose reader says what
    is wrong with it.
    """
    at, is_xml = 0, False
    while prolog := _PROLOG.match(head, at):
        is_xml = True
        if prolog["html"]:
            return "tvarchive"
        close = {"<?": "?>", "<!--": "-->"}.get(prolog[1], ">")
        start = prolog.end()
        if close == ">" and (subset := head.find("[", start, head.find(">", start) + 1 or None)) >= 0:
            start = max(head.find("]", subset), start)
        end = head.find(close, start)
        at = len(head) if end < 0 else end + len(close)
    root = _ROOT.match(head, at)
    name = root[1].lower() if root else None
    if name in _HTML_ROOTS and (is_xml or name != "div" or looks_like_page(head)):
        return "tvarchive"
    closed = root is not None and tail.endswith(b"</" + root[1].encode("utf-8") + b">")
    return "ttml" if name == "tt" or is_xml or closed else None


def head_as_utf8(data: bytes) -> bytes:
    """The start of a file of any encoding as UTF-8, good enough to tell its format by."""
    encoding, skip = sniff(data)
    return data[skip : skip + HEAD].decode(encoding, "replace").replace("\x00", "").encode("utf-8", "replace")

"""A forgiving, linear scan over HTML: tags, their attributes and the text between them, without a tree.

A saved page may be broken, cut or hostile; nesting costs nothing here, as no element is ever held open.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from trucewatch.transcript.source import Source
from trucewatch.transcript.track import refuse_long_caption

_MAX_TAG = 2**20
"""Longest tag followed, in bytes; images written into a page make long ones."""

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]*+)((?:[^\"'<>]++|\"[^\"]*+\"|'[^']*+')*+)>")
# A name begins where another cannot be going on, so that a long run without "=" is tried once, not at every character.
_ATTRIBUTE = re.compile(r"(?<![^\s\"'/])([^\s=\"'/]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_RAW = {
    name: re.compile(rb"</" + name.encode() + rb"[\s/>]", re.IGNORECASE)
    for name in ("script", "style", "textarea", "noscript", "template", "svg")
}


@dataclass(slots=True)
class Tag:
    """A start or end tag; ``name`` in lower case."""

    name: str
    closes: bool
    raw: str

    def attribute(self, name: str) -> str:
        """The value of an attribute, entities decoded; empty where there is none."""
        for key, double, single, bare in _ATTRIBUTE.findall(self.raw):
            if key.lower() == name:
                return html.unescape(double or single or bare)
        return ""

    def has_class(self, name: str) -> bool:
        """Whether the class attribute holds ``name``."""
        return name in self.raw and name in self.attribute("class").split()


def scan(source: Source) -> Iterator[tuple[int, Tag | str]]:
    """Offsets of tags and texts in order. Comments, declarations, scripts, styles and the like are left out.

    A ``<`` that opens no tag is text. Text comes with entities decoded, in parts as the tags cut it; a part too long
    for any caption is refused.
    """
    data = source.data
    at = done = 0
    size = len(data)
    while (at := data.find(b"<", at)) >= 0:
        following = data[at + 1 : at + 2]
        if following in (b"!", b"?"):
            yield from _text(source, done, at)
            close = b"-->" if data.startswith(b"<!--", at) else b">"
            end = data.find(close, at + 2)
            at = done = size if end < 0 else end + len(close)
            continue
        match = _TAG.match(data, at, at + _MAX_TAG) if following == b"/" or following.isalpha() else None
        if match is None:
            at += 1
            continue
        yield from _text(source, done, at)
        tag = Tag(match[2].decode("ascii").lower(), bool(match[1]), match[3].decode("utf-8", "replace"))
        yield at, tag
        at = done = match.end()
        if tag.name in _RAW and not tag.closes and not tag.raw.endswith("/"):
            end_tag = _RAW[tag.name].search(data, at)
            at = done = end_tag.start() if end_tag else size
    yield from _text(source, done, size)


def _text(source: Source, start: int, end: int) -> Iterator[tuple[int, str]]:
    if start < end:
        refuse_long_caption(source, end - start)
        yield start, html.unescape(source.data[start:end].decode("utf-8", "replace"))

"""The formats a transcript can come in, under the names used everywhere else."""

from __future__ import annotations

from typing import Literal, get_args

Format = Literal["webvtt", "srt", "json3", "whisper", "ttml", "tvarchive", "text"]

FORMATS: tuple[Format, ...] = get_args(Format)

TITLES: dict[Format, str] = {
    "webvtt": "WebVTT",
    "srt": "SubRip (SRT)",
    "json3": "YouTube json3",
    "whisper": "Whisper JSON",
    "ttml": "TTML/DFXP",
    "tvarchive": "TV News Archive page",
    "text": "plain text",
}
"""How each is called in messages to people."""

ENDINGS: dict[str, tuple[Format, ...]] = {
    ".vtt": ("webvtt",),
    ".srt": ("srt",),
    ".json3": ("json3",),
    ".json": ("json3", "whisper"),
    ".ttml": ("ttml",),
    ".dfxp": ("ttml",),
    ".xml": ("ttml",),
    ".html": ("tvarchive",),
    ".htm": ("tvarchive",),
}
"""What a file's ending promises. Content decides; a broken promise is only a warning."""

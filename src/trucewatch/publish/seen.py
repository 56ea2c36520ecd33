"""Hostile text made safe to look at, wherever it is shown."""

from __future__ import annotations

import re

_UNSEEN: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"}
_UNSEEN |= {0x7F: "\u2421"} | dict.fromkeys(range(0x80, 0xA0), "\ufffd")
_UNSEEN |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\u2426")
_BREAKS = re.compile("[\t\n\r\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """Text whose unseen characters can be seen: controls as their pictures, direction overrides as a sign.

    A NUL would end up as something else in every browser, an escape would command a terminal, and an override would
    show words in an order they are not in. Marks that only hint at a direction stay: honest Arabic and Hebrew text
    needs them. Every character becomes one character.
    """
    return _SURROGATES.sub("\ufffd", text.translate(_UNSEEN))


def visible_line(text: str) -> str:
    """``visible``, and on one line: in a terminal a carriage return would write over what stands before it."""
    return _BREAKS.sub(" ", visible(text))

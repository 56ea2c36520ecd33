"""Step ``numbers``: what numbers the words say, in figures or spelled out, with the hedges around them.

Follows the figure rules of the reading format: "at least", "more than" leave the upper end open, "dozens" is 24 to 99.
Recognisers write money for plain numbers ("$200.00 people"); such a number is marked ``mangled`` with what it should read.
"""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from trucewatch.reading.document import BREAK_COMMA, BREAK_SENTENCE, Document, Number, Token
from trucewatch.reading.resources import resource

_PRICES = re.compile(
    r"(costs?|costing|prices?|priced|worth|pays?|paid|paying|charged?s?|fees?|fined?|sold|sells?|selling|spends?|spent|earns?"
    r"|earned|buys?|bought|salary|wages?|fares?|rent)$"
)
_PRICED = 4  # words before a sum in which a price is looked for
_MONEY = re.compile(r"\$[\d,]+\.\d\d")
_MONEY_NOUNS = re.compile(r"^(dollars?|pounds?|euros?|cents|bucks)$")


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, list[int] | int]]:
    """Number words and hedges from ``data/numbers.yaml``."""
    loaded: dict[str, dict[str, list[int] | int]] = yaml.safe_load(resource("numbers.yaml").read_text("utf-8"))
    return loaded


@lru_cache(maxsize=1)
def _hedges() -> list[tuple[tuple[str, ...], str]]:
    table: dict[str, list[str]] = _words()["hedges"]  # type: ignore[assignment]
    pairs = [(tuple(p.split()), kind) for kind, phrases in table.items() for p in phrases]
    return sorted(pairs, key=lambda p: -len(p[0]))


def numbers(doc: Document) -> Document:
    """Find every number in the document."""
    out: list[Number] = []
    i, n = 0, len(doc.tokens)
    while i < n:
        found = _number_at(doc, i)
        if found is None:
            i += 1
            continue
        found = _with_range(doc, found)
        _hedge(doc, found)
        out.append(found)
        i = found.last + 1
    doc.numbers = out
    return doc


def _joined(tokens: list[Token], i: int) -> bool:
    return 0 < i < len(tokens) and tokens[i].brk < BREAK_COMMA


def _digits(token: Token) -> tuple[float, bool, bool] | None:
    """Value, whether money-shaped with cents (a mangled plain number), whether an ordinal."""
    text = token.lower
    if not re.match(r"[$€£]?\d", text) or text.endswith(("%", "s")):
        return None
    ordinal = text.endswith(("st", "nd", "rd", "th"))
    body = re.sub(r"(st|nd|rd|th)$", "", text).lstrip("$€£")
    money = text[0] in "$€£" and body.endswith(".00")
    if text[0] in "$€£" and not money:
        return None
    body = body[:-3] if body.endswith(".00") else body
    body = body.replace(",", "")
    try:
        return float(body), money, ordinal
    except ValueError:
        return None


def _number_at(doc: Document, i: int) -> Number | None:
    tokens = doc.tokens
    table = _words()
    small: dict[str, int] = table["small"]  # type: ignore[assignment]
    scale: dict[str, int] = table["scale"]  # type: ignore[assignment]
    vague: dict[str, list[int]] = table["vague"]  # type: ignore[assignment]
    ordinals: dict[str, int] = table["ordinals"]  # type: ignore[assignment]
    token = tokens[i]
    for width in (3, 2, 1):
        phrase = " ".join(t.norm for t in tokens[i : i + width])
        if phrase in vague and all(_joined(tokens, j) for j in range(i + 1, i + width)):
            low, high = vague[phrase]
            return Number(i, i + width - 1, i, low, high)
    digits = _digits(token)
    if digits is not None:
        return _from_digits(doc, i, *digits)
    if token.norm in ordinals and token.norm not in small:
        return Number(i, i, i, ordinals[token.norm], ordinals[token.norm], ordinal=True)
    if token.norm == "half" and _next_norms(tokens, i, ("a", "million")):
        return Number(i, i + 2, i, 500_000, 500_000)
    if token.norm == "a" and i + 1 < len(tokens) and tokens[i + 1].norm in {*scale, "dozen"} and _joined(tokens, i + 1):
        spelled = _spelled(tokens, i + 1, small, scale, 1)
        return spelled and Number(i, spelled[1], i, spelled[0], spelled[0])
    if token.norm not in small:
        return None
    spelled = _spelled(tokens, i, small, scale, None)
    if spelled is None:
        return None
    value, last = spelled
    return Number(i, last, i, value, value)


def _next_norms(tokens: list[Token], i: int, want: tuple[str, ...]) -> bool:
    return tuple(t.norm for t in tokens[i + 1 : i + 1 + len(want)]) == want


def _from_digits(doc: Document, i: int, value: float, money: bool, ordinal: bool) -> Number | None:
    tokens = doc.tokens
    scale: dict[str, int] = _words()["scale"]  # type: ignore[assignment]
    last = i
    while last + 1 < len(tokens) and tokens[last + 1].norm in scale and _joined(tokens, last + 1):
        value *= scale[tokens[last + 1].norm]
        last += 1
    after = tokens[last + 1].norm if last + 1 < len(tokens) else ""
    mangled = None
    if money:
        # "$200.00 people": real sums are followed by dollars, "in aid", "a month"... or are said of prices.
        if _MONEY_NOUNS.match(after) and not (last + 2 < len(tokens) and tokens[last + 2].brk < BREAK_COMMA):
            return None
        if _said_of_prices(tokens, i):
            return None
        mangled = f"{int(value)}"
    if value != int(value):
        return None
    return Number(i, last, i, int(value), int(value), ordinal=ordinal, mangled=mangled)


def _said_of_prices(tokens: list[Token], i: int) -> bool:
    """Whether a price is spoken of just before ("costs $39.00 in Kassala and $59.00 in ...")."""
    for j in range(i - 1, max(i - 1 - _PRICED, -1), -1):
        if tokens[j + 1].brk >= BREAK_COMMA:
            return False
        if _PRICES.match(tokens[j].norm):
            return True
        if _MONEY.match(tokens[j].raw):
            return _said_of_prices(tokens, j)
    return False


def _spelled(
    tokens: list[Token], i: int, small: dict[str, int], scale: dict[str, int], start: int | None
) -> tuple[int, int] | None:
    """Value and last token of a spelled-out number ("three hundred and twenty thousand"); None where there is none."""
    total, current, last, j = 0, start if start is not None else 0, -1, i
    previous = "" if start is None else "one"
    while j < len(tokens):
        word = tokens[j].norm
        if j > i and not _joined(tokens, j):
            break
        if word in small:
            value = small[word]
            # "nineteen ninety" and "two two": a new number starts unless tens are followed by units or a scale went before.
            if previous in small and not (small[previous] >= 20 and small[previous] % 10 == 0 and value < 10):
                break
            current += value
        elif word in scale or word == "dozen":
            factor = scale.get(word, 12)
            if last < 0 and start is None:
                return None
            if factor == 100 or word == "dozen":
                current = max(current, 1) * factor
            else:
                total += max(current, 1) * factor
                current = 0
        elif word == "and" and previous in {"hundred", "thousand", "million"} and j + 1 < len(tokens):
            nxt = tokens[j + 1].norm
            if nxt not in small or (previous != "hundred" and small[nxt] >= 100):
                break
            j += 1
            continue
        else:
            break
        previous, last = word, j
        j += 1
    return (total + current, last) if last >= 0 else None


def _with_range(doc: Document, number: Number) -> Number:
    """Join "twenty to thirty", "between 5 and 7", "two or three", "20-30" into one number."""
    tokens = doc.tokens
    j = number.last + 1
    if number.ordinal or j >= len(tokens):
        return number
    before = tokens[number.first - 1].norm if number.first else ""
    link = tokens[j].norm
    dash = (
        "-" in doc.raw[tokens[number.last].end : tokens[j].start]
        or "–" in doc.raw[tokens[number.last].end : tokens[j].start]
    )
    at = j if dash else j + 1
    if not dash and not (link in {"to", "or"} or (link == "and" and before == "between")):
        return number
    if at >= len(tokens) or (not _joined(tokens, j) and not dash):
        return number
    second = _number_at(doc, at)
    if second is None or second.ordinal or second.low is None or number.low is None or second.low <= number.low:
        return number
    low = number.low
    if low < 1000 and second.low >= 1000 and second.last > at:  # "two to three thousand"
        factor = 10 ** (len(str(second.low)) - len(str(second.low).rstrip("0")))
        low = low * factor if low * factor < second.low else low
    return Number(number.first, second.last, number.head, low, second.high, mangled=number.mangled or second.mangled)


def _hedge(doc: Document, number: Number) -> None:
    """Widen the number by the words before ("more than") and after it ("or more")."""
    tokens = doc.tokens
    for phrase, kind in _hedges():
        start = number.first - len(phrase)
        if start < 0 or tuple(t.norm for t in tokens[start : number.first]) != phrase:
            continue
        if any(tokens[k].brk >= BREAK_SENTENCE for k in range(start + 1, number.first + 1)):
            continue
        number.first = start
        if kind == "low":
            number.high = None
        elif kind == "high":
            number.low, number.high = None, number.high if number.high is not None else number.low
        return
    after = tuple(t.norm for t in tokens[number.last + 1 : number.last + 3])
    if after in {("or", "more"), ("and", "counting")}:
        number.high = None
        number.last += 2

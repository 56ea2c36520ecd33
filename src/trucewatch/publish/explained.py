"""Why some words were put right, or were not, for a terminal or a plain pipe: an explanation in words and rows.

As in ``terminal``, what carries meaning is carried by words, never by colour alone, and transcript text is never taken
for markup.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from trucewatch.publish.seen import visible_line
from trucewatch.publish.words import counted, probability
from trucewatch.reading.explain import Aligned, Explanation, Listening, Option, Outcome, Window

WIDTH = 100
"""Columns where the output is no terminal's."""
IN_FULL, IN_BRIEF = 3, 4
"""Windows of a step that are shown with all their evidence, and further ones in a line each."""
GROUNDS, FEWER = 8, 4
"""Pieces of evidence shown of the likeliest candidate, and of others; the JSON has all."""
_LEAST = 0.05  # log-odds below which a piece of evidence is not worth a line


def print_explanation(found: Explanation, raw: str, console: Console) -> None:
    """Print an explanation for a person; ``raw`` is the transcript's raw text."""
    _Printer(found, console).all(raw)


class _Printer:
    """Prints an explanation part by part. Text of a transcript is made visible and is never taken for markup."""

    def __init__(self, found: Explanation, console: Console) -> None:
        self.found, self.console = found, console

    def all(self, raw: str) -> None:
        """The words in their line, what was made of them, then what each step listened to."""
        found = self.found
        self._context(raw)
        shares = ", ".join(f"{t} {probability(share)}" for t, share in found.theatres) or "none"
        self.line(f"characters {found.start} to {found.end} of {found.id}", 0, "dim")
        self.line(f"theatre here: {found.theatre or 'none stands out'} · shares of the transcript: {shares}", 0, "dim")
        if found.listened:
            self.line(f"names listened for: {', '.join(found.listened)}", 0, "dim")
        for note in found.notes:
            self.line(note, 0, "magenta")
        self.head("What was made of it")
        for outcome in found.outcomes:
            self._outcome(outcome)
        names = found.names
        self.head("Heard as a name?", _thresholds(names, "the step sounds"))
        self._listening(names)
        self.head("Heard as another word?", _thresholds(found.words, "the step mishearings"))
        self._listening(found.words)
        if any(w.options for w in (*names.windows, *found.words.windows)):
            self.console.print()
            self.line(
                "Costs are what it takes to hear one sound for another, learned from misheard names; - is a sound that "
                "only one of the two has; XR is an r before no vowel. A first look judges each run of words by itself, a "
                "second one in view of the others. Weights are the log-odds lost without that evidence; they do not "
                "add up to the whole.", 0, "dim", 0,
            )  # fmt: skip

    def line(self, text: str | Text, indent: int = 2, style: str = "", hang: int = 2) -> None:
        """A paragraph under its indent, wrapped; further lines stand ``hang`` columns in."""
        shown = Text(visible_line(text), style=style) if isinstance(text, str) else text
        room = max(self.console.width - indent - hang, 20)
        first = shown.wrap(self.console, room + hang)
        lines = [first[0], *shown[len(first[0].plain) :].wrap(self.console, room)] if len(first) > 1 else list(first)
        for number, line in enumerate(lines):
            line.rstrip()
            if number and line.plain.startswith(" "):
                line = line[1:]
            self.console.print(Text(" " * (indent + hang * bool(number))) + line, highlight=False, soft_wrap=True)

    def head(self, title: str, beside: str = "") -> None:
        """A heading."""
        self.console.print()
        self.line(Text(title, style="bold").append(f"  {beside}" if beside else "", style="not bold dim"), 0)

    def _context(self, raw: str) -> None:
        """The line of text that the words stand in, cut to the width, with the words marked."""
        found, room = self.found, self.console.width
        words = _one_line(visible_line(raw[found.start : found.end]))
        if cell_len(words) > room * 2 // 3:
            words = f"{words[: room // 2]} … {words[-room // 8 :]}"
        side = max((room - cell_len(words)) // 2 - 1, 4)
        before = _one_line(visible_line(raw[max(0, found.start - 3 * side) : found.start]))
        after = _one_line(visible_line(raw[found.end : found.end + 3 * side]))
        while cell_len(before) > side:
            before = "…" + before[2:]
        while cell_len(after) > side:
            after = after[:-2] + "…"
        text = Text(before).append(words, style="bold underline").append(after)
        self.console.print(text, highlight=False, soft_wrap=True)
        self.console.print(Text(" " * cell_len(before) + "^" * cell_len(words)), highlight=False, soft_wrap=True)

    def _outcome(self, outcome: Outcome) -> None:
        """What was made of some of the words, and the reasons that the reading gives."""
        if outcome.what == "left":
            self.line(f"“{outcome.heard}” was left as heard{self._why_left(outcome)}")
            return
        kind = f" ({outcome.kind}, {outcome.entity_id})" if outcome.entity_id else ""
        sure = probability(outcome.confidence or 0.0)
        said = {
            "put right": f"“{outcome.heard}” was put right: {outcome.reads}{kind}, probability {sure}",
            "suggested": f"“{outcome.heard}” was left; perhaps {outcome.reads}{kind}: only suggested, at {sure}",
            "spelled": f"“{outcome.heard}” is {outcome.reads}{kind} as it stands, sure {sure}",
            "word put right": f"“{outcome.heard}” was put right: the word “{outcome.reads}”, probability {sure}",
        }[outcome.what]
        how = {"generic": ", a general phrase", "name": ""}.get(outcome.how or "name", f", by its {outcome.how}")
        how = how if outcome.what == "spelled" else ""
        self.line(f"{said} (step {outcome.step}{how})", 2, "bold" if "right" in outcome.what else "")
        if outcome.candidates:
            others = ", ".join(f"{c.name} {probability(c.confidence)}" for c in outcome.candidates)
            self.line(f"or else: {others}", 4, "dim")
        for reason in outcome.why:
            weight = f"{reason.weight:+.1f}" if reason.weight is not None else ""
            self.line(f"{weight:>5}  {reason.kind}: {reason.detail}", 2, "dim", hang=7)

    def _why_left(self, outcome: Outcome) -> str:
        """Why nothing was made of words, in short."""
        windows = [w for w in self.found.names.windows if w.start < outcome.end and outcome.start < w.end]
        likely = [(option, w) for w in windows for option in w.options]
        suggest = self.found.names.suggest
        if likely and suggest is not None:
            best, where = max(likely, key=lambda pair: pair[0].probability)
            if best.probability < suggest:
                return (
                    f": the likeliest name, {best.name} for “{where.heard}”, is {probability(best.probability)} probable, "
                    f"less than the {probability(suggest)} from which a name is suggested"
                )
            return ""
        return f": {windows[0].why_not}" if windows and windows[0].why_not else ": nothing sounds alike enough"

    def _listening(self, heard: Listening) -> None:
        """What a step listened to over the words: the likeliest windows in full, others in a line."""
        if heard.idle:
            self.line(f"Nothing: {heard.idle}.")
            return
        judged = [w for w in heard.windows if w.options]
        # The words asked about, where they were not listened to, come first: that is the answer.
        unheard = [w for w in heard.windows if w.why_not]
        for window in unheard[:IN_BRIEF]:
            self._brief(window)
        for number, window in enumerate(judged[:IN_FULL]):
            self._window(window, heard, likeliest=number == 0)
        brief = [*judged[IN_FULL:], *(w for w in heard.windows if not w.options and not w.why_not)]
        for window in brief[:IN_BRIEF]:
            self._brief(window)
        left = len(brief[IN_BRIEF:]) + len(unheard[IN_BRIEF:])
        if left:
            self.line(f"and {left} other runs of words over these: --json has them", 2, "dim")

    def _brief(self, window: Window) -> None:
        """A window in a line: its likeliest name, or why there is none."""
        if window.options:
            best = window.options[0]
            self.line(f"“{window.heard}”: likeliest {best.name}, {probability(best.similarity)} alike, probability "
                      f"{probability(best.probability)}")  # fmt: skip
            return
        if window.why_not:
            self.line(f"“{window.heard}” was not listened to: {window.why_not}.")
        else:
            self.line(f"“{window.heard}” ({' '.join(window.phones)}): nothing was judged for these words.")
        self._near(window)

    def _near(self, window: Window) -> None:
        """What sounds near a window and was not judged for it, with the reason where it was listened to."""
        if window.near:
            near = [f"{_named(n.name, n.spelling)} {probability(n.similarity)}" for n in window.near]
            if window.why_not is None:
                near = [
                    said if n.similarity < window.floor else f"{said} ({n.why_not})"
                    for said, n in zip(near, window.near, strict=True)
                ]
            below = window.why_not is None and any(n.similarity < window.floor for n in window.near)
            least = f" ({probability(window.floor)} is the least that is judged)" if below else ""
            also = "also near by sound" if window.options else "nearest by sound"
            self.line(f"{also}{least}: {'; '.join(near)}", 4, "dim")

    def _window(self, window: Window, heard: Listening, *, likeliest: bool) -> None:
        """A window with its candidates; of one that is not the likeliest only the best in full."""
        text = Text(f"“{visible_line(window.heard)}”", style="bold")
        self.line(text.append(f"  {' '.join(window.phones)}", style="not bold dim"))
        for number, option in enumerate(window.options, 1):
            if not likeliest and number > 1:
                self.line(f"{number}. {self._title(option, window, heard)}", 4, hang=3)
            else:
                self._option(number, option, window, heard, GROUNDS if likeliest and number == 1 else FEWER)
        if likeliest:
            self._near(window)

    def _title(self, option: Option, window: Window, heard: Listening) -> str:
        """A candidate in a line: how alike, how likely, and what that led to."""
        kind = f" ({option.kind})" if option.kind != "word" else ""
        first = f"{probability(option.first)} by itself, " if option.first != option.probability else ""
        name = _named(option.name, option.spelling)
        return (
            f"{name}{kind}: {probability(option.similarity)} alike; probability {first}{probability(option.probability)}: "
            f"{self._verdict(option, window, heard)}"
        )

    def _verdict(self, option: Option, window: Window, heard: Listening) -> str:
        """What a candidate's probability led to."""
        made = next(
            (o for o in self.found.outcomes
             if (o.start, o.end) == (window.start, window.end) and o.what not in {"left", "spelled"}), None,
        )  # fmt: skip
        if made is not None and option is window.options[0]:
            return made.what if made.reads == option.name else f"{made.what}, as {made.reads}"
        if heard.apply is not None and option.probability >= heard.apply:
            return "likely enough, but outdone on these words"
        if heard.suggest is not None and option.probability >= heard.suggest:
            return "worth suggesting, but outdone on these words"
        return "too unlikely"

    def _option(self, number: int, option: Option, window: Window, heard: Listening, most: int) -> None:
        """A candidate in full: the two sounds side by side, then the heaviest evidence."""
        self.line(f"{number}. {self._title(option, window, heard)}", 4, hang=3)
        if option.note:
            self.line(option.note, 7, "dim")
        for row in _side_by_side(option.aligned, self.console.width - 9):
            self.line(row, 9)
        grounds = [g for g in option.grounds if abs(g.weight) >= _LEAST]
        for ground in grounds[:most]:
            self.line(f"{ground.weight:+5.1f}  {ground.detail}", 9, hang=7)
        if len(grounds) > most:
            self.line(f"and {counted(len(grounds) - most, 'lighter piece')} of evidence", 16, "dim")


def _thresholds(heard: Listening, step: str) -> str:
    """What a step asks of a probability."""
    if heard.apply is None:
        return step
    suggest = f", suggested from {probability(heard.suggest)}" if heard.suggest is not None else ""
    return f"{step}; put right from {probability(heard.apply)}{suggest}"


def _named(name: str, spelling: str) -> str:
    """A name, with the spelling that was compared where it is another."""
    return name if name.casefold() == spelling.casefold() else f"{name}, said “{spelling}”"


def _one_line(text: str) -> str:
    """A text with every white space a plain one."""
    return re.sub(r"\s", " ", text)


def _side_by_side(aligned: Aligned, width: int) -> list[str]:
    """Rows of the two sounds and their costs, in blocks that fit a width, and the sum."""

    def cell(text: str) -> str:
        return f"{text:<5}"

    def cost(value: float) -> str:
        return "0" if value == 0 else f"{value:.2f}".removeprefix("0")

    columns = max((width - 7) // 5, 1)
    rows = []
    for at in range(0, len(aligned.cost), columns):
        cut = slice(at, at + columns)
        for label, cells in (
            ("heard", [p or "-" for p in aligned.heard[cut]]),
            ("said", [p or "-" for p in aligned.said[cut]]),
            ("cost", [cost(c) for c in aligned.cost[cut]]),
        ):
            rows.append(f"{label:<7}{''.join(map(cell, cells))}".rstrip())
    total = sum(aligned.cost)
    rows.append(f"alike  1 - {total:.2f} / {aligned.scale:.2f} = {1 - total / aligned.scale:.2f}")
    return rows

"""What a loader has to tell about a file that it could read: warnings, one a kind, with a count and the first place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """Warnings in the order in which their kinds were first met.

    A damaged file can go wrong in the same way ten thousand times: it gets one line, not ten thousand.
    """

    _kinds: dict[str, tuple[int, str | None]] = field(default_factory=dict)

    def add(self, problem: str, place: str | None = None) -> None:
        """Record ``problem`` (a whole sentence part, the same words for the same kind) once more."""
        count, first = self._kinds.get(problem, (0, place))
        self._kinds[problem] = (count + 1, first)

    def lines(self) -> tuple[str, ...]:
        """The warnings, such as ``line 7: cue time cannot be read ... (3 times, this is the first)``."""
        return tuple(
            (f"{place}: " if place else "") + problem + (f" ({count} times, this is the first)" if count > 1 else "")
            for problem, (count, place) in self._kinds.items()
        )

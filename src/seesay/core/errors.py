"""The errors that a user sees: one line that says what is wrong, one that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class SeesayError(Exception):
    """Something the user can mend; the command line prints it and leaves with exit code 2."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


def unknown_name(kind: str, name: str, known: Iterable[str]) -> SeesayError:
    """Return the error for a name that is not among the known ones, with the nearest."""
    choices = sorted(known)
    near = get_close_matches(name, choices, n=1, cutoff=0.5)
    guess = f"Did you mean '{near[0]}'? " if near else ""
    return SeesayError(
        f"There is no {kind} called '{name}'.", f"{guess}Known: {', '.join(choices) or 'none'}."
    )

"""The one place where the facets of a description become the text that is embedded."""

from __future__ import annotations

from collections.abc import Iterable

from seesay.describe.base import Facets, Moment

RENDER_VERSION = 1


def render(facets: Facets) -> str:
    """Return the facets as one readable line each, the empty ones left out.

    The summary comes first and without a label, because text encoders cut what is too long.
    The words depend on the facets alone; a change of them is a new `RENDER_VERSION`.
    """
    lines = [
        _line("", [facets.summary]),
        _line("Genre", [facets.genre]),
        _line("Setting", [facets.setting]),
        _line("Shows", facets.people_and_things),
        _line("What happens", facets.actions),
        _line("Mood", [facets.mood]),
        _line("Intent", [facets.intent]),
        _line("Humour", [facets.humour]),
        _line("Refers to", facets.cultural_references),
        _line("Text on screen", facets.on_screen_text),
        _line("Speech", [facets.speech]),
        _line("Sound", [facets.sound]),
        _line("Moments", [_moment(moment) for moment in facets.moments], "; "),
    ]
    return "\n".join(line for line in lines if line)


def _line(label: str, parts: Iterable[str], between: str = ", ") -> str:
    """Join the parts that say something into one line with a full stop; empty if none does."""
    words = [" ".join(part.split()) for part in parts]
    distinct = dict.fromkeys(word for word in words if word)
    text = between.join(distinct)
    if not text:
        return ""
    stop = "" if text[-1] in ".!?…。！？" else "."
    return f"{label}: {text}{stop}" if label else f"{text}{stop}"


def _moment(moment: Moment) -> str:
    """Write one moment with its seconds; empty where nothing is said of it."""
    what = moment.what.strip().rstrip(".")
    return f"{what} ({moment.start:g} to {moment.end:g} s)" if what else ""

"""A description is graded without a second model: by its form, and by what else is known.

Rough on purpose. A fault is a reason for a person to look, not a verdict; what could not be checked
is said to be so, and never counts as right or wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seesay.core.counts import counted
from seesay.describe.base import Facets
from seesay.describe.languages import language_of, words_of
from seesay.describe.render import render
from seesay.describe.senses.compose import NOTHING

# What is left of a score of 1 for each fault; several are multiplied.
FAULTS = {
    "empty": 0.0,
    "repetitive": 0.3,
    "cut off": 0.5,
    "wrong language": 0.3,
    "unsupported speech": 0.5,
    "unsupported sound": 0.6,
    "unsupported screen text": 0.6,
    "near copy": 0.6,
    "raw": 0.7,
}
LEAST_WORDS = 4
NGRAM = 3
MOST_REPEATED = 0.4
LEAST_REPEATING = 20
ENDS = ".!?…。！？\"'”’»)]*"
HANGING = frozenset(
    ("a", "an", "the", "and", "or", "of", "with", "in", "on", "at", "to", "for", "by", "from", "as")
)
NOTHING_SAID = frozenset({"none", "unknown", "n a", "null", "nothing", "not available", "empty"})
QUOTE = re.compile(r"[\"“«„]([^\"“”«»„]{3,})[\"”»“]")
NEGATION = re.compile(
    r"\b(no|none|not|never|without|nothing|nobody|silent|silence|muted?|absent|inaudible|cannot"
    r"|can't|isn't|unknown|n/?a)\b",
    re.IGNORECASE,
)
HEARD = re.compile(
    r"\b(voice-?over|a voice|voices? (says?|is|are)|narrator|heard|sings?|singing|soundtrack"
    r"|background music|music plays?|says? (\"|“))",
    re.IGNORECASE,
)
SUPPORTED = 0.5
LATIN = re.compile(r"[a-zA-Z]{3,}")


@dataclass(frozen=True)
class Evidence:
    """What is known of a video besides its description; None where nobody has looked.

    Attributes:
        sound: it has a sound track.
        transcript: the words that are said in it.
        screen_text: the words that can be read in it.
    """

    sound: bool | None = None
    transcript: str | None = None
    screen_text: str | None = None


@dataclass(frozen=True)
class Fault:
    """One thing that looks wrong: a name of `FAULTS`, and what was found."""

    name: str
    found: str


@dataclass(frozen=True)
class Grade:
    """What the checks say of one description.

    Attributes:
        faults: the worst first.
        unchecked: what it claims, and nobody can hold against anything.
    """

    faults: tuple[Fault, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """1 where nothing is wrong, 0 where nothing is said."""
        score = 1.0
        for fault in self.faults:
            score *= FAULTS[fault.name]
        return score


def grade(
    text: str,
    facets: Facets,
    evidence: Evidence,
    *,
    language: str = "English",
    error: str = "",
    near: str = "",
) -> Grade:
    """Grade one description.

    Args:
        text: what is embedded.
        facets: the parsed answer; of words without facets, a summary that is all of the text.
        language: the one that was asked for, by its name in `languages`; empty for any.
        error: why raw text was kept instead of facets, or empty.
        near: the item whose text is nearly the same, or empty.
    """
    if fault := _empty(text, facets):
        return Grade((fault,))
    speech, unheard = _speech(facets, evidence)
    screen, unread = _screen_text(facets.on_screen_text, evidence.screen_text)
    faults = [
        _repetitive(text),
        _cut_off(facets.summary, error),
        _wrong_language(facets, language),
        speech,
        _sound(facets, evidence),
        screen,
        Fault("near copy", f"nearly the same words as '{near}'") if near else None,
        Fault("raw", error) if error else None,
    ]
    found = sorted((fault for fault in faults if fault), key=lambda fault: FAULTS[fault.name])
    return Grade(tuple(found), tuple(note for note in (unheard, unread) if note))


def _empty(text: str, facets: Facets) -> Fault | None:
    if facets.summary.strip() == NOTHING:
        # Light, colours and sound, which stand behind it, tell no video from another.
        return Fault("empty", "nothing was recognised")
    lines = [" ".join(words_of(line.partition(": ")[2] or line)) for line in text.splitlines()]
    said = [line for line in lines if line and line not in NOTHING_SAID]
    words = sum(len(line.split()) for line in said)
    return Fault("empty", counted(words, "word")) if words < LEAST_WORDS else None


def _repetitive(text: str) -> Fault | None:
    """Look at the share of runs of three words that came before in the text."""
    words = words_of(text)
    if len(words) < LEAST_REPEATING:
        return None
    runs = list(zip(*(words[start:] for start in range(NGRAM)), strict=False))
    times = Counter(runs)
    share = 1 - len(times) / len(runs)
    if share <= MOST_REPEATED:
        return None
    worst = " ".join(times.most_common(1)[0][0])
    return Fault("repetitive", f"{share:.0%} was said before, such as '{worst}'")


def _cut_off(summary: str, error: str) -> Fault | None:
    """Look whether the words stop within a sentence."""
    if "cut at" in error:
        return Fault("cut off", "the model was stopped before it had ended")
    summary = summary.strip()
    words = words_of(summary)
    if not words or summary[-1] in ENDS:
        return None
    sentences = len(re.findall(r"[.!?。！？](?=\s|$)", summary))
    if words[-1] in HANGING or summary[-1] in ",;:-" or (sentences and len(words) > LEAST_WORDS):
        return Fault("cut off", f"it ends with '{summary[-30:]}'")
    return None


def _wrong_language(facets: Facets, language: str) -> Fault | None:
    """Look at the words that are the model's own; what is quoted keeps its language."""
    if not language:
        return None
    own = facets.model_copy(update={"on_screen_text": [], "speech": "", "cultural_references": []})
    found = language_of(QUOTE.sub(" ", render(own)))
    return Fault("wrong language", found) if found not in ("", language) else None


def _speech(facets: Facets, evidence: Evidence) -> tuple[Fault | None, str]:
    """Hold what it says is said against the sound track and the transcript."""
    claimed = facets.speech.strip()
    if not claimed or NEGATION.search(claimed):
        return None, ""
    if evidence.sound is False:
        return Fault("unsupported speech", "the file has no sound track"), ""
    if evidence.transcript is None:
        return None, "speech"
    if not evidence.transcript.strip():
        return Fault("unsupported speech", "nobody was heard to speak"), ""
    heard = set(words_of(evidence.transcript))
    for quote in QUOTE.findall(claimed):
        words = words_of(quote)
        if len(words) >= NGRAM and sum(word in heard for word in words) < SUPPORTED * len(words):
            return Fault("unsupported speech", f"not in the transcript: '{quote[:60]}'"), ""
    return None, ""


def _sound(facets: Facets, evidence: Evidence) -> Fault | None:
    """Look for sound in the words about a file that has none."""
    if evidence.sound is not False:
        return None
    said = facets.sound.strip()
    if said and not NEGATION.search(said):
        return Fault("unsupported sound", f"the file has no sound track, but: '{said[:60]}'")
    for sentence in re.split(r"(?<=[.!?])\s+", facets.summary):
        if HEARD.search(sentence) and not NEGATION.search(sentence):
            return Fault("unsupported sound", f"the file has no sound track: '{sentence[:60]}'")
    return None


def _screen_text(claimed: Sequence[str], read: str | None) -> tuple[Fault | None, str]:
    """Hold what it says can be read against what was read; in Latin letters alone."""
    lines = [line for line in claimed if LATIN.search(line)]
    if read is None or not lines:
        return None, "screen text" if any(line.strip() for line in claimed) else ""
    there = _trigrams([read])
    wrong = [line for line in lines if _share(_trigrams([line]), there) < SUPPORTED]
    if 2 * len(wrong) > len(lines):
        return Fault("unsupported screen text", f"could not be read: '{wrong[0][:60]}'"), ""
    return None, ""


def _trigrams(texts: Iterable[str]) -> set[str]:
    """Return the runs of three letters; a reader of screens joins words and mistakes letters."""
    letters = "".join(letter for text in texts for letter in text.casefold() if letter.isalnum())
    return {letters[start : start + 3] for start in range(len(letters) - 2)}


def _share(wanted: set[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 1.0

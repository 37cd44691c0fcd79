"""From what was recognised to readable sentences; nothing is said that was not measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seesay.describe.base import Facets, Moment
from seesay.describe.senses.labels import CATCH_ALL, Recognised, label_table, with_article
from seesay.describe.senses.look import BRIGHT, DARK, LIVELY, STILL, Look
from seesay.describe.senses.screen_text import ScreenText
from seesay.describe.senses.sound import Sound
from seesay.describe.senses.speech import Speech

NOTHING = "Nothing in this video was recognised."
SURE = 0.5
QUIET, LOUD = -38.0, -14.0
SUMMARY_WORDS = 12
SUMMARY_LINES = 3
MOST_MOMENTS = 12
LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True)
class Findings:
    """All that was recognised in one video; None or empty where there was nothing to go by.

    Attributes:
        rest: the sound outside the spans of speech, where that is long enough to measure.
    """

    seen: Recognised
    look: Look | None
    texts: Sequence[ScreenText]
    speech: Speech
    sound: Sound | None
    rest: Sound | None
    sound_present: bool


def compose(found: Findings, most_text: int) -> Facets:
    """Write the findings as facets; on-screen text is cut after `most_text` characters."""
    texts = _cut([text.text for text in found.texts], most_text)
    return Facets(
        summary=_summary(found),
        setting=_setting(found.look) if found.look else "",
        people_and_things=_things(found.seen),
        actions=_actions(found.look) if found.look else [],
        on_screen_text=texts,
        speech=_speech(found.speech),
        sound=_sound(found),
        moments=_moments(found),
    )


def _summary(found: Findings) -> str:
    """Say what it looks like, what it reads and what it says, in a sentence each at most."""
    parts = [_looks_like(found.seen)]
    if found.texts:
        largest = sorted(found.texts, key=lambda text: -text.size * len(text.text) ** 0.5)[
            :SUMMARY_LINES
        ]
        lines = [text.text for text in found.texts if text in largest]
        parts.append(f'The screen reads "{_quoted(" / ".join(lines))}".')
    if found.speech.text:
        parts.append(f'A voice says "{_quoted(found.speech.text)}".')
    elif found.speech.spans:
        parts.append("A voice is heard.")
    elif found.sound and not found.sound.is_silent and not any(parts):
        parts.append(f"It sounds like {_kind_of_sound(found.sound)}.")
    said = " ".join(part for part in parts if part)
    return said or NOTHING


def _looks_like(seen: Recognised) -> str:
    """Name the likeliest kind and classes, in words that are as sure as the classifier is."""
    kind_of = dict(label_table())
    names = [guess.name for guess in seen.classes[:3]]
    if seen.faint:
        faint = _either([guess.name for guess in seen.faint])
        return f"It is hard to tell what it shows; at a guess {faint}."
    if not seen.kinds:
        return f"It may show {_either(names)}." if names else ""
    kind = seen.kinds[0]
    inside = [name for name in names if kind_of[name] == kind.name and name != kind.name]
    outside = [name for name in names if kind_of[name] != kind.name]
    verb = "It seems to show" if kind.probability >= SURE else "It may show"
    detail = f" (perhaps {_either(inside)})" if inside else ""
    more = f" or {_either(outside)}" if outside else ""
    return f"{verb} {with_article(kind.name)}{detail}{more}."


def _things(seen: Recognised) -> list[str]:
    names = [guess.name for guess in (*seen.kinds, *seen.classes)]
    return [name for name in dict.fromkeys(names) if name != CATCH_ALL]


def _setting(look: Look) -> str:
    """Say how light, how colourful and of what shape the picture is."""
    light = "dark, " if look.light < DARK else "bright, " if look.light > BRIGHT else ""
    ratio = look.width / look.height
    shape = "upright" if ratio < 0.9 else "square" if ratio < 1.15 else "wide"
    if look.colourless:
        article = "An" if not light and shape == "upright" else "A"
        return f"{article} {light}{shape} picture without colour"
    names = [name for name, _ in look.colours[:3]]
    strength = "vivid, " if look.vivid > 0.35 else "muted, " if look.vivid < 0.1 else ""
    article = "An" if not light and not strength and shape == "upright" else "A"
    colours = f", mostly {_listed(names)}" if names else ""
    return f"{article} {light}{strength}{shape} picture{colours}"


def _actions(look: Look) -> list[str]:
    if look.cuts:
        times = "once" if len(look.cuts) == 1 else f"at least {len(look.cuts)} times"
        return [f"the scene changes {times}"]
    if look.movement < STILL:
        return ["the picture hardly moves"]
    return ["the picture moves a lot" if look.movement > LIVELY else "the picture moves gently"]


def _speech(speech: Speech) -> str:
    if speech.text:
        language = LANGUAGES.get(speech.language, "")
        return f"In {language}: {speech.text}" if language else speech.text
    return "A voice is heard, its words could not be made out" if speech.spans else ""


def _sound(found: Findings) -> str:
    """Say what the sound track is like; "no sound track" is a finding too."""
    sound = found.sound
    if sound is None:
        return "Too short to judge" if found.sound_present else "No sound track"
    if sound.is_silent:
        return "A silent sound track"
    loud = "quiet: " if sound.loudness < QUIET else "loud: " if sound.loudness > LOUD else ""
    text = f"{loud}{_heard(found, sound)}"
    if sound.silent > 0.2 and not found.speech.spans:
        text += f", with silence for {round(100 * sound.silent)} percent of the time"
    return text[0].upper() + text[1:]


def _heard(found: Findings, sound: Sound) -> str:
    if not found.speech.spans:
        return _kind_of_sound(sound)
    share = found.speech.seconds / sound.seconds
    voice = "mostly a voice" if share > 0.6 else "a voice at times"
    rest = found.rest
    if rest is None or rest.is_silent or rest.loudness < sound.loudness - 20:
        return voice
    # The rest was cut out between the words, so that a beat in it would be that of the cuts.
    return f"{voice}, and {_kind_of_sound(replace(rest, beat_strength=0.0))}"


def _kind_of_sound(sound: Sound) -> str:
    """Name the character of a sound without a voice; it is called music only where it is tonal."""
    beat = sound.beat_strength > 0.35
    pace = "fast" if sound.beat > 140 else "slow" if sound.beat < 80 else "medium"
    rhythm = f" with a regular, {pace} beat" if beat else ""
    height = "low" if sound.pitch < 350 else "high" if sound.pitch > 1500 else "middle"
    if sound.tonal > 0.75:
        if sound.steadiness > 0.9 and not beat:
            return f"one long held tone or chord, {height} in pitch"
        return f"music or a melody, {height} in pitch{rhythm}"
    if sound.tonal < 0.2:
        if beat:
            return f"drumming, clicks or knocks{rhythm}"
        if sound.pitch < 200:
            return "a low rumble"
        if sound.noise > 0.3:
            return "a hissing noise"
    return f"various sounds, {height} in pitch{rhythm}"


def _moments(found: Findings) -> list[Moment]:
    """List when the scene changes and when a voice comes and goes, in order of time."""
    cuts = found.look.cuts if found.look else ()
    spans = found.speech.spans
    throughout = (
        len(spans) == 1 and found.sound and found.speech.seconds > 0.8 * found.sound.seconds
    )
    moments = [
        Moment(start=round(before, 1), end=round(after, 1), what="the scene changes")
        for before, after in cuts
    ]
    moments += [
        Moment(start=round(start, 1), end=round(end, 1), what="a voice is heard")
        for start, end in (() if throughout else spans)
    ]
    return sorted(moments, key=lambda moment: (moment.start, moment.end))[:MOST_MOMENTS]


def _cut(texts: Sequence[str], most: int) -> list[str]:
    kept: list[str] = []
    for text in texts:
        if sum(map(len, kept)) + len(text) > most:
            break
        kept.append(text)
    return kept


def _quoted(text: str) -> str:
    """Return the first words of a text, of a script without spaces the first characters."""
    words = text.split()
    if len(words) > SUMMARY_WORDS:
        return " ".join(words[:SUMMARY_WORDS]) + " ..."
    most = 8 * SUMMARY_WORDS
    return text[:most] + " ..." if len(text) > most else text.rstrip(".")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _either(names: Sequence[str]) -> str:
    said = [with_article(name) for name in names]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"

"""The sound of the demo's clips: synthesised music and, where espeak-ng is there, speech."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Literal

import numpy as np

from seesay.catalog.datasets import demo_espeak
from seesay.core.errors import SeesayError

Music = Literal["chords", "arpeggio", "drums", "drone", "bells"]

RATE = 44_100
_WORDS_A_MINUTE = 160


def music(kind: Music, seconds: float, seed: int) -> np.ndarray:
    """Return music as float32 [channels, samples] at `RATE`, its loudest sample at 0.5.

    The seed draws key and tempo; `drone` and `chords` are stereo, the others mono.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    key = 110.0 * 2 ** (rng.integers(0, 12) / 12)
    beat = float(rng.uniform(0.32, 0.55))
    made = _KINDS[kind](time, key, beat, rng)
    made = made * np.clip(np.minimum(time, time[-1] - time) / 0.05, 0, 1)
    loudest = float(np.abs(made).max(initial=0.0))
    return np.atleast_2d(made * (0.5 / max(loudest, 1e-9))).astype(np.float32)


def _semitones(steps: float) -> float:
    return float(2 ** (steps / 12))


def _strokes(time: np.ndarray, starts: np.ndarray, decay: float) -> list[tuple[int, np.ndarray]]:
    """Return the first sample and the falling envelope of each note."""
    first = np.searchsorted(time, starts)
    return [(int(at), np.exp(-time[: len(time) - at] / decay)) for at in first if at < len(time)]


def _chords(time: np.ndarray, key: float, beat: float, rng: np.random.Generator) -> np.ndarray:
    roots = (0, 9, 5, 7)
    step = (time / (2 * beat)).astype(int) % len(roots)
    left = np.zeros_like(time)
    right = np.zeros_like(time)
    for place, root in enumerate(roots):
        here = np.where(step == place, 1.0, 0.0)
        third = 3 if root == 9 else 4
        for note in (0, third, 7, 12):
            pitch = key * _semitones(root + note - (12 if root > 5 else 0))
            left += here * np.sin(2 * np.pi * pitch * time)
            right += here * np.sin(2 * np.pi * pitch * 1.003 * time)
    return np.stack([left, right])


def _arpeggio(time: np.ndarray, key: float, beat: float, rng: np.random.Generator) -> np.ndarray:
    made = np.zeros_like(time)
    ladder = (0, 4, 7, 12, 16, 12, 7, 4)
    strokes = _strokes(time, np.arange(0, time[-1], beat / 2), 0.18)
    for number, (at, envelope) in enumerate(strokes):
        pitch = 2 * key * _semitones(ladder[number % len(ladder)])
        phase = 2 * np.pi * pitch * time[: len(envelope)]
        made[at:] += envelope * (np.sin(phase) + 0.3 * np.sin(2 * phase))
    return made


def _drums(time: np.ndarray, key: float, beat: float, rng: np.random.Generator) -> np.ndarray:
    made = np.zeros_like(time)
    for at, envelope in _strokes(time, np.arange(0, time[-1], beat), 0.09):
        local = time[: len(envelope)]
        made[at:] += envelope * np.sin(2 * np.pi * (50 * local - 4.0 * np.exp(-local / 0.03)))
    for at, envelope in _strokes(time, np.arange(beat, time[-1], 2 * beat), 0.07):
        made[at:] += 0.6 * envelope * rng.normal(size=len(envelope))
    for at, envelope in _strokes(time, np.arange(beat / 2, time[-1], beat / 2), 0.02):
        hiss = np.diff(rng.normal(size=len(envelope)), prepend=0.0)
        made[at:] += 0.25 * envelope * hiss
    return made


def _drone(time: np.ndarray, key: float, beat: float, rng: np.random.Generator) -> np.ndarray:
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 0.3 * time)
    sides = []
    for detune in (1.0, 1.004):
        low = key / 2 * detune
        partials = [np.sin(2 * np.pi * low * n * time + n) / n for n in (1, 2, 3, 5)]
        sides.append(swell * np.sum(partials, axis=0))
    return np.stack(sides)


def _bells(time: np.ndarray, key: float, beat: float, rng: np.random.Generator) -> np.ndarray:
    made = np.zeros_like(time)
    for at, envelope in _strokes(time, np.arange(0, time[-1], 1.5 * beat), 0.7):
        pitch = 4 * key * _semitones(float(rng.choice([0, 2, 4, 7, 9])))
        for ratio, loudness in ((1.0, 1.0), (2.76, 0.5), (5.4, 0.25)):
            phase = 2 * np.pi * pitch * ratio * time[: len(envelope)]
            made[at:] += loudness * envelope**ratio * np.sin(phase)
    return made


_KINDS = {
    "chords": _chords,
    "arpeggio": _arpeggio,
    "drums": _drums,
    "drone": _drone,
    "bells": _bells,
}


def can_speak() -> bool:
    """Say whether the speech synthesiser (the package `espeakng_loader`) is installed."""
    return importlib.util.find_spec("espeakng_loader") is not None


def speech(sentence: str, voice: str = "en-us") -> np.ndarray:
    """Return a sentence spoken by espeak-ng, float32 [1, samples] at `RATE`, loudest at 0.8.

    Raises:
        ImportError: the package `espeakng_loader` is not installed.
        SeesayError: the synthesiser does not start.
    """
    import espeakng_loader

    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    program = [sys.executable, "-I", "-S", demo_espeak.__file__]
    arguments = [str(library), str(data), voice, str(_WORDS_A_MINUTE), sentence]
    ran = subprocess.run([*program, *arguments], capture_output=True, check=False)
    if ran.returncode != 0 or len(ran.stdout) <= 4:
        why = ran.stderr.decode(errors="replace").strip().splitlines()
        raise SeesayError(
            f"The speech synthesiser espeak-ng does not start ({(why or ['no sound'])[-1]}).",
            "Install it again, or do without it: pip uninstall espeakng-loader",
        )
    rate = int.from_bytes(ran.stdout[:4], "little")
    samples = np.frombuffer(ran.stdout[4:], "<i2").astype(np.float64)
    times = np.arange(round(len(samples) * RATE / rate)) * (rate / RATE)
    even = np.interp(times, np.arange(len(samples)), samples)
    loudest = float(np.abs(samples).max())
    return np.atleast_2d(even * (0.8 / max(loudest, 1.0))).astype(np.float32)


def mix(voice: np.ndarray, bed: np.ndarray | None, seconds: float) -> np.ndarray:
    """Lay a voice over a quiet bed of music; float32 [channels, samples] of the length asked."""
    length = round(seconds * RATE)
    start = min(round(0.15 * RATE), max(0, length - voice.shape[1]))
    made = np.zeros((1 if bed is None else bed.shape[0], length), np.float32)
    end = min(length, start + voice.shape[1])
    made[:, start:end] = voice[:, : end - start]
    if bed is not None:
        made += 0.12 * bed[:, :length]
    return made

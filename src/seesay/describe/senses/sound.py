"""How the sound track sounds: loudness, silence, pitch, noise, beat. It names no source.

Measured on short-time spectra of 16 kHz samples; the beat is the strongest lag of the
autocorrelation of the spectral flux (Bello et al., "A Tutorial on Onset Detection", 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seesay.media.base import SAMPLE_RATE

WINDOW, HOP = 2048, 512
BAND = (80, 4000)
BLOCK, STANDS_OUT = 24, 10.0
SILENT_DB = -55.0
FLOOR_DB = -90.0
SLOWEST_BEAT, FASTEST_BEAT = 50.0, 200.0
LEAST_FLUX = 0.02


@dataclass(frozen=True)
class Sound:
    """What was measured of a sound track that is not empty.

    Attributes:
        loudness: root mean square in decibels below full scale.
        silent: share of the time that is below -55 dB.
        swing: standard deviation of the loudness over the time that is not silent, in decibels.
        pitch: centre of mass of the spectrum in hertz.
        noise: spectral flatness of 80 to 4000 Hz in [0, 1]; a tone is near 0, hiss near 0.6.
        tonal: share of the power in narrow peaks that are still there 64 ms later: held notes.
        steadiness: mean likeness in [0, 1] of spectra 128 ms apart.
        beat: beats a minute, 0 where none is clear; `beat_strength`: in [0, 1].
    """

    seconds: float
    loudness: float
    silent: float
    swing: float
    pitch: float
    noise: float
    tonal: float
    steadiness: float
    beat: float
    beat_strength: float

    @property
    def is_silent(self) -> bool:
        """Nothing can be heard."""
        return self.silent > 0.98


def measure(audio: np.ndarray) -> Sound | None:
    """Measure 16 kHz mono samples; None where there are too few to measure (under 0.1 s)."""
    if len(audio) < SAMPLE_RATE // 10:
        return None
    spectra = _spectra(audio.astype(np.float32))
    power = spectra**2
    level = 10 * np.log10(np.maximum(power.mean(axis=1), 10 ** (FLOOR_DB / 10)))
    heard = level > SILENT_DB
    loud = power[heard]
    beat, strength = _beat(spectra)
    return Sound(
        seconds=len(audio) / SAMPLE_RATE,
        loudness=float(10 * np.log10(max(float(np.mean(audio**2)), 10 ** (FLOOR_DB / 10)))),
        silent=float(1 - heard.mean()),
        swing=float(level[heard].std()) if heard.any() else 0.0,
        pitch=_centre(loud),
        noise=_flatness(loud),
        tonal=_tonal(loud),
        steadiness=_steadiness(spectra[heard]),
        beat=beat,
        beat_strength=strength,
    )


def _spectra(audio: np.ndarray) -> np.ndarray:
    """Return magnitudes [frames, 1025] whose mean square is the power of the signal."""
    padded = np.pad(audio, (0, max(0, WINDOW - len(audio))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = np.hanning(WINDOW).astype(np.float32)
    scale = np.float32(np.sqrt(2 * (WINDOW / 2 + 1) / (WINDOW * (window**2).sum())))
    magnitudes: np.ndarray = np.abs(np.fft.rfft(frames * window, axis=1)) * scale
    return magnitudes


def _centre(power: np.ndarray) -> float:
    total = power.sum()
    if total <= 0:
        return 0.0
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    return float((power.sum(axis=0) * frequencies).sum() / total)


def _band(power: np.ndarray) -> np.ndarray:
    bins = [round(hertz * WINDOW / SAMPLE_RATE) for hertz in BAND]
    return power[:, bins[0] : bins[1]] + 1e-12


def _flatness(power: np.ndarray) -> float:
    if len(power) == 0:
        return 0.0
    band = _band(power)
    return float(np.median(np.exp(np.log(band).mean(axis=1)) / band.mean(axis=1)))


def _tonal(power: np.ndarray) -> float:
    """Return the share of power in bins that stand out from their neighbours, now and 64 ms on."""
    later = round(0.064 * SAMPLE_RATE / HOP)
    if len(power) <= later:
        return 0.0
    band = _band(power)
    blocks = band[:, : band.shape[1] // BLOCK * BLOCK].reshape(len(band), -1, BLOCK)
    peaks = blocks > STANDS_OUT * np.median(blocks, axis=2, keepdims=True)
    held = peaks[:-later] & peaks[later:]
    return float((blocks[:-later] * held).sum() / blocks[:-later].sum())


def _steadiness(spectra: np.ndarray) -> float:
    apart = round(0.128 * SAMPLE_RATE / HOP)
    if len(spectra) <= apart:
        return 0.0
    unit = spectra / np.maximum(np.linalg.norm(spectra, axis=1, keepdims=True), 1e-12)
    return float((unit[apart:] * unit[:-apart]).sum(axis=1).mean())


def _beat(spectra: np.ndarray) -> tuple[float, float]:
    """Return beats a minute and how regular they are; 0 and 0 where nothing starts anew."""
    a_second = SAMPLE_RATE / HOP
    levels = np.log1p(100 * spectra)
    flux = np.maximum(np.diff(levels, axis=0), 0).sum(axis=1).astype(np.float64)
    shortest, longest = round(a_second * 60 / FASTEST_BEAT), round(a_second * 60 / SLOWEST_BEAT)
    longest = min(longest, len(flux) // 3)
    if longest <= shortest or flux.std() < LEAST_FLUX * max(float(levels.sum(axis=1).mean()), 1.0):
        return 0.0, 0.0
    # Onsets fall between frames; spread over three of them, they meet at any lag.
    flux = np.convolve(flux - flux.mean(), (0.25, 0.5, 0.25), "same")
    lags = np.arange(shortest, longest + 1)
    products = np.array([(flux[lag:] * flux[:-lag]).mean() for lag in lags])
    likeness = np.clip(products / (flux**2).mean(), 0, 1)
    if likeness.max() <= 0:
        return 0.0, 0.0
    # A rhythm is as alike at twice its beat: the shortest lag that is nearly as good is the beat.
    best = int(np.flatnonzero(likeness >= 0.85 * likeness.max())[0])
    return float(60 * a_second / lags[best]), float(likeness[best])

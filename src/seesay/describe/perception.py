"""The embedded describer: it lists what it recognises; it does not understand.

No language model is involved. On-screen text (RapidOCR), speech (Whisper base), ImageNet labels of
the frames (EfficientNet-Lite0), light, colours, changes and the character of the sound are measured
one by one and put into sentences. It sees no story, no joke and no person by name; its labels are
guesses out of 1000 classes, few of which are people or places. It exists so that everything runs
on a machine without a GPU, a key or a model hub, and as the floor that a multimodal language model
has to beat. The title of a video is its owner's word and is not used.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.core.plugins import require
from seesay.core.progress import slow
from seesay.core.settings import Section
from seesay.core.weights import EFFICIENTNET, WHISPER_BASE, efficientnet_file, whisper_base_folder
from seesay.describe.base import Description, Failure, Video
from seesay.describe.render import RENDER_VERSION, render
from seesay.describe.senses import look, sound
from seesay.describe.senses.compose import Findings, compose
from seesay.describe.senses.labels import Recognised, recognise
from seesay.describe.senses.screen_text import ScreenReader, ScreenText
from seesay.describe.senses.speech import SpeechReader, without
from seesay.media.base import Media

if TYPE_CHECKING:
    from seesay.describe.senses.efficientnet import EfficientNetLite0

PERCEPTION_VERSION = 1


class PerceptionSettings(Section):
    """What is looked for and how sure it must be.

    Attributes:
        language: of the speech (ISO 639-1); None detects it.
        whisper: empty for the base model that pip brings, or a folder or hub ID of another.
        text_every_seconds: one frame is read for each such stretch of a video, at least one.
        threads: how many each of two models at work uses; 0 takes half of OMP_NUM_THREADS or of
            the cores, because one listens while another looks.
    """

    language: str | None = None
    whisper: str = ""
    beam: int = Field(default=2, ge=1)
    class_threshold: float = Field(default=0.2, ge=0, le=1)
    kind_threshold: float = Field(default=0.3, ge=0, le=1)
    most_labels: int = Field(default=4, ge=0)
    text_confidence: float = Field(default=0.8, ge=0, le=1)
    text_lines: int = Field(default=20, ge=0)
    text_characters: int = Field(default=500, ge=0)
    text_every_seconds: float = Field(default=1.5, gt=0)
    threads: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class _Models:
    """The models that every video needs; Whisper is loaded when a voice is first heard."""

    classifier: EfficientNetLite0
    reader: ScreenReader
    listener: SpeechReader


class PerceptionDescriber:
    """Describes videos by what small models recognise in them, on the CPU."""

    name = "perception"
    batch_size = 1
    in_flight = 1
    Settings: ClassVar = PerceptionSettings

    def __init__(self, settings: PerceptionSettings | None = None) -> None:
        self.settings = settings or PerceptionSettings()

    def fingerprint(self) -> dict[str, Any]:
        """Return what changes its words: its settings, its models and its own version."""
        return {
            "describer": self.name,
            "version": PERCEPTION_VERSION,
            "render": RENDER_VERSION,
            "settings": self.settings.model_dump(exclude={"threads"}),
            "weights": [dict(EFFICIENTNET.files), dict(WHISPER_BASE.files)],
            "packages": {name: _version(name) for name in ("rapidocr", "faster-whisper")},
        }

    def check(self) -> None:
        """Look for every model.

        Raises:
            SeesayError: a package of the extra `embedded` is missing or its weights differ.
        """
        for module in ("onnxruntime", "rapidocr", "faster_whisper"):
            require(module, "embedded")
        efficientnet_file()
        if not self.settings.whisper:
            whisper_base_folder()

    def describe(self, videos: Sequence[Video]) -> list[Description | Failure]:
        """Return one outcome a video, in order.

        Raises:
            SeesayError: a model is not there, so that no video could be described.
        """
        models = self._models
        return [self._outcome(video, models) for video in videos]

    @cached_property
    def _models(self) -> _Models:
        options = self.settings
        threads = options.threads or max(1, _usable_threads() // 2)
        with slow("Loading the models that look, read and listen."):
            from seesay.describe.senses.efficientnet import load

            return _Models(
                load(),
                ScreenReader(threads, options.text_confidence, options.text_lines),
                SpeechReader(options.whisper, options.language, options.beam, threads),
            )

    def _outcome(self, video: Video, models: _Models) -> Description | Failure:
        media = video.media
        if not media.frames and not len(media.audio):
            return Failure(video.item_id, "neither a picture nor sound was decoded", retry=False)
        try:
            facets = compose(self._find(media, models), self.settings.text_characters)
        except SeesayError:
            raise
        except Exception as error:
            # OpenCV's and onnxruntime's errors share no base but Exception, and whatever one video
            # does to a model must not stop the others.
            problem = " ".join(f"{type(error).__name__}: {error}".split())
            return Failure(video.item_id, problem, retry=False)
        return Description(video.item_id, render(facets), facets, facets.model_dump_json())

    def _find(self, media: Media, models: _Models) -> Findings:
        audio = np.clip(np.nan_to_num(media.audio), -1, 1)
        with ThreadPoolExecutor(1) as aside:
            listening = aside.submit(models.listener.listen, audio)
            seen, texts = self._recognise(media, models), self._read(media, models)
            speech = listening.result()
        return Findings(
            seen=seen,
            look=look.measure(media.frames, media.times) if media.frames else None,
            texts=texts,
            speech=speech,
            sound=sound.measure(audio),
            rest=sound.measure(without(audio, speech.spans)),
            sound_present=media.manifest.sound,
        )

    def _recognise(self, media: Media, models: _Models) -> Recognised:
        if not media.frames:
            return Recognised()
        from seesay.describe.senses.efficientnet import features, preprocess

        # The crop is what the net was trained on; the whole frame has what the crop cuts off.
        views = [preprocess(media.frames, whole=whole) for whole in (False, True)]
        logits = [features(models.classifier, view)[1] for view in views]
        probabilities = np.mean([view.softmax(dim=1).numpy() for view in logits], axis=0)
        options = self.settings
        return recognise(
            probabilities, options.class_threshold, options.kind_threshold, options.most_labels
        )

    def _read(self, media: Media, models: _Models) -> list[ScreenText]:
        """Read as many of the frames, evenly spread, as the length of the video calls for."""
        wanted = max(1, round(media.manifest.seconds / self.settings.text_every_seconds))
        count = min(len(media.frames), wanted)
        chosen = [(2 * i + 1) * len(media.frames) // (2 * count) for i in range(count)]
        return models.reader.read(
            [media.frames[i] for i in chosen], [media.times[i] for i in chosen]
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _usable_threads() -> int:
    """Return OMP_NUM_THREADS where it is a number, else the cores that this process may use."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

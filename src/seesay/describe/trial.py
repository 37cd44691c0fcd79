"""Trying a prompt on a few items: the words beside the frames, on one page without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seesay.core.errors import SeesayError
from seesay.core.files import replacing_file
from seesay.core.pages import render_page
from seesay.core.plugins import plugin_class, plugins_with
from seesay.describe.base import Describer, Kind
from seesay.describe.checks import Evidence, Grade, grade
from seesay.describe.journal import Journal
from seesay.describe.journal_rows import JournalEntry
from seesay.describe.plan import ItemFile
from seesay.describe.prompting import PROMPT_OF, Prompt
from seesay.describe.run import describe_items
from seesay.media.base import Media, MediaError, MediaSettings
from seesay.media.jpeg import data_url, jpeg
from seesay.media.plan import thin
from seesay.media.pool import WORKER, DecoderPool

FRAME_PIXELS = 320
MOST_FRAMES = 8
JPEG_QUALITY = 75
DECODERS = 2


@dataclass(frozen=True)
class Frame:
    """A frame as the page shows it.

    Attributes:
        source: a small JPEG as a data URI.
    """

    second: float
    source: str = field(repr=False)


@dataclass(frozen=True)
class Tried:
    """One item, what was said of it now, and what stands for it in the journal.

    Attributes:
        entry: the trial's row; None where nothing came of it.
        before: the item's description, if it has one.
        fault: why it has no words.
    """

    item: ItemFile
    entry: JournalEntry | None
    before: JournalEntry | None
    fault: str = ""
    frames: tuple[Frame, ...] = ()

    @property
    def grade(self) -> Grade:
        """What the checks say of the words."""
        if self.entry is None or self.entry.facets is None:
            return Grade()
        sound = self.entry.attempt.sound
        return grade(
            self.entry.text, self.entry.facets, Evidence(sound), language="", error=self.entry.error
        )


@dataclass(frozen=True)
class Trial:
    """A prompt, tried."""

    prompt: Prompt
    describer: str
    model: str
    kind: Kind
    tried: Sequence[Tried]

    @property
    def cost(self) -> float:
        """What the answers cost now; words that were paid for before cost nothing."""
        return sum(one.entry.usage.cost for one in self.tried if one.entry)


def options_for(name: str, describer: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the describer's options with this prompt, and the kind of text that it asks for.

    Raises:
        SeesayError: the describer takes no prompt; names those that do.
    """
    fields = plugin_class("describer", describer).Settings.model_fields
    if "prompt" not in fields:
        raise SeesayError(
            f"The describer '{describer}' takes no prompt.",
            f"Name one that does: --describer {' or '.join(plugins_with('describer', 'prompt'))}",
        )
    kinds = {prompt: kind for kind, prompt in PROMPT_OF.items()}
    kind = {"kind": kinds[name]} if name in kinds and "kind" in fields else {}
    return {**kind, **options, "prompt": name}


def choose_items(
    files: Sequence[ItemFile], item_ids: Sequence[str] | None, count: int
) -> list[ItemFile]:
    """Return the items asked for, or `count` from all over the catalogue.

    Raises:
        SeesayError: an item is unknown or has no video.
    """
    if item_ids is None:
        return list(thin(files, count))
    by_id = {file.item_id: file for file in files}
    missing = [item for item in item_ids if item not in by_id]
    if missing:
        raise SeesayError(
            f"There is no item '{missing[0]}' with a video file.", "Check the item IDs."
        )
    return [by_id[item] for item in dict.fromkeys(item_ids)]


def try_on(
    files: Sequence[ItemFile],
    prompt: Prompt,
    describer: Describer,
    media: MediaSettings,
    journal: Journal,
    worker: str = WORKER,
) -> Trial:
    """Have items described without making the words theirs; see `describe_items`.

    Args:
        worker: the module that decodes the frames of the page; see `DecoderPool`.
    """
    last = journal.last_row()
    report = describe_items(files, describer, media, journal, trial=True)
    made = {entry.item_id: entry for entry in journal.trials(last)}
    kind: Kind = getattr(describer, "kind", "both")
    before = journal.descriptions([file.item_id for file in files], kind=kind)
    faults = dict(report.failed)
    shown = frames_of([file.path for file in files], media, worker)
    tried = [
        Tried(
            file,
            made.get(file.item_id),
            before.get(file.item_id),
            faults.get(file.item_id, ""),
            frames,
        )
        for file, frames in zip(files, shown, strict=True)
    ]
    model = str(describer.fingerprint().get("model") or "")
    return Trial(prompt, describer.name, model, kind, tried)


def frames_of(
    paths: Sequence[Path], media: MediaSettings, worker: str = WORKER
) -> list[tuple[Frame, ...]]:
    """Return the frames that a describer gets of each video, small; none of one that has none."""
    small = media.model_copy(update={"frame_pixels": min(FRAME_PIXELS, media.frame_pixels)})
    with DecoderPool(small, DECODERS, worker, sound=False) as pool:
        decoding = [pool.submit(path) for path in paths]
        return [_frames(one) for one in decoding]


def _frames(decoding: Future[Media]) -> tuple[Frame, ...]:
    try:
        decoded = decoding.result()
    except MediaError:
        return ()
    shown = thin(list(zip(decoded.times, decoded.frames, strict=True)), MOST_FRAMES)
    return tuple(Frame(second, data_url(jpeg(picture, JPEG_QUALITY))) for second, picture in shown)


def write_page(path: Path, trial: Trial) -> None:
    """Write the page of a trial, all of it or nothing.

    Whatever a video or a model says is shown as text, and the page's policy lets it load nothing.
    """
    text = render_page("describe", "trial.html.jinja", {}, trial=trial)
    with replacing_file(path) as temporary:
        temporary.write_text(text, "utf-8")

"""Titles and descriptions become vectors of a sentence-transformers model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256
from seesay.core.progress import slow
from seesay.core.settings import Section
from seesay.core.weights import MINILM, minilm_folder
from seesay.describe.base import Kind
from seesay.encode.base import Reads, Source, check_batch, unit_rows
from seesay.encode.passages import split_texts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM_DIM = 384
CPU_BATCH = 16
GPU_BATCH = 256
# No pickles among them, and no script.
MODEL_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")


class SentenceSettings(Section):
    """Which model, and how texts are given to it.

    Attributes:
        model: a folder, or an ID on the Hugging Face hub; empty for the MiniLM that pip brings.
        revision: the hub's branch, tag or commit; empty for its default.
        prefix: put before every text; empty for what the model itself asks for, if anything.
        query_prefix: the same for what a person searches with.
        batch_size: texts in one forward pass; 0 for 16 on a CPU and 256 elsewhere.
        normalize: scale every vector to length 1.
        split_long: encode a text that is longer than the model can read in parts, and give the mean
            of their vectors, weighted by their length; otherwise the model cuts it.
        device: where torch computes, such as `cuda` or `cpu`; empty for the best there is.
    """

    model: str = ""
    revision: str = ""
    prefix: str = ""
    query_prefix: str = ""
    batch_size: int = Field(default=0, ge=0)
    normalize: bool = True
    split_long: bool = True
    device: str = ""


class SentenceEncoder:
    """Encodes texts; what it reads of an item is for its children to say.

    MiniLM reads 256 word pieces and cuts the rest off. With `split_long` a longer text is split
    where sentences end, and its vector is the mean of its parts' vectors, weighted by their tokens,
    scaled to length 1 again.
    """

    Settings: ClassVar = SentenceSettings
    name: str
    reads: Reads
    batch_size: int | None = 1024

    def __init__(self, settings: SentenceSettings | None = None) -> None:
        self.settings = settings or self.Settings()
        self._loaded: SentenceTransformer | None = None

    @property
    def dim(self) -> int:
        """The width of its vectors; loads the model where that is not the embedded one."""
        if not self.settings.model:
            return MINILM_DIM
        return self._model().get_embedding_dimension() or 0

    def fingerprint(self) -> dict[str, Any]:
        """Return the JSON values that change its vectors.

        A folder is known by the hashes of its files, so it may move.
        """
        chosen = self.settings.model_dump(exclude={"batch_size", "device", "model"})
        name = self.settings.model
        if not name:
            return {**chosen, "model": MINILM.model, "files": dict(MINILM.files)}
        if Path(name).is_dir():
            return {**chosen, "model": "", "files": _folder_hashes(Path(name))}
        return {**chosen, "model": name, "files": {}}

    def encode(self, batch: Sequence[Source]) -> np.ndarray:
        """Return [n, dim] float32.

        Raises:
            SeesayError: an item has no text, or the model cannot be had.
        """
        check_batch(batch, self.reads)
        return self._vectors([self._text(source) for source in batch], query=False)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Return [n, dim] float32 for what a person searches with, to be held against the items.

        Raises:
            SeesayError: a text is empty, or the model cannot be had.
        """
        if not all(text.strip() for text in texts):
            raise SeesayError("There is nothing to search for.", "Write a few words.")
        return self._vectors(list(texts), query=True)

    def _text(self, source: Source) -> str:
        return {"title": source.title, "tag": source.tag}.get(self.reads, source.words)

    def _vectors(self, texts: list[str], *, query: bool) -> np.ndarray:
        if not texts:
            return np.empty((0, self.dim), np.float32)
        model = self._model()
        texts = [text.strip() for text in texts]
        prefix = self.settings.query_prefix if query else self.settings.prefix
        if self.settings.split_long:
            parts = split_texts(model, texts, prefix)
        else:
            parts = [[(text, len(text))] for text in texts]
        vector_of = self._encode_parts(dict(part for text in parts for part in text), prefix, query)
        rows = [
            np.average(
                [vector_of[part] for part, _ in text], axis=0, weights=[size for _, size in text]
            )
            for text in parts
        ]
        vectors = np.array(rows, np.float32)
        return unit_rows(vectors) if self.settings.normalize else vectors

    def _encode_parts(self, sizes: dict[str, int], prefix: str, query: bool) -> dict[str, Any]:
        # Equal texts are encoded once. Those of one size go together: sentence-transformers sorts
        # by characters, which pads titles of many scripts and tags with 20% more tokens.
        model = self._model()
        encode = model.encode_query if query else model.encode_document
        ordered = sorted(sizes, key=lambda part: sizes[part], reverse=True)
        step = self.settings.batch_size or (CPU_BATCH if model.device.type == "cpu" else GPU_BATCH)
        found: dict[str, Any] = {}
        for first in range(0, len(ordered), step):
            batch = ordered[first : first + step]
            vectors = encode(batch, prompt=prefix or None, batch_size=step, show_progress_bar=False)
            found.update(zip(batch, vectors, strict=True))
        return found

    def _model(self) -> SentenceTransformer:
        if self._loaded is None:
            with slow("Loading the sentence model; the first time takes longest."):
                self._loaded = _load(self.settings)
        return self._loaded


class TitleEncoder(SentenceEncoder):
    """Encodes what the owner calls the video."""

    name = "title"
    reads: Reads = "title"


class TagSettings(SentenceSettings):
    """Which column of the items table holds the tag, category or topic.

    Attributes:
        column: what the items table calls it.
    """

    column: str = "tag"


class TagEncoder(SentenceEncoder):
    """Encodes the tag, category or topic that the owner put the video under."""

    Settings: ClassVar = TagSettings
    settings: TagSettings
    name = "tag"
    reads: Reads = "tag"


class DescribedEncoder(SentenceEncoder):
    """Encodes what a describer says of what is seen and heard."""

    name = "described"
    reads: Reads = "words"
    kind: Kind = "both"


class DescribedVideoEncoder(DescribedEncoder):
    """Encodes what a describer says of what is seen."""

    name = "described-video"
    kind: Kind = "video"


class DescribedAudioEncoder(DescribedEncoder):
    """Encodes what a describer says of what is heard."""

    name = "described-audio"
    kind: Kind = "audio"


def _load(settings: SentenceSettings) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        with _quiet():
            model: SentenceTransformer = SentenceTransformer(
                str(_folder_of(settings)),
                device=settings.device or None,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
            return model
    except SeesayError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise SeesayError(
            f"The sentence model '{settings.model or MINILM.model}' cannot be loaded ({reason}).",
            "Name a model of the Hugging Face hub that this machine can reach, or a folder that "
            "holds one; leave `model` empty for the embedded MiniLM.",
        ) from error


def _folder_of(settings: SentenceSettings) -> Path:
    if not settings.model:
        return minilm_folder()
    if Path(settings.model).is_dir():
        return Path(settings.model)
    from huggingface_hub import snapshot_download

    # Asked for at once: file by file, a hub that is not there is waited for a minute and a half.
    return Path(
        snapshot_download(
            settings.model, revision=settings.revision or None, allow_patterns=list(MODEL_FILES)
        )
    )


@contextmanager
def _quiet() -> Iterator[None]:
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _folder_hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".safetensors", ".json"))
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}

"""Where the files of a chat model are, and what identifies them; no pickle, no script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seesay.core.errors import SeesayError
from seesay.core.hashing import file_sha256

MODEL_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")
HASHED = (".safetensors", ".json", ".txt", ".model", ".jinja")


def model_folder(model: str, revision: str) -> Path:
    """Return the folder of a model: a folder itself, or what the Hugging Face hub has of an ID.

    The hub is asked once; what it gave before is used without it where it cannot be reached.

    Raises:
        SeesayError: there is neither.
    """
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(model, revision=revision or None, allow_patterns=list(MODEL_FILES))
        )
    except Exception as error:
        # The hub's errors, those of its transport and of a malformed ID share no base.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise SeesayError(
            f"The model '{model}' cannot be had ({reason}).",
            "Name a folder that holds it, or an ID of the Hugging Face hub, where this machine "
            "can reach that.",
        ) from error


def model_identity(model: str, revision: str) -> dict[str, Any]:
    """Return what tells a model from others: the hashes of a folder's files, or ID and revision.

    A folder may lie elsewhere, under the same name, which the journal shows. The hub's branch
    behind an ID may move, so name a commit as the revision where that matters.
    """
    # The empty path is the folder in which the command is run.
    if not model or not Path(model).is_dir():
        return {"model": model, "revision": revision, "files": {}}
    folder = Path(model)
    files = sorted(path for path in folder.rglob("*") if path.suffix in HASHED)
    return {
        "model": folder.resolve().name,
        "revision": "",
        "files": {path.relative_to(folder).as_posix(): file_sha256(path) for path in files},
    }

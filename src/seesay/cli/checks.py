"""What `seesay doctor` looks at; each check says what was found and what to do."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, version
from pathlib import Path
from typing import Any

import seesay
from seesay.core.counts import counted
from seesay.core.errors import SeesayError
from seesay.core.pip import install_extra

CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4", "aac", "mp3", "opus", "vorbis")
LOW_DISK = 5e9
# Kept for later: nobody is to install what nothing uses.
UNUSED_EXTRAS = ("ray",)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `remedy` is empty where nothing has to be done."""

    name: str
    good: bool
    found: str
    remedy: str = ""


def all_checks(folder: Path) -> list[Check]:
    """Run every check; `folder` is where the workspace is or would be."""
    return [
        check_python(),
        Check("seesay", True, seesay.__version__),
        *check_extras(),
        *check_weights(),
        check_codecs(),
        check_device(),
        check_disk(folder),
        check_workspace(folder),
    ]


def check_python() -> Check:
    """Look whether this Python is one that seesay is made for."""
    found = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Check("python", good, found, "" if good else "Use Python 3.11, 3.12 or 3.13.")


def check_extras() -> list[Check]:
    """Look which packages of each extra are missing."""
    about = metadata("seesay")
    needs = about.get_all("Requires-Dist") or []
    checks = []
    extras = about.get_all("Provides-Extra") or []
    for extra in (name for name in extras if name not in UNUSED_EXTRAS):
        names = [
            _package(need) for need in needs if f"extra == '{extra}'" in need.replace('"', "'")
        ]
        missing = [name for name in names if name != "seesay" and not _installed(name)]
        found = f"{len(names) - len(missing)} of {counted(len(names), 'package')}"
        remedy = f"{install_extra(extra)} for {', '.join(missing)}" if missing else ""
        checks.append(Check(f"extra {extra}", not missing, found, remedy))
    return checks


def check_weights() -> list[Check]:
    """Hash the embedded weights."""
    from seesay.core import weights

    places: dict[str, Callable[[], Path]] = {
        weights.MINILM.model: weights.minilm_folder,
        weights.EFFICIENTNET.model: weights.efficientnet_file,
        weights.WHISPER_BASE.model: weights.whisper_base_folder,
    }
    checks = []
    for model, place in places.items():
        try:
            place()
            checks.append(Check(f"weights {model}", True, "SHA-256 as published"))
        except SeesayError as error:
            checks.append(Check(f"weights {model}", False, error.problem, error.remedy))
    return checks


def check_codecs() -> Check:
    """Look which codecs the bundled FFmpeg libraries can decode."""
    import av

    missing = [codec for codec in CODECS if codec not in av.codecs_available]
    found = f"PyAV {av.__version__}: {', '.join(sorted(set(CODECS) - set(missing)))}"
    remedy = f"Install a PyAV with {', '.join(missing)}." if missing else ""
    return Check("codecs", not missing, found, remedy)


def check_device() -> Check:
    """Look where torch computes."""
    import torch

    if torch.cuda.is_available():
        return Check("device", True, f"torch {torch.__version__}: {torch.cuda.get_device_name()}")
    threads = torch.get_num_threads()
    return Check(
        "device", True, f"torch {torch.__version__}: processor, {counted(threads, 'thread')}"
    )


def check_disk(folder: Path) -> Check:
    """Look how much room the disk of the workspace has."""
    place = next(path for path in [folder.absolute(), *folder.absolute().parents] if path.exists())
    free = shutil.disk_usage(place).free
    good = free > LOW_DISK
    return Check(
        "disk", good, f"{free / 1e9:.0f} GB free", "" if good else "Make room: 5 GB at least."
    )


def check_workspace(folder: Path) -> Check:
    """Look whether the folder is a workspace whose settings can be read, those of plug-ins too."""
    from seesay.core.plugins import Kind, plugin_settings
    from seesay.workspace import Workspace

    try:
        settings = Workspace(folder).settings
        sections: dict[Kind, Mapping[str, Mapping[str, Any]]] = {
            "describer": settings.describers,
            "encoder": settings.encoders,
            "recommender": settings.recommenders,
        }
        for kind, named in sections.items():
            for name, options in named.items():
                plugin_settings(kind, name, options)
    except SeesayError as error:
        return Check("workspace", False, error.problem, error.remedy)
    return Check("workspace", True, str(folder))


def _package(need: str) -> str:
    name = need.split(";")[0]
    for sign in "[<>=!~ (":
        name = name.split(sign)[0]
    return name.strip()


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True

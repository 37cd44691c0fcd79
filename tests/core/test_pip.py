from __future__ import annotations

import subprocess
from pathlib import Path

from seesay.core.pip import install_extra


def test_the_command_works_anywhere_without_an_index_that_has_seesay(tmp_path: Path) -> None:
    tried = install_extra("embedded").replace(" install ", " install --dry-run --no-index ")
    done = subprocess.run(
        tried,
        shell=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "already satisfied: seesay[embedded]" in done.stdout

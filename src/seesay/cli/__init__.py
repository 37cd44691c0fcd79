"""The command line: one thin module a command; each parses, calls the workspace, and prints."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from seesay.cli.interrupts import counting


def main() -> None:
    """Run the command line and leave with its exit code.

    0 done, 2 bad input, 3 done but some items failed, 130 interrupted.
    """
    # OpenMP's threads wait for each other by spinning, which beside other work keeps what they wait
    # for from a core: training took twice as long or more. With this they soon sleep instead.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    with counting():
        from seesay.cli.app import app, globals_first

        app(globals_first(sys.argv[1:]), prog_name="seesay")

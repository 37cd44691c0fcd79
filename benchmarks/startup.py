"""How long `seesay --help` takes, as a process."""

from __future__ import annotations

import sys

from measuring import SEESAY, Row, arguments, load, middle, quick, report

LIMIT_SECONDS = 0.3
# What typer alone costs cannot be saved; what is on top of it is ours.
OVER_TYPER = 2.0


def main() -> None:
    asked = arguments(__doc__, repeats=11).parse_args()
    busy = load()
    ours = [str(SEESAY), "--help"]
    typer = [sys.executable, "-c", "import typer"]
    quick(ours)
    pairs = [(quick(ours), quick(typer)) for _ in range(asked.repeats)]
    helped = middle([pair[0] for pair in pairs])
    imported = middle([pair[1] for pair in pairs])
    figure = "seesay --help, seconds"
    report(
        [
            Row(figure, helped.seconds, "limit", LIMIT_SECONDS, busy, helped.cpu),
            Row(
                figure,
                helped.seconds,
                "python -c 'import typer'",
                imported.seconds,
                busy,
                helped.cpu,
                goal=OVER_TYPER,
            ),
        ],
        asked.json,
    )


if __name__ == "__main__":
    main()

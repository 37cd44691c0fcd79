"""`seesay doctor`."""

from __future__ import annotations

import typer

from seesay.cli.output import aligned, call_of, emit


def doctor(ctx: typer.Context) -> None:
    """Check this machine. Looks at Python, packages, weights, codecs, disk; says what to do."""
    from seesay.cli.checks import all_checks

    checks = all_checks(call_of(ctx).folder)
    rows = [["", "check", "found", "what to do"]]
    rows += [
        ["ok" if check.good else "--", check.name, check.found, check.remedy] for check in checks
    ]
    result = {
        "checks": [
            {"name": one.name, "good": one.good, "found": one.found, "remedy": one.remedy}
            for one in checks
        ]
    }
    emit(ctx, result, aligned(rows))

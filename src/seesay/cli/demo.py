"""`seesay demo`."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from seesay.cli import interrupts
from seesay.cli.output import call_of, emit
from seesay.core.counts import counted

FOLDER = Path("seesay-demo")
FEATURES = ["title", "described", "video", "audio", "random"]
RECOMMENDERS = ["popularity", "item-knn", "content-knn", "two-tower", "sasrec"]
SETS = ["id", "title", "described", "id+described", "video", "random"]


def demo(
    ctx: typer.Context,
    asked: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Made where it is not there.")
    ] = None,
) -> None:
    """Run the whole chain on clips made on the spot. The viewers are simulated."""
    from seesay.catalog.datasets.demo import Demo, DemoSettings
    from seesay.core.progress import say
    from seesay.evaluate.tables import table_text
    from seesay.workspace import Workspace

    interrupts.wake()
    given = asked or call_of(ctx).folder
    folder = FOLDER if given == Path() else given
    workspace = Workspace.create(folder)
    say("1 of 6: making clips; the viewers are simulated")
    catalog = workspace.load_dataset(Demo(DemoSettings(folder=folder)))
    say("2 of 6: describing")
    described = workspace.describe()
    say("3 of 6: encoding")
    workspace.encode(FEATURES)
    say("4 of 6: training and comparing")
    command = f"seesay demo {folder}"
    comparison, kept = workspace.compare(RECOMMENDERS, SETS, seeds=1, command=command)
    say("5 of 6: recommending")
    user = catalog.interactions["user_id"][0]
    best = workspace.best_run("described")
    found = workspace.recommend(user=user, k=3, run=best, explain=True)
    say("6 of 6: bundling, to be served")
    workspace.bundle(best)
    titles = workspace.titles()
    reasons = [(one.item_id, one.reason) for one in found if one.reason]
    lines = [
        table_text(comparison),
        "",
        f"For {user}, a simulated viewer, by {best}:",
        *(
            f"  '{titles[item]}' ({item}): {reason.sentence(titles.get(reason.other, ''))}"
            for item, reason in reasons
        ),
        "",
        f"{counted(described.described, 'clip')} described now, {described.already_done} before, "
        f"{len(described.failed)} failed.",
        f"Report: {kept / 'report.html'}",
        f"Next, look at it: {_called()} -w {shlex.quote(str(folder))} serve",
    ]
    result = {
        **comparison.as_dict(),
        "simulated": True,
        "report": str(kept / "report.html"),
        "described": described.described,
        "failed": described.failed,
    }
    emit(ctx, result, "\n".join(lines), told=True)


def _called() -> str:
    """Return how to call seesay from here: make does so by its path, without activating."""
    name = sys.argv[0]
    if Path(name).name != "seesay" or shutil.which("seesay") == name:
        return "seesay"
    return shlex.quote(name)

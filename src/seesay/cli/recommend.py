"""`seesay recommend`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from seesay.cli.output import aligned, call_of, emit, ground_of, printable


def recommend(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="What this user has not watched yet.")
    ] = None,
    like: Annotated[
        str | None, typer.Option(metavar="ITEM_ID", help="What is nearest to this item.")
    ] = None,
    query: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What fits these words.")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="How many items.")] = 10,
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="By default the best on validation.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which watched item each is like or goes with.")
    ] = False,
) -> None:
    """Recommend to a user. Or find what is like an item, or fits a few words."""
    workspace = call_of(ctx).workspace()
    found = workspace.recommend(user=user, like=like, query=query, k=k, run=run, explain=explain)
    choice = workspace.choice() if run is None and query is None else None
    titles = workspace.titles()
    why = [
        one.reason.sentence(titles.get(one.reason.other, "")) if one.reason else "" for one in found
    ]
    result = {
        "items": [
            {**asdict(one), "title": titles.get(one.item_id, ""), "why": sentence}
            for one, sentence in zip(found, why, strict=True)
        ],
        "simulated": workspace.simulated,
    }
    rows = [["", "item", "score", "title"]]
    rows += [
        [str(place), one.item_id, f"{one.score:.4f}", titles.get(one.item_id, "")]
        for place, one in enumerate(found, start=1)
    ]
    lines = aligned(rows).split("\n")
    for place in range(len(found), 0, -1):
        if why[place - 1]:
            lines.insert(place + 1, f"     {printable(why[place - 1])}")
    if found:
        # Without a run, what is like an item is found by its vectors.
        chosen = choice and choice.run == found[0].by
        ground = f" ({ground_of(choice)}; --run names another)" if choice and chosen else ""
        lines.append(f"By {found[0].by}{ground}.")
    else:
        lines = ["There is no item left to recommend."]
    emit(ctx, result, "\n".join(lines))

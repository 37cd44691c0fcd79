"""`seesay prompts`: what models are told, and what they make of it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from seesay.cli.output import SOME_FAILED, aligned, call_of, emit, names_of, printable

app = typer.Typer(
    help="Look at the prompts, or try one on a few items.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("show")
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One of them, or a path to a .txt.")
    ] = None,
) -> None:
    """List the prompts with their versions. Or print one."""
    from seesay.describe.prompting import PROMPT_OF, load_prompt, prompt_names

    if name is not None:
        prompt = load_prompt(name)
        emit(ctx, {**prompt.fingerprint(), "text": prompt.text}, prompt.text)
        return
    kinds = {prompt: kind for kind, prompt in PROMPT_OF.items()}
    prompts = [load_prompt(known) for known in prompt_names()]
    result = [{**prompt.fingerprint(), "kind": kinds.get(prompt.name, "")} for prompt in prompts]
    rows = [["prompt", "version", "kind"]]
    rows += [[prompt.name, str(prompt.version), kinds.get(prompt.name, "-")] for prompt in prompts]
    emit(ctx, {"prompts": result}, aligned(rows))


@app.command("try")
def try_prompt(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A prompt, or a path to a .txt.")],
    items: Annotated[
        str | None, typer.Option(metavar="ID,ID", help="On which items, separated by commas.")
    ] = None,
    number: Annotated[
        int, typer.Option("-n", metavar="N", min=1, help="On how many, from all over.")
    ] = 3,
    describer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who is asked; it must take a prompt.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="The model to ask.")] = None,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Of an OpenAI-compatible server.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="both, video or audio, for your own prompt.")
    ] = None,
) -> None:
    """Try a prompt on a few items. Their descriptions stay as they are."""
    given = {"model": model, "base_url": base_url, "kind": kind}
    options: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    workspace = call_of(ctx).workspace()
    chosen = names_of(items) if items is not None else None
    trial, page = workspace.try_prompt(name, describer, options, chosen, number)
    lines = []
    for one in trial.tried:
        said = one.fault or (one.entry.text if one.entry else "")
        lines += [printable(one.item.item_id), f"  {printable(said)}"]
    result = {
        "prompt": trial.prompt.fingerprint(),
        "cost": trial.cost,
        "items": [
            {
                "item_id": one.item.item_id,
                "text": one.entry.text if one.entry else "",
                "error": one.fault,
            }
            for one in trial.tried
        ],
        "page": str(page),
    }
    emit(ctx, result, "\n".join([*lines, "", f"Words beside frames: {page}"]))
    if any(one.fault for one in trial.tried):
        raise typer.Exit(SOME_FAILED)

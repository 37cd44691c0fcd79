"""The group of all commands: global options, and how errors become exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from seesay import __version__
from seesay.cli import (
    add,
    bundle,
    compare,
    costs,
    data,
    demo,
    describe,
    doctor,
    encode,
    evaluate,
    export,
    init,
    interrupts,
    keys,
    prompts,
    recommend,
    remove,
    serve,
    show,
    train,
)
from seesay.cli.output import Call
from seesay.core.errors import SeesayError

BAD_INPUT = 2


class Group(TyperGroup):
    """Prints an error that the user can mend as one line, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError as error:
            # Whoever read our output has enough of it; what is left must not fail at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from error
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt) or interrupts.interrupted():
                interrupts.tell()
                raise typer.Exit(interrupts.INTERRUPTED) from error
            if not isinstance(error, (SeesayError, OSError)):
                raise
            told = " ".join(str(error).split())
            if isinstance(error, OSError):
                told += ". Check the file or folder and the disk."
            print(f"seesay: {told}", file=sys.stderr)
            raise typer.Exit(BAD_INPUT) from error


app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Watches videos, says in words what they are, and recommends them.",
)


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"seesay {__version__}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    workspace: Annotated[
        Path, typer.Option("-w", "--workspace", help="The folder to work in.", show_default=True)
    ] = Path("."),
    json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON; progress goes to stderr.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_tell_version, help="Of seesay."),
    ] = False,
) -> None:
    """Keep the global options for the command."""
    ctx.obj = Call(workspace, json)


app.command("init")(init.init)
app.add_typer(add.app, name="add")
app.add_typer(remove.app, name="remove")
app.add_typer(data.app, name="data")
app.command("describe")(describe.describe)
app.command("costs")(costs.costs)
app.add_typer(prompts.app, name="prompts")
app.command("encode")(encode.encode)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("compare")(compare.compare)
app.command("show")(show.show)
app.command("runs")(show.runs)
app.command("recommend")(recommend.recommend)
app.command("export")(export.export)
app.command("bundle")(bundle.bundle)
app.command("serve")(serve.serve)
app.add_typer(keys.app, name="keys")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)


def globals_first(arguments: list[str]) -> list[str]:
    """Move the global options to the front, so that they may stand behind the command too."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in ("-w", "--workspace"):
            front += [argument, *(value for value in [next(waiting, None)] if value is not None)]
        elif argument == "--json" or argument.startswith("--workspace="):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest

"""A progress bar on a terminal; nothing anywhere else."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Progress = Callable[[str, int, int], None]


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can do more than print lines."""
    return stream.isatty() and os.environ.get("TERM", "") != "dumb"


@contextmanager
def progress_bar(stream: TextIO, colour: bool) -> Iterator[Progress | None]:
    """A bar that shows the work in hand, gone when it is done; None where the stream is not a terminal."""
    if not is_terminal(stream):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(file=stream, no_color=not colour, highlight=False)
    bar = BarColumn(style="dim", complete_style="cyan", finished_style="cyan", pulse_style="cyan")
    columns = (TextColumn("{task.description}", markup=False), bar, MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("reading", total=None)

        def advance(what: str, done: int, total: int) -> None:
            shown.update(task, description=what, completed=done, total=total)

        yield advance

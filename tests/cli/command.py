"""The command line as its users have it: a process with a status, a result and messages."""

import json
import os
import pty
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from catlearn.cli import status

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """The exit status, standard output and standard error of a command."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out, parse_constant=lambda name: f"not JSON: {name}")


def environment(**changes: str) -> dict[str, str]:
    """The environment of a command, without what would change its output."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TERM", "COLUMNS"}}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def inside(*arguments: str | Path) -> Outcome:
    """Run a command inside this process, which has imported already what is slow to import."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        found = status([*map(str, arguments)])
    return Outcome(found, out.getvalue(), err.getvalue())


def on_a_terminal(*arguments: str | Path, **changes: str) -> str:
    """What a command prints where standard output and standard error are one terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "catlearn", *map(str, arguments)]
    env = environment(**{"TERM": "xterm", "COLUMNS": "100", **changes})
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        said = b"".join(iter(lambda: _heard(ours), b""))
        os.close(ours)
        process.wait(timeout=60)
    return said.decode("utf-8")


def _heard(descriptor: int) -> bytes:
    """What is to be read of a terminal, nothing where its other end is closed."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def catlearn(*arguments: str | Path, cwd: Path | None = None, **changes: str) -> Outcome:
    """Run a command in a directory, with some changes of its environment."""
    finished = subprocess.run(
        [sys.executable, "-m", "catlearn", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**changes),
        timeout=60,
        check=False,
    )
    return Outcome(finished.returncode, finished.stdout, finished.stderr)

"""Real processes under test: commands started, their workers found, and what they leave in a store compared."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.cli.command import environment

PATIENCE = 240
begun = []


def begin(*arguments, **options):
    """A catlearn command in a process of its own, under way."""
    process = subprocess.Popen(
        [sys.executable, "-m", "catlearn", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        **options,
    )
    begun.append(process)
    return process


def end_all():
    """Leave nothing running that a failed test began."""
    while begun:
        process = begun.pop()
        process.kill()
        process.communicate()


def children(process, said="executors.worker"):
    """The process ids of the living children of a process whose command line says something."""
    ids = [child for thread in Path(f"/proc/{process}/task").glob("*/children") for child in read(thread).split()]
    return [int(child) for child in ids if alive(child) and said in command_line(child)]


def read(path):
    """The text of a file of the system, empty where its process is gone."""
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def command_line(process):
    """The command line of a process, empty where it is gone."""
    return read(f"/proc/{process}/cmdline").replace("\0", " ")


def alive(process):
    """Whether a process is there and no zombie."""
    status = read(f"/proc/{process}/stat").rpartition(")")[2].split()
    return bool(status) and status[0] != "Z"


def kill(process):
    """Kill a process that may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def until(condition):
    """Wait until something holds, and give it."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def trajectories(store):
    """The bytes of every trajectory in a store by its place in it."""
    return {str(file.relative_to(store)): file.read_bytes() for file in Path(store).rglob("seed-*.safetensors")}

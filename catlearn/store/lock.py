"""Locks between processes: a file that one of them holds until it gives it back or dies."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that this process holds. The system takes it back when the process ends, in whatever way."""

    _descriptor: int

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def shared_lock(path: Path) -> Lock:
    """A share of the lock of a file, which is made where it is missing: waits as long as a process has it alone. Raises
    `OSError`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:
        os.close(descriptor)
        raise
    return Lock(descriptor)


def try_lock(path: Path) -> Lock | None:
    """The lock of a file, which is made where it is missing; None while another process holds it or a share of it.
    Raises `OSError`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return Lock(descriptor)
    except (BlockingIOError, FileNotFoundError):  # held, or removed between opening and locking
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def is_held(path: Path) -> bool:
    """Whether a process has the lock of a file alone; a file that is missing nobody has. Writes nothing, so that a
    store can be asked that may only be read. Raises `OSError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False

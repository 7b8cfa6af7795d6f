"""Patterns of the names of files that hold checkpoints: where in them the seed and the step stand."""

import re
from typing import NamedTuple

_PLACE = re.compile(r"(\{seed\}|\{step\}|\*)")
_NUMBERS = {
    "{seed}": r"(?P<seed>\d{1,9})",
    "{step}": r"(?P<step>\d{1,12})",
    "*": r"[^/\d]*(?P<seed>\d{1,9})[^/\d]*",
}


def is_pattern(text: str) -> bool:
    """Whether a path says where seeds, and steps if at all, stand in the names of files: each at most once."""
    found = [part for part in _PLACE.split(text) if part in _NUMBERS]
    seeds = len(found) - found.count("{step}")
    rest = _PLACE.sub("", text)
    return seeds <= 1 and found.count("{step}") <= 1 and not set("{}*") & set(rest) and text.endswith(".safetensors")


class Named(NamedTuple):
    """A file by its path in the project, with the seed and the step in it, None where the pattern has none."""

    name: str
    seed: int | None
    step: int | None


def expression(text: str) -> str:
    """The regular expression of a pattern, or of a part of one."""
    return "".join(_NUMBERS.get(part) or re.escape(part) for part in _PLACE.split(text))


def named(pattern: str, path: str) -> Named:
    """A path that matches a pattern, with its numbers."""
    found = re.fullmatch(expression(pattern), path)
    numbers = found.groupdict() if found else {}
    seed, step = numbers.get("seed"), numbers.get("step")
    return Named(path, None if seed is None else int(seed), None if step is None else int(step))

"""Checkpoints in safetensors files: their names, and what their headers say.

Format: https://github.com/huggingface/safetensors, "Format".
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from catlearn.diagnostics import listed
from catlearn.theory.formats.arrays import readable
from catlearn.theory.formats.flaw import Flaw
from catlearn.theory.formats.patterns import Named, expression, named

LONGEST_HEADER = 1 << 24
MOST_FILES = 100_000
Shapes = Mapping[str, tuple[int, ...]]


def matching(project: Path, pattern: str) -> list[Named]:
    """The files of a project whose paths match a pattern, in order of seed and step; links are not followed.

    Raises `Flaw`."""
    parts = pattern.split("/")
    with readable(project):
        found = [named(pattern, path) for path in _walked(project, "", parts)]
    places = Counter((file.seed, file.step) for file in found)
    twice = next((file.name for file in found if places[file.seed, file.step] > 1), None)
    if twice is not None:
        raise Flaw(f"found `{twice}` beside another file of the same seed and step")
    return sorted(found, key=lambda file: (file.seed or 0, file.step or 0))


def _walked(project: Path, inside: str, parts: list[str]) -> Iterator[str]:
    """The paths below a folder whose parts match those of a pattern."""
    expected = re.compile(expression(parts[0]))
    entries = sorted(os.scandir(project / inside), key=lambda entry: entry.name)
    if len(entries) > MOST_FILES:
        raise Flaw(f"found {len(entries)} files in `{inside}`, required at most {MOST_FILES}")
    for entry in entries:
        if not expected.fullmatch(entry.name):
            continue
        path = f"{inside}{entry.name}"
        if len(parts) == 1 and entry.is_file(follow_symlinks=False):
            yield path
        elif len(parts) > 1 and entry.is_dir(follow_symlinks=False):
            yield from _walked(project, f"{path}/", parts[1:])


COUNTERS = "num_batches_tracked"
"""Tensors of torch that count, and that no network reads."""


def tensor_shapes(path: Path) -> Shapes:
    """The shapes of the tensors in a file, all of them float32; counters are left out. Raises `Flaw`."""
    with readable(path), path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= LONGEST_HEADER:
            raise Flaw(f"found `{path.name}`, which does not begin as a safetensors file does")
        text = file.read(length)
    try:
        header = json.loads(text)
        kept = {name: found for name, found in header.items() if name != "__metadata__" and not name.endswith(COUNTERS)}
        tensors = {name: (found["dtype"], found["shape"]) for name, found in kept.items()}
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as failure:
        raise Flaw(f"found `{path.name}` with a header that is not that of a safetensors file") from failure
    for name, (kind, shape) in tensors.items():
        whole = isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)
        if kind != "F32" or not whole:
            raise Flaw(
                f"found `{name}` of type {kind} in `{path.name}`, required float32, as `catlearn convert` writes"
            )
    return {name: tuple(shape) for name, (_, shape) in tensors.items()}


def ours(found: Iterable[str], blocks: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """The name in a file of each tensor `block.tensor`; `blocks` are those of a network in order, with the names of
    their tensors.

    Either the names are ours, or they are those of an `nn.Sequential` of the same layers in the same order: numbers
    that say the place of each layer, and the names of its tensors. Raises `Flaw` where neither is so."""
    names = {name for name in found if not name.startswith("state:") and not name.endswith(COUNTERS)}
    wanted = [f"{block}.{tensor}" for block, tensors in blocks.items() for tensor in tensors]
    if names == set(wanted):
        return {name: name for name in wanted}
    modules: dict[str, set[str]] = {}
    for name in names:
        path, _, tensor = name.rpartition(".")
        modules.setdefault(path, set()).add(tensor)
    in_places = all(re.fullmatch(r"\d{1,6}(\.\d{1,6})*", path) for path in modules)
    if in_places and len(modules) == len(blocks):
        order = sorted(modules, key=lambda path: [int(part) for part in path.split(".")])
        if all(modules[path] == set(tensors) for path, tensors in zip(order, blocks.values(), strict=True)):
            pairs = zip(order, blocks.items(), strict=True)
            return {f"{block}.{tensor}": f"{path}.{tensor}" for path, (block, tensors) in pairs for tensor in tensors}
    raise Flaw(f"found the tensors {_some(sorted(names))}, required {_some(wanted)}, or those of an `nn.Sequential`")


def _some(names: list[str]) -> str:
    shown = listed(names[:6]) or "none"
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def checkpoints(found: Shapes, names: Mapping[str, str], wanted: Shapes) -> int | None:
    """How many checkpoints a file holds along the first axis of its tensors; None where it holds one, without such an
    axis. Raises `Flaw` where a shape is not the network's."""
    lengths = set()
    for name, shape in wanted.items():
        own = found[names[name]]
        if own != shape and own[1:] != shape:
            raise Flaw(f"found `{names[name]}` of shape {own}, required {shape} for `{name}`, or several of these")
        lengths.add(None if own == shape else own[0])
    if len(lengths) != 1 or lengths == {0}:
        raise Flaw(f"found tensors of {', '.join(map(str, lengths))} checkpoints, required as many of each")
    return lengths.pop()

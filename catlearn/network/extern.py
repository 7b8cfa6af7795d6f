"""Modules of a user's own, `extern("package.module:Factory")`, as layers of stacked lanes.

A factory is called without arguments and makes a `torch.nn.Module` from one batch of inputs to one of outputs. It is
imported only where that is allowed: inside `allowed()`, or where the environment says so, as for worker processes.

Lanes are evaluated one after the other, by `torch.func.functional_call`: under `vmap` a convolution becomes a grouped
one, and the bits of a lane would depend on how many lanes there are.
"""

import hashlib
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.func import functional_call

from catlearn.plan.foreign import ForeignModule
from catlearn.plan.ir import LayerPlan, TensorPlan
from catlearn.store.store import StoreError

PERMISSION = "CATLEARN_ALLOW_EXTERN"
"""The variable of the environment that is `1` where modules of a user's own may be imported."""


class ExternError(StoreError):
    """A module of a user's own that may not be imported, cannot be, or is not one that can be trained in lanes."""


@contextmanager
def allowed() -> Iterator[None]:
    """Inside, modules of a user's own may be imported, by this process and those that it starts."""
    before = os.environ.get(PERMISSION)
    os.environ[PERMISSION] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[PERMISSION]
        else:
            os.environ[PERMISSION] = before


def signature(factory: str, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> ForeignModule:
    """The tensors of what a factory makes, and the SHA-256 of the file that defines it, but not of what that imports.

    Raises `ExternError` where the module does not map the shapes as declared, where its initial values are not
    determined by torch's generator, where it draws numbers or changes its buffers in training, and where its parameters
    are not of float32: what training promises about a run could not be kept."""
    module, again = (_made(factory, 0) for _ in range(2))
    tensors = dict(module.named_parameters())
    if any(not torch.equal(tensor, dict(again.named_parameters())[name]) for name, tensor in tensors.items()):
        raise ExternError(f"`{factory}` draws its initial values from another source than torch's generator")
    wrong = [name for name, tensor in tensors.items() if tensor.dtype != torch.float32 or "/" in name]
    if wrong or not tensors:
        raise ExternError(f"`{factory}` has no parameters of float32 in {', '.join(wrong) or 'it'}")
    _require_function(factory, module, input_shape, output_shape)
    return ForeignModule(
        tensors=tuple(TensorPlan(name=_stored(name), shape=tuple(tensor.shape)) for name, tensor in tensors.items()),
        code=_code(_factory(factory)),
    )


def initial_tensors(layer: LayerPlan, key: int) -> dict[str, Tensor]:
    """The tensors `block.tensor` that a module begins with: its own, where torch's generator starts from a key."""
    made = _made(_name(layer), key)
    return {f"{layer.block}.{_stored(name)}": tensor.detach().clone() for name, tensor in made.named_parameters()}


def foreign(layer: LayerPlan, parameters: Mapping[str, Tensor], columns: Tensor) -> Tensor:
    """What a module makes of columns (lanes, d, n) or (d, n)."""
    attributes = dict(layer.attributes)
    module = _template(_name(layer), str(attributes["code"]))
    names = {tensor.name: _own(tensor.name) for tensor in layer.tensors}
    lanes = len(parameters[f"{layer.block}.{layer.tensors[0].name}"])
    inputs = columns.expand(lanes, -1, -1).mT.reshape(lanes, -1, *layer.input_shape)
    fixed = {name: buffer.to(columns.device) for name, buffer in module.named_buffers()}
    own = [
        {own: parameters[f"{layer.block}.{name}"][lane] for name, own in names.items()} | fixed for lane in range(lanes)
    ]
    outputs = [functional_call(module, tensors, given) for tensors, given in zip(own, inputs, strict=True)]
    return torch.stack(outputs).flatten(2).mT


def _name(layer: LayerPlan) -> str:
    return str(dict(layer.attributes)["factory"])


def _stored(name: str) -> str:
    """A name of torch as that of a tensor of one block: a dot would begin another block."""
    return name.replace(".", "/")


def _own(name: str) -> str:
    return name.replace("/", ".")


@cache
def _template(factory: str, code: str) -> nn.Module:
    """A module whose parameters are replaced at each call. Raises `ExternError` where its code has changed since."""
    if _code(_factory(factory)) != code:
        raise ExternError(f"the file that defines `{factory}` is not the one for which the plan was made")
    return _made(factory, 0)


def _made(factory: str, key: int) -> nn.Module:
    """A module whose initial values are drawn by torch's own generator, which is left as it was."""
    make = _factory(factory)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(key)
        with _their_code(f"`{factory}` cannot be called without arguments"):
            module = make()
    if not isinstance(module, nn.Module):
        raise ExternError(f"`{factory}` makes no `torch.nn.Module`")
    return module


def _factory(name: str) -> Callable[[], object]:
    """What a factory's name means, imported. Modules are looked for in the working directory too."""
    if os.environ.get(PERMISSION) != "1":
        raise ExternError(f"`{name}` is a module of its author's own: pass --allow-extern to import it")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    module, _, attribute = name.partition(":")
    with _their_code(f"`{name}` cannot be imported"):
        found: Callable[[], object] = getattr(importlib.import_module(module), attribute)
    return found


@contextmanager
def _their_code(failure: str) -> Iterator[None]:
    """Around code that is not ours, which may raise anything. Raises `ExternError`."""
    try:
        yield
    except Exception as error:  # the one place where a mistake of somebody else's code is kept from passing for ours
        raise ExternError(f"{failure}: {type(error).__name__}: {error}") from error


def _require_function(
    factory: str, module: nn.Module, input_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> None:
    """Raises `ExternError` where a module in train mode is no function of its parameters and a batch."""
    kept = {name: buffer.clone() for name, buffer in module.named_buffers()}
    before = torch.get_rng_state()
    with _their_code(f"`{factory}` does not take inputs of {input_shape}"), torch.no_grad():
        found = module(torch.zeros(2, *input_shape))
    if not isinstance(found, Tensor) or tuple(found.shape) != (2, *output_shape):
        shape = tuple(found.shape)[1:] if isinstance(found, Tensor) else type(found).__name__
        raise ExternError(
            f"`{factory}` gives {shape} for one input of {input_shape}, and its map declares {output_shape}"
        )
    if not torch.equal(torch.get_rng_state(), before):
        raise ExternError(f"`{factory}` draws numbers in training, which no key of catlearn determines")
    if any(not torch.equal(buffer, kept[name]) for name, buffer in module.named_buffers()):
        raise ExternError(f"`{factory}` changes its buffers in training, as batch normalisation does")


def _code(factory: Callable[[], object]) -> str:
    try:
        source = inspect.getsourcefile(factory)
    except TypeError:
        source = None
    return hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else ""

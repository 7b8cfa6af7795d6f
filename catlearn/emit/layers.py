"""Layers as modules and functions of torch, on batches (n, …) of the shapes of the language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod

from catlearn.emit.names import Names, literal
from catlearn.emit.refusal import NotEmitted, refuse_others
from catlearn.plan.ir import LayerPlan, TensorPlan, every_layer

MODULES: Mapping[str, Callable[[LayerPlan], str]] = {
    "linear": lambda layer: f"nn.Linear({layer.input_shape[-1]}, {layer.output_shape[-1]})",
    "conv2d": lambda layer: _conv2d(layer),
    "layernorm": lambda layer: f"nn.LayerNorm({layer.input_shape[-1]})",
    "groupnorm": lambda layer: f"nn.GroupNorm({_of(layer, 'groups')}, {layer.input_shape[0]})",
    "batchnorm": lambda layer: f"nn.BatchNorm{'1d' if len(layer.input_shape) == 1 else '2d'}({layer.input_shape[0]})",
    "embedding": lambda layer: f"nn.Embedding({', '.join(map(str, layer.tensors[0].shape))})",
    "positions": lambda layer: f"Positions({', '.join(map(str, layer.input_shape))})",
    "attention": lambda layer: (
        f"nn.MultiheadAttention({layer.input_shape[1]}, {_of(layer, 'heads')}, batch_first=True)"
    ),
}
"""The modules of layers with parameters."""

CALLS: Mapping[str, Callable[[LayerPlan], str]] = {
    "relu": lambda _: "functional.relu(x)",
    "tanh": lambda _: "torch.tanh(x)",
    "sigmoid": lambda _: "torch.sigmoid(x)",
    "gelu": lambda _: "functional.gelu(x)",
    "softmax": lambda _: "functional.softmax(x, dim=-1)",
    "flatten": lambda _: "x.flatten(1)",
    "maxpool": lambda layer: f"functional.max_pool2d(x, {_of(layer, 'size')})",
    "avgpool": lambda layer: f"functional.avg_pool2d(x, {_of(layer, 'size')})",
    "dropout": lambda layer: f"dropout(x, {_of(layer, 'p')}, {literal(layer.block or '')}, noise)",
}
"""What layers without parameters make of x."""

TENSORS: Mapping[str, Mapping[str, str]] = {
    "attention": {
        "in_weight": "in_proj_weight",
        "in_bias": "in_proj_bias",
        "out_weight": "out_proj.weight",
        "out_bias": "out_proj.bias",
    }
}
"""What torch's modules call a tensor that has another name there."""


def _of(layer: LayerPlan, name: str) -> int | float:
    value = dict(layer.attributes)[name]
    return float(value) if isinstance(value, str) else value


def _conv2d(layer: LayerPlan) -> str:
    kernel = layer.tensors[0].shape[-1]
    named = [
        f"{name}={_of(layer, name)}" for name, usual in (("stride", 1), ("padding", 0)) if _of(layer, name) != usual
    ]
    return f"nn.Conv2d({', '.join((str(layer.input_shape[0]), str(layer.output_shape[0]), str(kernel), *named))})"


def initial(layer: LayerPlan, tensor: TensorPlan, source: str) -> str:
    """The value of a tensor or a buffer at @init, drawn from a generator of the script where it is drawn."""
    shape = ", ".join(map(str, tensor.shape))
    if layer.operation in ("layernorm", "groupnorm", "batchnorm"):
        return f"torch.{'ones' if tensor.name in ('weight', 'running_var') else 'zeros'}({shape})"
    if layer.operation == "attention" and tensor.name.endswith("bias"):
        return f"torch.zeros({shape})"
    if layer.operation in _DEVIATIONS:
        return f"normal({source}, {_DEVIATIONS[layer.operation]}, {shape})"
    if tensor.name == "in_weight":
        return f"uniform({source}, (6 / {sum(tensor.shape)}) ** 0.5, {shape})"
    return f"uniform({source}, {prod(layer.tensors[0].shape[1:])}**-0.5, {shape})"


_DEVIATIONS = {"embedding": "1.0", "positions": "0.02"}
"""Layers whose values at @init are normally distributed, with the standard deviation."""


@dataclass(frozen=True)
class Network:
    """The Python of a network: its class and its function of initial values by name, and the text of both."""

    name: str
    initial: str
    text: str


KNOWN = frozenset(["operation", "block", "tensors", "input_shape", "output_shape", "buffers", "attributes", "inner"])
"""The fields of a layer that a script follows."""


def network(layers: tuple[LayerPlan, ...], names: Names, noisy: bool) -> Network:
    """A network as a module, with its initial values; `noisy` where the script hands every network the noise by which
    some drop out. Raises `NotEmitted`."""
    for layer in every_layer(layers):
        refuse_others(layer, KNOWN, f"`{layer.operation}`")
        if layer.operation not in (*MODULES, *CALLS, "skip"):
            raise NotEmitted(f"`{layer.operation}` has no standalone form: emit runs of networks without it")
    name, drawn = names.new("Network"), names.new("initial_values")
    attributes = _attributes(layers)
    module, values = _module(name, layers, attributes, noisy), _initial_values(name, drawn, layers, attributes)
    text = "\n".join((*module, "", "", *values))
    return Network(name, drawn, text)


def draws(layers: Iterable[LayerPlan]) -> bool:
    """Whether a network drops anything out."""
    return any(_drops(layer) for layer in every_layer(layers))


def operations(layers: Iterable[LayerPlan]) -> frozenset[str]:
    """The operations in a network."""
    return frozenset(layer.operation for layer in every_layer(layers))


def _drops(layer: LayerPlan) -> bool:
    return layer.operation == "dropout" and _of(layer, "p") != 0


def _blocks(layers: Iterable[LayerPlan]) -> Mapping[str, LayerPlan]:
    """The layers with tensors by the paths of their blocks, each once."""
    return {layer.block: layer for layer in every_layer(layers) if layer.block and layer.tensors}


def _attributes(layers: Iterable[LayerPlan]) -> Mapping[str, str]:
    """The attribute of the module that is each block; paths end in a digit, and so do these."""
    names = Names()
    return {block: names.new(block) for block in _blocks(layers)}


def _module(name: str, layers: tuple[LayerPlan, ...], attributes: Mapping[str, str], noisy: bool) -> Iterator[str]:
    yield f"class {name}(nn.Module):"
    yield f'    """R{list(layers[0].input_shape)} -> R{list(layers[-1].output_shape)}."""'
    yield ""
    yield "    TENSORS = {"
    for block, layer in _blocks(layers).items():
        for tensor in (*layer.tensors, *layer.buffers):
            inside = TENSORS.get(layer.operation, {}).get(tensor.name, tensor.name)
            yield f"        {literal(f'{block}.{tensor.name}')}: {literal(f'{attributes[block]}.{inside}')},"
    yield "    }"
    yield ""
    yield "    def __init__(self):"
    yield "        super().__init__()"
    for block, layer in _blocks(layers).items():
        yield f"        self.{attributes[block]} = {MODULES[layer.operation](layer)}"
    yield ""
    yield f"    def forward(self, x{', noise=None' if noisy else ''}):"
    if len(layers[0].input_shape) > 1:
        yield f"        x = x.unflatten(1, {layers[0].input_shape})"
    for statement in _statements(layers, attributes, ""):
        yield f"        {statement}"
    yield "        return x"


def _statements(layers: Iterable[LayerPlan], attributes: Mapping[str, str], depth: str) -> Iterator[str]:
    """What layers do to x; the input of a skip is kept in a variable of its own at each depth."""
    for layer in layers:
        if layer.operation == "skip":
            yield f"skip{depth} = x"
            yield from _statements(layer.inner, attributes, f"{depth}_inside")
            yield f"x = skip{depth} + x"
        elif layer.operation == "attention":
            module = f"self.{attributes[layer.block or '']}"
            yield f"x = {module}(x, x, x, need_weights=False)[0]"
        elif layer.operation in MODULES:
            given = "x.long()" if layer.operation == "embedding" else "x"
            yield f"x = self.{attributes[layer.block or '']}({given})"
        elif layer.operation != "dropout" or _drops(layer):
            yield f"x = {CALLS[layer.operation](layer)}"


def _initial_values(name: str, drawn: str, layers: Iterable[LayerPlan], attributes: Mapping[str, str]) -> Iterator[str]:
    yield f"def {drawn}(seed):"
    yield f'    """The tensors of `{name}` at @init: the values of a block depend on the seed and the block alone."""'
    for block, layer in _blocks(layers).items():
        if any("torch." not in initial(layer, tensor, "") for tensor in layer.tensors):
            yield f'    {attributes[block]} = generator("initial values", seed, {literal(block)})'
    yield "    return {"
    for block, layer in _blocks(layers).items():
        for tensor in (*layer.tensors, *layer.buffers):
            yield f"        {literal(f'{block}.{tensor.name}')}: {initial(layer, tensor, attributes[block])},"
    yield "    }"

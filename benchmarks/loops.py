"""What a user of PyTorch would write: one model after the other, `torch.optim`, one batch a step."""

from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from catlearn.network.data import Data


def sequential(
    model: Callable[[], nn.Module],
    optimiser: Callable[[Iterable[Tensor]], torch.optim.Optimizer],
    data: Data,
    *,
    models: int,
    batch: int,
    epochs: int,
) -> None:
    """Train some models in turn. As a run does, each is evaluated on both splits at its start and its end, and its
    weights there are saved."""
    with TemporaryDirectory(prefix="catlearn-benchmark-") as directory:
        for seed in range(models):
            torch.manual_seed(seed)
            network = model()
            before = evaluated(network, data)
            train(network, optimiser(network.parameters()), data, batch, epochs)
            after = evaluated(network, data)
            assert after < before
            save_file(dict(network.state_dict()), Path(directory) / f"{seed}.safetensors")


def train(network: nn.Module, descent: torch.optim.Optimizer, data: Data, batch: int, epochs: int) -> None:
    """Whole batches, in a new order each epoch."""
    for _ in range(epochs):
        order = torch.randperm(len(data.train_labels)).to(data.train_labels.device)
        for at in range(0, len(order) - batch + 1, batch):
            chosen = order[at : at + batch]
            loss = functional.cross_entropy(network(data.train_inputs[chosen]), data.train_labels[chosen])
            descent.zero_grad()
            loss.backward()
            descent.step()


def evaluated(network: nn.Module, data: Data) -> float:
    """The loss on the training split, after the loss and the accuracy on the other."""
    with torch.no_grad():
        outputs = network(data.test_inputs)
        functional.cross_entropy(outputs, data.test_labels).item()
        (outputs.argmax(1) == data.test_labels).double().mean().item()
        return functional.cross_entropy(network(data.train_inputs), data.train_labels).item()

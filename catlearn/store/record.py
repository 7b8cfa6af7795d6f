"""The record of one trained seed: what lies in its trajectory file, and its digest."""

from typing import Literal

from pydantic import Field

from catlearn.plan.document import Document

Status = Literal["completed", "diverged", "failed"]
"""What became of a seed: trained to its end; not finite from some step on, as it would be again; or stopped by its
machine, for want of memory or by a fault, and worth another try."""


class FrozenHash(Document):
    """The SHA-256 of a frozen block's tensors, at the start and at every checkpoint; all must be equal."""

    block: str
    sha256: tuple[str, ...]


class RunRecord(Document):
    """One seed of one train job.

    The trajectory is `seed-<seed>.safetensors` beside the record. Its tensors are `block.tensor` of shape
    (checkpoints, ...), and the optimiser state at the end as `state:<name>:block.tensor`. `steps` are the
    optimiser steps of the checkpoints, counted from `@init`, the start included; `step` is the rule's clock `t` at
    the end. The losses are means over the whole split, in nats. `seconds` are those of one core that training took, and
    `session` stands for the call and the machine in which they were measured; it is empty where they are not of one.
    """

    schema_version: int = Field(default=1, alias="schema")
    job: str
    name: str
    seed: int
    status: Status
    reason: str | None
    steps: tuple[int, ...]
    step: int
    train_loss: tuple[float, ...]
    test_loss: tuple[float, ...]
    test_accuracy: tuple[float, ...]
    frozen: tuple[FrozenHash, ...]
    trajectory_sha256: str
    seconds: float
    session: str = ""


def without_weights(job: str, name: str, seed: int, status: Status, reason: str) -> RunRecord:
    """The record of a seed that left no trajectory: it could not start, or was stopped."""
    return RunRecord(
        job=job,
        name=name,
        seed=seed,
        status=status,
        reason=reason,
        steps=(),
        step=0,
        train_loss=(),
        test_loss=(),
        test_accuracy=(),
        frozen=(),
        trajectory_sha256="",
        seconds=0.0,
    )

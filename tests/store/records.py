"""Records and arrays for a store, as training would have made them."""

import numpy as np

from catlearn.store.record import RunRecord

JOB = "0123456789abcdef0123456789abcdef"
OTHER = JOB[::-1]
ARRAYS = {"head.0.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4)}


def record(seed=3, **changes):
    """The record of a seed with two checkpoints."""
    fields = {
        "job": JOB,
        "name": "gd",
        "seed": seed,
        "status": "completed",
        "reason": None,
        "steps": (0, 21),
        "step": 21,
        "train_loss": (2.3, 0.5 + seed),
        "test_loss": (2.3, 0.6 + seed),
        "test_accuracy": (0.1, 0.9),
        "frozen": (),
        "trajectory_sha256": "",
        "seconds": 0.25,
        **changes,
    }
    return RunRecord(**fields)

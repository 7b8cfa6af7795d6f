"""What a store holds of a run, as values that can be compared."""

import numpy as np

from catlearn.runs.train import train


def bits(store, job, seed):
    """The record but for the time it took, and the bytes of every tensor of the trajectory."""
    record = store.run_record(job.digest, seed)
    tensors = {name: (array.shape, array.tobytes()) for name, array in store.trajectory(job.digest, seed).items()}
    return record.model_copy(update={"seconds": 0.0, "session": ""}), tensors


def weights(store, job, seed):
    """The trajectory without optimiser state."""
    arrays = store.trajectory(job.digest, seed)
    return {name: array for name, array in arrays.items() if not name.startswith("state:")}


def states(store, job, seed):
    """The optimiser state at the end."""
    return {name: array for name, array in store.trajectory(job.digest, seed).items() if name.startswith("state:")}


def equal(left, right):
    """Whether two families of tensors agree bit by bit."""
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


def paths_of(program, begun, watch=lambda _: None):
    """The paths of all lanes of a program at their ends, by position."""
    return {lane: path for ended in train(program, begun, watch) for lane, path in ended.items()}

"""The measures: functions of a run that give one number a seed, and of its representation that give a diagram."""

from catlearn.theory.fields import Signature

SEED_MEASURES = {
    "accuracy": Signature(("run", "on"), ("run", "on")),
    "loss": Signature(("run", "on"), ("run", "on")),
}
"""Measures of a run's end on a split of a dataset: the share classified rightly, the mean cross-entropy in nats."""

COUNTS = {"classes": Signature(("runs", "by"), ("runs", "by"))}
"""Measures of a family of runs under a relation."""

CONSTANCY = {"constant": Signature(("map", "along"), ("map", "along"))}
"""Properties of a structural map along a run."""

DISTANCES = {"bottleneck": Signature(("dims",), ("dims",))}
"""Distances between the persistence diagrams of two clouds, on the scale of the normalised clouds."""

MEASURES = {**SEED_MEASURES, **COUNTS, **CONSTANCY}

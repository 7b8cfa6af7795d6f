"""How large what a specification means may become.

A name can double what it stands for each time it is used, so that a short text could mean what no machine holds. These
limits are far above what is trained, and a text beyond one of them is refused where it passes it.
"""

MOST_LAYERS = 10_000
"""Layers of one map, those inside `skip` among them."""

MOST_LAYERS_TOGETHER = 1_000_000
"""Layers of all maps."""

DEEPEST_SKIP = 100
"""How many `skip` may stand in one another, by way of names too."""

MOST_BLOCKS = 10_000
"""Blocks of one parameter space."""

MOST_BLOCKS_TOGETHER = 1_000_000
"""Blocks of all parameter spaces, and of the targets of all structural maps."""

LONGEST_PATH = 500
"""Characters of the path of a block, `second.encoder.0`."""

MOST_ARROWS_TOGETHER = 1_000_000
"""Arrows in the images of all composite functors."""

MOST_PARTS = 1_000
"""Functors or cells of which one is composed."""

LARGEST_STATE_MAP = 10_000
"""Symbols, constants and operations of a composite map of states."""

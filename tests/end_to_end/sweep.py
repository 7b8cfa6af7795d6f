"""Heights against the width of a network, a row of the table each: python -m tests.end_to_end.sweep"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from catlearn import verbs
from tests.end_to_end.test_classes import SWEEP, WIDTHS, sweep


def main() -> None:
    """The widths named, or all: median and largest width of straight, of aligned and of relaxed sheets."""
    for width in map(int, sys.argv[1:] or WIDTHS):
        with TemporaryDirectory(prefix="catlearn-sweep-") as folder:
            specification = Path(folder) / "sweep.cat"
            specification.write_text(SWEEP.format(width=width))
            verbs.run(specification)
            columns = (f"{np.median(found):.3f}, {max(found):.3f}" for found in sweep(specification))
            print(f"| {width} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()

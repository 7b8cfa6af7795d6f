"""The calibration table: python -m tests.calibration [CASES] [SEED]; 300 cases a kind unless said otherwise."""

import sys

from tests.calibration.checker import tally
from tests.calibration.landscapes import KINDS


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print("| kind | cases | supported | refuted | undecided | of these far off | wrong YES | wrong NO |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in KINDS:
        found = tally(kind, count, seed)
        numbers = (count, found.supported, found.refuted, found.undecided, found.undecided_far)
        cells = " | ".join(map(str, (*numbers, found.wrong_yes, found.wrong_no)))
        print(f"| {kind} | {cells} |", flush=True)


if __name__ == "__main__":
    main()

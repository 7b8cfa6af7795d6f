"""The calibration table: python -m tests.calibration [CASES] [SEED] [KIND…]; 300 cases a kind unless said otherwise."""

import sys

from tests.calibration.checker import DISTANCES, tally
from tests.calibration.kinds import KINDS


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    near = [f"undecided within {distance}" for distance in DISTANCES]
    head = ["kind", "cases", "supported", "refuted", "vacuous", *near, "undecided further off", "wrong YES", "wrong NO"]
    print(f"| {' | '.join(head)} |")
    print("|---" * len(head) + "|")
    for kind in sys.argv[3:] or KINDS:
        found = tally(kind, count, seed)
        numbers = (count, found.supported, found.refuted, found.vacuous, *found.undecided)
        print(f"| {' | '.join(map(str, (kind, *numbers, found.wrong_yes, found.wrong_no)))} |", flush=True)


if __name__ == "__main__":
    main()

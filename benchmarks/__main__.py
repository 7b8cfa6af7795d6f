"""python -m benchmarks [ROW…] [--json FILE] [--write]: measures all rows or some, and prints their table.

`--json FILE` writes the figures as one JSON document, `--write` puts them into docs/benchmarks.md. The status is 1
where a figure is not as asked.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.harness import document, measured, rows
from benchmarks.table import DOCUMENT, line, table, written


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("row", nargs="*", help="rows to measure, all where none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--write", action="store_true", help="write the table of docs/benchmarks.md")
    arguments = parser.parse_args()
    known = rows()
    unknown = [name for name in arguments.row if name not in known]
    if unknown:
        parser.error(f"no row is named {unknown[0]}; there are {', '.join(known)}")
    chosen = [known[name] for name in arguments.row] if arguments.row else list(known.values())
    results = measured(chosen, lambda name: print(f"measuring {name}", file=sys.stderr, flush=True))
    print(table(map(line, results)))
    if arguments.json:
        arguments.json.write_text(document(results) + "\n", encoding="utf-8")
    if arguments.write:
        DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), results, known), encoding="utf-8")
    figures = [(result.row, result.figure) for result in results if result.figure is not None]
    return int(any(each.met(figure.value) is False for each, figure in figures))


if __name__ == "__main__":
    sys.exit(main())

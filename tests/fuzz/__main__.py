"""``python -m tests.fuzz``: changes models at random and looks for one that hurts."""

import argparse
import sys
from pathlib import Path

from tests.fuzz.loop import fuzz


def main() -> int:
    """Run the fuzzer; 1 if it finds a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="files to try, at most (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="the same seed tries the same files")
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument("--no-litert", action="store_true", help="do not compare what survives with LiteRT")
    parser.add_argument("--save", type=Path, metavar="DIR", help="write files that hurt into this folder")
    given = parser.parse_args()
    report = fuzz(given.cases, given.seed, seconds=given.seconds, litert=not given.no_litert)
    print(f"{report.cases} cases, {report.corpus} files in the corpus")
    for title, counts in (("ended in", report.endings), ("LiteRT", report.litert)):
        for name, count in counts.most_common():
            print(f"  {title} {name}: {count}")
    for where in report.faults:
        print(f"FAULT {where}")
    if given.save is not None:
        report.save(given.save)
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Table of the proofs, as docs/proofs.md has it, from what ``racelet prove --json`` writes."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BEGIN = "<!-- From `racelet prove dwcpwc --json proofs.json`; `python -m racelet.synth.prove.page` wrote it. -->"


def table(properties: Iterable[Mapping[str, Any]]) -> str:
    """Rows of the table.

    Parameters
    ----------
    properties : iterable of mapping
        Each with ``component``, ``name``, ``result`` and ``depth``.

    Examples
    --------
    >>> print(table([{"component": "slice", "name": "o: stays", "result": "proved", "depth": 4}]))
    | component | property | result | depth |
    |---|---|---|---|
    | slice | o: stays | proved | 4 |
    """
    lines = ["| component | property | result | depth |", "|---|---|---|---|"]
    lines += [f"| {each['component']} | {each['name']} | {each['result']} | {each['depth']} |" for each in properties]
    return "\n".join(lines)


def rewrite(page: str, properties: Iterable[Mapping[str, Any]]) -> str:
    """The page with the table anew."""
    return f"{page.partition(BEGIN)[0]}{BEGIN}\n\n{table(properties)}\n"


if __name__ == "__main__":
    results, target = (Path(name) for name in sys.argv[1:])
    target.write_text(rewrite(target.read_text(), json.loads(results.read_text())["properties"]))

"""The scores that are kept, as docs/verification.md shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from racelet.synth.mutate.run import TARGET, Coverage, score
from racelet.synth.records import Record


def kept(found: Coverage) -> dict[str, Any]:
    """What is kept of a component's coverage: numbers, and each survivor in words."""
    return {
        "mutants": found.mutants,
        "equivalent": found.equivalent,
        "killed": found.killed,
        "survivors": [in_words(survivor.mutant) for survivor in found.survivors],
    }


def in_words(mutant: Any) -> str:
    """One line on a :class:`racelet.synth.mutate.mutants.Mutant`: where it is, and what is broken."""
    wire = f" ({mutant.wire})" if mutant.wire else ""
    return f"{mutant.source}: {mutant.cell} {mutant.port}[{mutant.bit}]{wire} {mutant.kind}"


def share(component: Mapping[str, Any]) -> float:
    """Score of a component that is kept."""
    return score(component["mutants"], component["equivalent"], component["killed"])


def text(records: Sequence[Record]) -> str:
    """Tables of records, with the survivors of components below the target.

    Parameters
    ----------
    records : sequence of Record
        Of mutation.

    Returns
    -------
    str
        Markdown, with an empty line at either end.
    """
    lines = [""]
    for record in records:
        options = " ".join(f"--{name} {value}" for name, value in record.settings.items())
        lines += [f"`racelet mutate {record.block} --preset {record.preset} {options}`", ""]
        lines += ["| component | mutants | killed | equivalent | survivors | score |", "|---|---:|---:|---:|---:|---:|"]
        for name, each in sorted(record.components.items()):
            numbers = (each["mutants"], each["killed"], each["equivalent"], len(each["survivors"]))
            cells = [f"`{name}`", *(str(number) for number in numbers), f"{100 * share(each):.1f} %"]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
        below = {name: each for name, each in sorted(record.components.items()) if share(each) < TARGET}
        if below:
            lines += ["What survived where the score is below the target:", ""]
            lines += [f"- `{name}`: {one}" for name, each in below.items() for one in each["survivors"]]
            lines.append("")
    return "\n".join([*lines, ""])

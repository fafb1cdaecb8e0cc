"""``racelet prove``: what always holds in a block's hardware, for every input, shown by SymbiYosys."""

import dataclasses
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import click

from racelet.cli.blocks import BLOCKS
from racelet.cli.config import chosen_among, known_name
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json

if TYPE_CHECKING:
    from racelet.synth.prove.attempt import Prover
    from racelet.synth.prove.subject import Subject
    from racelet.synth.prove.verdict import Verdict

EPILOG = """\b
Examples:
  racelet prove dwcpwc
  racelet prove dwcpwc --component stream_slice --component weight_shadow
  racelet prove dwcpwc --component tile_reader --depth 20 --waves waves
  racelet prove all --json proofs.json

\b
Results: proved: holds in every run. bounded: holds in the first so many cycles
of every run; no induction was found. covered: comes to pass in a run of so many
cycles. failed: does not hold after so many cycles. unreached: comes to pass in
no run of so many cycles.
"""

_SHARED = "lib"
"""What the parts that blocks share are proved as."""


@click.command(epilog=EPILOG)
@click.argument("block")
@click.option("--component", "wanted", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
@click.option(
    "--depth", type=click.IntRange(1, 1000), metavar="N", help="Cycles to look ahead in where no induction is found."
)
@click.option(
    "--limit", type=click.IntRange(1), default=300, show_default=True, metavar="S", help="Seconds for each attempt."
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Components at a time; else one per processor.")
@click.option(
    "--waves", type=click.Path(path_type=Path), metavar="DIR", help="Write runs that show a fault (VCD) here."
)
@json_option
def command(
    block: str,
    wanted: tuple[str, ...],
    depth: int | None,
    limit: int,
    jobs: int | None,
    waves: Path | None,
    json_file: str | None,
) -> int:
    """Prove properties of the components of BLOCK, or of all blocks, and of those that blocks share.

    Every component is proved in one small shape, with its inputs and the contents of its memories arbitrary. What was
    found out is kept in the cache, by the digest of netlist and tools.
    """
    from racelet.synth.prove.attempt import Prover

    check_writable(json_file)
    chosen = _chosen(block, wanted)
    if waves is not None:
        waves.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Verdict]] = {}
    prover = Prover()
    try:
        with progress_bar("prove") as progress:
            progress(0, len(chosen), "prove")
            for subject, verdicts in run(prover, chosen, limit, depth, jobs or os.cpu_count() or 1):
                found[f"{subject.block}.{subject.name}"] = [_kept(verdict, waves) for verdict in verdicts]
                progress(len(found), len(chosen), subject.name)
    finally:
        # An interrupted run leaves what it finished.
        verdicts = [verdict for name in sorted(found) for verdict in found[name]]
        _report(block, verdicts, len(found) < len(chosen), json_file)
    return 1 if any(verdict.result in {"failed", "unreached"} for verdict in verdicts) else 0


def run(
    prover: "Prover", chosen: Sequence["Subject"], limit: int, depth: int | None, jobs: int
) -> Iterator[tuple["Subject", list["Verdict"]]]:
    """Find the verdicts on subjects, ``jobs`` at a time; yields each subject's when they are there."""
    from racelet.synth.prove.verdict import Judge

    judge = Judge(prover, limit)
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(judge.verdicts, subject, depth): subject for subject in chosen}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            prover.stop()
            pool.shutdown(cancel_futures=True)


def _chosen(block: str, wanted: Sequence[str]) -> list["Subject"]:
    from racelet.synth.prove.subject import subjects

    every = subjects()
    # A block is proved from its first component on, before there is enough of it for the other verbs.
    blocks = dict.fromkeys([*BLOCKS, *(each.block for each in every if each.block != _SHARED)])
    chosen = {_SHARED, *(blocks if block == "all" else [known_name("BLOCK", block, blocks)])}
    return chosen_among({each.name: each for each in every if each.block in chosen}, wanted)


def _kept(verdict: "Verdict", waves: Path | None) -> "Verdict":
    """The verdict with a copy of its run, if it is one against the property; without any in the cache."""
    if waves is None or verdict.trace is None or verdict.result != "failed":
        return dataclasses.replace(verdict, trace=None)
    words = "".join(letter if letter.isalnum() else " " for letter in verdict.name).split()
    file = waves / f"{verdict.component}-{'-'.join(words)}.vcd"
    shutil.copy(verdict.trace, file)
    return dataclasses.replace(verdict, trace=file)


def _report(block: str, verdicts: Sequence["Verdict"], interrupted: bool, json_file: str | None) -> None:
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[verdict.result] = counts.get(verdict.result, 0) + 1
    if json_file is not None:
        write_json(
            {"block": block, "interrupted": interrupted, "results": counts, "properties": list(verdicts)}, json_file
        )
    if json_file == "-":
        return
    print_table(
        ["component", "property", "result", "depth"],
        [(verdict.component, verdict.name, verdict.result, verdict.depth) for verdict in verdicts],
    )
    for verdict in verdicts:
        if verdict.trace is not None:
            click.echo(f"\n{verdict.component}, {verdict.name}: {verdict.trace}")
    click.echo(f"\n{', '.join(f'{number} {result}' for result, number in counts.items()) or 'nothing'}")

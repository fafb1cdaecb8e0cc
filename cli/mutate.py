"""``racelet mutate``: whether the benches of a block notice broken hardware."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from racelet.cli.blocks import Block
from racelet.cli.config import block_named, chosen_among, load, set_option
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json
from racelet.cli.records import check_updatable, update_record

if TYPE_CHECKING:
    from racelet.synth.mutate.run import Coverage

EPILOG = """\b
Examples:
  racelet mutate dwcpwc --component stream_slice
  racelet mutate dwcpwc --component pool --count 200 --waves waves
  racelet mutate dwcpwc --preset tiny --json mutants.json
  racelet mutate dwcpwc --component pool --count 40 --update
"""


@click.command(epilog=EPILOG)
@click.argument("block")
@click.option("--preset", metavar="P", default="tiny", show_default=True, help="Named config.")
@set_option
@click.option("--component", "wanted", multiple=True, metavar="NAME", help="Only this component; may be repeated.")
@click.option("--count", type=click.IntRange(1), default=100, show_default=True, metavar="N", help="Mutants of each.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, metavar="N", help="Of all.")
@click.option("--waves", type=click.Path(path_type=Path), metavar="DIR", help="Write waveforms of survivors (VCD).")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Mutants at a time; else one per processor.")
@click.option("--update", is_flag=True, help="Keep the scores of these components, and rewrite docs/verification.md.")
@json_option
def command(
    block: str,
    preset: str,
    settings: tuple[str, ...],
    wanted: tuple[str, ...],
    count: int,
    seed: int,
    waves: Path | None,
    jobs: int | None,
    update: bool,
    json_file: str | None,
) -> int:
    """Break the components of BLOCK, one bit at a time, and say which faults their benches do not notice.

    All mutants of a component are in one simulator, which an input switches on. What no bench notices is listed with
    its source line, unless it is proved that it can never be seen. A component's score is the share of killed
    mutants among those that are not equivalent; below 95 % the exit status is 1.
    """
    from racelet.cli.verify import benches
    from racelet.synth.mutate import page
    from racelet.synth.mutate.run import TARGET, cover
    from racelet.synth.mutate.subjects import subjects
    from racelet.synth.records import Record

    check_writable(json_file)
    chosen = block_named(block)
    options = {"count": count, "seed": seed}
    record = Record(kind="mutation", block=chosen.name, preset=preset, settings=options, components={})
    check_updatable(update, settings, record)
    config = load(chosen, preset, None, settings)
    picked = chosen_among({subject.name: subject for subject in subjects(benches(chosen), config)}, wanted)
    found: list[Coverage] = []
    if waves is not None:
        waves.mkdir(parents=True, exist_ok=True)
    try:
        with progress_bar("mutate") as progress:
            for subject in picked:
                found.append(
                    cover(
                        subject,
                        count=count,
                        seed=seed,
                        jobs=jobs or os.cpu_count() or 1,
                        waves=waves,
                        progress=lambda what: progress(len(found), len(picked), what),
                    )
                )
    finally:
        # An interrupted run leaves what it finished.
        _report(chosen, preset, seed, found, len(picked), json_file)
        if update and found:
            kept = {each.component: page.kept(each) for each in found}
            update_record(dataclasses.replace(record, components=kept), page.text)
    # Nothing broken is nothing shown.
    return int(any(each.score < TARGET or not each.mutants for each in found))


def _report(
    block: Block, preset: str, seed: int, found: Sequence["Coverage"], total: int, json_file: str | None
) -> None:
    from racelet.synth.mutate.page import in_words
    from racelet.synth.mutate.run import score

    sums = {name: sum(getattr(each, name) for each in found) for name in ("mutants", "equivalent", "killed")}
    whole = score(sums["mutants"], sums["equivalent"], sums["killed"])
    if json_file is not None:
        rows = [_row(each) for each in found]
        result = {"block": block.name, "config": preset, "seed": seed, **sums, "score": round(whole, 4)}
        write_json({**result, "interrupted": len(found) < total, "components": rows}, json_file)
    if json_file == "-":
        return
    print_table(
        ["component", "mutants", "killed", "equivalent", "survivors", "score", "seconds"],
        [
            (e.component, e.mutants, e.killed, e.equivalent, len(e.survivors), f"{e.score:.1%}", e.seconds)
            for e in found
        ],
    )
    for each in found:
        for survivor in each.survivors:
            shown = f", differs after {survivor.differs_after} cycles" if survivor.differs_after else ""
            click.echo(f"{each.component}: {in_words(survivor.mutant)}{shown} {survivor.waves}".rstrip())
    click.echo(f"\n{sums['killed']} of {sums['mutants'] - sums['equivalent']} killed, {whole:.1%}; seed {seed}")


def _row(each: "Coverage") -> dict[str, Any]:
    row = dataclasses.asdict(each)
    return {**row, "score": round(each.score, 4)}

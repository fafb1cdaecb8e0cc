"""``racelet coverage``: which lines and bits of a block's hardware its benches reach."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from racelet.cli.blocks import Block
from racelet.cli.config import block_named, chosen_among, load, set_option
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json
from racelet.cli.records import check_updatable, update_record

if TYPE_CHECKING:
    from racelet.synth.coverage.run import Reached

EPILOG = """\b
Examples:
  racelet coverage dwcpwc --component stream_slice --missing
  racelet coverage dwcpwc --preset tiny --json coverage.json
  racelet coverage dwcpwc --update
"""


@click.command(epilog=EPILOG)
@click.argument("block")
@click.option("--preset", metavar="P", default="tiny", show_default=True, help="Named config.")
@set_option
@click.option("--component", "wanted", multiple=True, metavar="NAME", help="Only this component; may be repeated.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, metavar="N", help="Of all.")
@click.option("--missing", is_flag=True, help="List what was not reached.")
@click.option("--update", is_flag=True, help="Keep the shares of these components, and rewrite docs/verification.md.")
@json_option
def command(
    block: str,
    preset: str,
    settings: tuple[str, ...],
    wanted: tuple[str, ...],
    seed: int,
    missing: bool,
    update: bool,
    json_file: str | None,
) -> int:
    """Run the benches of BLOCK and say which lines and bits of its components they reach.

    Verilator counts each line and branch of the Verilog, and each bit's changes up and down. A component in another's
    bench counts too. Below 98 % of the lines or 95 % of the changes of any component the exit status is 1; what need
    not be reached is listed in synth/coverage/exempt.toml, with the reason.
    """
    from racelet.cli.verify import benches
    from racelet.synth.coverage import page
    from racelet.synth.coverage.run import exemptions, reach
    from racelet.synth.mutate.subjects import subjects
    from racelet.synth.records import Record

    check_writable(json_file)
    chosen = block_named(block)
    record = Record(kind="coverage", block=chosen.name, preset=preset, settings={"seed": seed}, components={})
    check_updatable(update, settings, record)
    known = {subject.name: subject for subject in subjects(benches(chosen), load(chosen, preset, None, settings))}
    picked = chosen_among(known, wanted)
    with progress_bar("coverage") as progress:
        found = reach(picked, seed=seed, exempt=exemptions(), progress=progress)
    _report(chosen, preset, seed, found, missing, json_file)
    if update:
        kept = {each.component: page.kept(each) for each in found}
        update_record(dataclasses.replace(record, components=kept), page.text)
    return int(any(each.short for each in found))


def _report(
    block: Block, preset: str, seed: int, found: Sequence["Reached"], missing: bool, json_file: str | None
) -> None:
    if json_file is not None:
        write_json({"block": block.name, "config": preset, "seed": seed, "components": list(found)}, json_file)
    if json_file == "-":
        return
    rows = [
        (each.component, each.lines, _share(each.line, each.lines), each.toggles, _share(each.toggle, each.toggles))
        for each in found
    ]
    left_out = [(each.unread, each.constant, each.exempt) for each in found]
    print_table(
        ["component", "lines", "reached", "changes", "reached", "unread", "constant", "exempt"],
        [(*row, *counts) for row, counts in zip(rows, left_out, strict=True)],
    )
    if missing:
        for each in found:
            for what in each.missing:
                click.echo(f"{each.component}: {what}")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"

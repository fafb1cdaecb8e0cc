"""``racelet synth``: area and clock frequency of a block on an FPGA."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from racelet.cli.blocks import Block
from racelet.cli.config import ConfigError, block_named, config_options, load
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json, write_whole
from racelet.synth.flow.devices import DEVICES, Device

if TYPE_CHECKING:
    from racelet.synth.baseline import Baseline
    from racelet.synth.flow.measure import Measurement

SEEDS = 5
"""Fewest seeds whose median means something: place and route is chaotic."""

EPILOG = """\b
Examples:
  racelet synth dwcpwc --preset tiny --device ecp5-85k
  racelet synth dwcpwc --preset small --device ecp5-45k --area
  racelet synth dwcpwc --set weight_bytes=32768 --seeds 9 --json result.json
  racelet synth --check --area
  racelet synth dwcpwc --preset tiny --update
"""


@click.command(epilog=EPILOG)
@click.argument("block", required=False)
@config_options
@click.option(
    "--device", metavar="D", help=f"One of {', '.join(DEVICES)}; else ecp5-85k, with --check every one measured."
)
@click.option(
    "--seeds", type=click.IntRange(1, 1000), metavar="N", help=f"Seeds of place and route, 1 to N; else {SEEDS}."
)
@click.option("--area", is_flag=True, help="Synthesis only: no place and route, no frequency.")
@click.option("--check", is_flag=True, help="Measure again what has a baseline; exit with 1 where one is missed.")
@click.option("--update", is_flag=True, help="Keep the result of a preset as its baseline, if it fits.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Seeds at a time; else one per processor.")
@json_option
def command(
    block: str | None,
    preset: str | None,
    config: Path | None,
    settings: tuple[str, ...],
    device: str | None,
    seeds: int | None,
    area: bool,
    check: bool,
    update: bool,
    jobs: int | None,
    json_file: str | None,
) -> int:
    """Synthesise BLOCK for an FPGA, place and route it on its own, and say what it takes and how fast it may run.

    Every port ends at a register. Steps that were done before come from the cache, so that an interrupted run goes on
    where it ended. Exits with 1 where the block does not fit on the device.
    """
    check_writable(json_file)
    if device is not None and device not in DEVICES:
        raise ConfigError(f"--device must be one of {', '.join(DEVICES)}, not {device}")
    if area and seeds is not None:
        raise ConfigError("--area places nothing: leave out --area or --seeds")
    jobs = jobs or os.cpu_count() or 1
    if check:
        if update or preset or config or settings:
            raise ConfigError("--check measures presets with a baseline: leave out --preset, --config, --set, --update")
        return _check(None if block is None else block_named(block), device, area, seeds, jobs, json_file)
    if block is None:
        raise ConfigError("name a BLOCK, or add --check to measure every one that has a baseline")
    chosen, target = block_named(block), DEVICES[device or "ecp5-85k"]
    shape = load(chosen, preset, config, settings)
    named = preset or chosen.default
    if update and (config or settings):
        raise ConfigError("--update keeps baselines of presets: leave out --config and --set")
    measurement = _measure(chosen, shape, target, [] if area else range(1, (seeds or SEEDS) + 1), jobs)
    if update and not measurement.excess:
        _update(named, measurement)
    if json_file is not None:
        write_json(measurement.as_json(), json_file)
    if json_file != "-":
        _print(measurement, target)
    return 1 if measurement.excess else 0


def _measure(block: Block, shape: object, device: Device, seeds: Sequence[int], jobs: int) -> "Measurement":
    from racelet.synth.flow.measure import measure

    with progress_bar("synth") as progress:
        return measure(block.name, shape, block.component(shape), device, seeds, jobs, progress)


def _print(measurement: "Measurement", device: Device) -> None:
    rows = [
        (resource, measurement.used[resource], most, f"{measurement.used[resource] / most:.0%}" if most else "")
        for resource, most in device.capacity.items()
    ]
    print_table(["resource", "used", "there are", "share"], rows, title=f"{measurement.block} on {device.part}")
    if measurement.excess:
        missing = ", ".join(f"{more:,} {resource}" for resource, more in measurement.excess.items())
        click.echo(f"\n{measurement.block} does not fit on {device.name} ({device.part}): it lacks {missing}")
    fmax, path = measurement.fmax_mhz, measurement.critical_path
    if fmax is not None and path is not None:
        click.echo(f"\nFmax {fmax.median} MHz, {fmax.min} to {fmax.max} over {len(fmax.seeds)} seeds")
        names = [".".join(filter(None, (place.component, place.signal))) for place in (path.start, path.end)]
        click.echo(
            f"critical path: {names[0]} to {names[1]}, {path.levels} levels, "
            f"{path.logic_ns:.2f} ns in cells and {path.routing_ns:.2f} ns between them"
        )


def _update(preset: str, measurement: "Measurement") -> None:
    from racelet.synth.baseline import content, renewed

    try:
        baseline = renewed(preset, measurement)
    except ValueError as error:
        raise ConfigError(f"--update with --area: {error}; leave out --area") from error
    baseline.file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(baseline.file, content(baseline))


def _check(
    block: Block | None, device: str | None, area: bool, seeds: int | None, jobs: int, json_file: str | None
) -> int:
    from racelet.synth.baseline import baselines, compare

    kept = list(baselines(None if block is None else block.name, device))
    if not kept:
        raise ConfigError(f"there is no baseline of {'any block' if block is None else block.name}: add one (--update)")
    rows = []
    for baseline in kept:
        now = _again(baseline, area, seeds, jobs)
        rows += [(baseline, each) for each in compare(baseline, now)]
    if json_file is not None:
        found = [
            {"block": kept.block, "preset": kept.preset, "device": kept.device, "figure": each.figure}
            | {"baseline": each.baseline, "now": each.now, "bound": each.bound, "passes": each.passes}
            for kept, each in rows
        ]
        write_json({"passes": all(each.passes for _, each in rows), "figures": found}, json_file)
    if json_file != "-":
        word = {True: "ok", False: "missed"}
        table = [
            [kept.block, kept.preset, kept.device, each.figure, each.baseline, each.now, each.bound, word[each.passes]]
            for kept, each in rows
        ]
        print_table(["block", "preset", "device", "figure", "baseline", "now", "bound", "result"], table)
    return 0 if all(each.passes for _, each in rows) else 1


def _again(baseline: "Baseline", area: bool, seeds: int | None, jobs: int) -> "Measurement":
    """Measure what a baseline measured."""
    block = block_named(baseline.block)
    fmax = baseline.measurement["fmax_mhz"]
    count = 0 if area or fmax is None else seeds or len(fmax["seeds"])
    shape = block.presets()[baseline.preset]
    return _measure(block, shape, DEVICES[baseline.device], range(1, count + 1), jobs)

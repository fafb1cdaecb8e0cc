"""``racelet verify``: the benches of a block, on its hardware in simulation, against its golden model."""

import contextlib
import dataclasses
import importlib
import io
import multiprocessing
import os
import pkgutil
import secrets
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Literal

import click

from racelet.cli.blocks import BLOCKS, Block
from racelet.cli.config import ConfigError, block_named, load, set_option
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json

EPILOG = """\b
Examples:
  racelet verify dwcpwc
  racelet verify dwcpwc --preset tiny --preset large --seed 7
  racelet verify dwcpwc --bench requantizer --waves waves
  racelet verify all --json results.json
"""

Status = Literal["pass", "fail", "error"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """One bench to run on one config.

    Parameters
    ----------
    block, bench : str
        ``bench`` is the module name without ``tb_``.
    module : str
        Module that has ``verify(config, *, seed, waves)``.
    label : str
        The preset's name, or ``custom``.
    config : object
    seed : int
    waves : Path or None
        Waveform file to write, ending in ``.vcd``.
    """

    block: str
    bench: str
    module: str
    label: str
    config: Any
    seed: int
    waves: Path | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a case.

    Parameters
    ----------
    block, bench, config : str
        As in the case; ``config`` is its label.
    status : {"pass", "fail", "error"}
        "fail": hardware and model differ. "error": it did not come to a comparison.
    seconds : float
    message : str
        Why, where it did not pass.
    """

    block: str
    bench: str
    config: str
    status: Status
    seconds: float
    message: str = ""


@click.command(epilog=EPILOG)
@click.argument("block")
@click.option("--preset", "presets", multiple=True, metavar="P", help="Named config; may be repeated; all: every one.")
@click.option("--config", type=click.Path(path_type=Path), metavar="F.toml", help="Config from a TOML file.")
@set_option
@click.option("--bench", "wanted", multiple=True, metavar="NAME", help="Only this bench; may be repeated.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), metavar="N", help="Of all random numbers; else a new one.")
@click.option("--waves", type=click.Path(path_type=Path), metavar="DIR", help="Write waveforms (VCD) into this folder.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Benches at a time; else one per processor.")
@json_option
def command(
    block: str,
    presets: tuple[str, ...],
    config: Path | None,
    settings: tuple[str, ...],
    wanted: tuple[str, ...],
    seed: int | None,
    waves: Path | None,
    jobs: int | None,
    json_file: str | None,
) -> int:
    """Run the benches of BLOCK, or of all blocks, and say which pass.

    Every bench drives the hardware in cocotb on Verilator, with gaps and stalls, and compares outputs and cycle
    counts with the golden model.
    """
    check_writable(json_file)
    seed = secrets.randbelow(1 << 31) if seed is None else seed
    if block == "all" and (config is not None or settings):
        raise ConfigError("--config and --set belong to one block; name it instead of all")
    chosen = list(BLOCKS.values()) if block == "all" else [block_named(block)]
    cases = [case for one in chosen for case in _cases(one, presets, config, settings, wanted, seed, waves)]
    if not cases:
        raise ConfigError(f"{block} has no benches yet")
    if waves is not None:
        waves.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    try:
        with progress_bar("verify") as progress:
            for outcome in run(cases, jobs or os.cpu_count() or 1):
                outcomes.append(outcome)
                progress(len(outcomes), len(cases), f"{outcome.bench} {outcome.config}")
    finally:
        # An interrupted run leaves what it finished.
        _report(block, seed, outcomes, len(cases), json_file)
    statuses = {outcome.status for outcome in outcomes}
    return 2 if "error" in statuses else 1 if "fail" in statuses else 0


def benches(block: Block) -> dict[str, str]:
    """Modules of a block's benches, by name: ``tb_<name>`` in ``racelet.sim.<block>``, and of what it has of the lib.

    Those in ``racelet.sim.lib`` are for parts of any block; a part that is in none of this block's hardware has no
    shape in its config.
    """
    from racelet.synth.mutate.sources import closure

    hardware = f"racelet.hw.{block.name}"
    used = {part for module in _modules(hardware) for part in closure(f"{hardware}.{module}")}
    found = {
        name.removeprefix("tb_"): f"racelet.sim.lib.{name}"
        for name in _modules("racelet.sim.lib", "tb_")
        if f"racelet.hw.lib.{name.removeprefix('tb_')}" in used
    }
    own = f"racelet.sim.{block.name}"
    return found | {name.removeprefix("tb_"): f"{own}.{name}" for name in _modules(own, "tb_")}


def _modules(package: str, prefix: str = "") -> list[str]:
    path = importlib.import_module(package).__path__
    return sorted(module.name for module in pkgutil.iter_modules(path) if module.name.startswith(prefix))


def run(cases: Sequence[Case], jobs: int) -> Iterator[Outcome]:
    """Run cases, ``jobs`` at a time; yields each outcome when it is there."""
    if min(jobs, len(cases)) == 1:
        yield from map(run_case, cases)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(jobs, len(cases)), mp_context=context, initializer=_listen)
    try:
        for future in as_completed([pool.submit(_work, case) for case in cases]):
            yield future.result()
    except KeyboardInterrupt:
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_working = threading.Event()
"""Set in a worker while it runs a case."""


def _listen() -> None:
    """In a new worker: leave Ctrl-C to the parent, which then ends all workers, and says it once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_worker)


def _end_worker(*_: object) -> None:
    if not _working.is_set():
        os._exit(128 + signal.SIGTERM)
    raise KeyboardInterrupt


def _work(case: Case) -> Outcome:
    """Run a case in a worker, which, if it is ended, first ends its tools and removes its folders."""
    _working.set()
    try:
        return run_case(case)
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGTERM)
    finally:
        _working.clear()


def run_case(case: Case) -> Outcome:
    """Run one bench; what it prints is kept for the message of a failure."""
    start = time.perf_counter()
    status: Status = "pass"
    message = ""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            importlib.import_module(case.module).verify(case.config, seed=case.seed, waves=case.waves)
    except AssertionError as error:
        status, message = "fail", str(error) or "an assertion without a message"
    except Exception as error:
        status, message = "error", f"{type(error).__name__}: {error}"
    seconds = round(time.perf_counter() - start, 3)
    return Outcome(
        block=case.block, bench=case.bench, config=case.label, status=status, seconds=seconds, message=message
    )


def _cases(
    block: Block,
    presets: Sequence[str],
    config: Path | None,
    settings: Sequence[str],
    wanted: Sequence[str],
    seed: int,
    waves: Path | None,
) -> Iterator[Case]:
    if config is not None and presets:
        raise ConfigError("--preset and --config exclude each other: name the preset in the file (preset = ...)")
    names = list(block.presets()) if presets == ("all",) else list(dict.fromkeys(presets)) or [block.default]
    if config is not None:
        configs = {"custom": load(block, None, config, settings)}
    else:
        configs = {f"{name}{'*' if settings else ''}": load(block, name, None, settings) for name in names}
    known = benches(block)
    for name in wanted:
        if name not in known:
            raise ConfigError(f"--bench must be one of {', '.join(known) or '(there are none)'}, not {name}")
    for label, shape in configs.items():
        for name, module in known.items():
            if not wanted or name in wanted:
                file = None if waves is None else waves / f"{block.name}-{label.rstrip('*')}-{name}.vcd"
                yield Case(
                    block=block.name, bench=name, module=module, label=label, config=shape, seed=seed, waves=file
                )


def _report(block: str, seed: int, outcomes: Sequence[Outcome], total: int, json_file: str | None) -> None:
    passed = sum(outcome.status == "pass" for outcome in outcomes)
    ordered = sorted(outcomes, key=lambda outcome: (outcome.block, outcome.config, outcome.bench))
    if json_file is not None:
        result = {"block": block, "seed": seed, "passed": passed == total, "total": total}
        result |= {"interrupted": len(outcomes) < total, "benches": ordered}
        write_json(result, json_file)
    if json_file == "-":
        return
    print_table(
        ["block", "config", "bench", "result", "seconds"],
        [(outcome.block, outcome.config, outcome.bench, outcome.status, outcome.seconds) for outcome in ordered],
    )
    for outcome in ordered:
        if outcome.message:
            click.echo(f"\n{outcome.bench} on {outcome.config}: {outcome.message}")
    click.echo(f"\n{passed} of {total} pass; seed {seed}")

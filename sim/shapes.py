"""Shapes that benches run besides that of a block's config, as no config has every choice."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from amaranth.lib import wiring

from racelet.sim.runner import run_bench

_Config = TypeVar("_Config")


def run_shapes(
    make: Callable[[_Config], wiring.Component],
    bench: str,
    shapes: Mapping[str, _Config],
    *,
    seed: int | None,
    waves: Path | None,
) -> None:
    """Run a bench on several configs; each of them has a waveform of its own.

    Parameters
    ----------
    make : callable
        The component of a config.
    bench : str
        Name of the module with the tests, which reads the parameter ``config``.
    shapes : mapping of str to config
        By what is added to the name of the waveform. What is there twice is run once.
    seed, waves
        As of :func:`racelet.sim.runner.run_bench`.
    """
    done: list[_Config] = []
    for name, config in shapes.items():
        if config in done:
            continue
        done.append(config)
        file = waves.with_stem(f"{waves.stem}-{name}") if waves is not None and name else waves
        run_bench(make(config), bench, parameters={"config": config}, seed=seed, waves=file)

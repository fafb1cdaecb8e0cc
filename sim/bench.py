"""What a bench module, running inside the simulator, is told by the runner that started it."""

import functools
import json
import os
from pathlib import Path
from typing import Any, TypeVar

import cocotb
import numpy as np

VARIABLE = "RACELET_BENCH"
"""Environment variable with the path of the JSON file that :func:`racelet.sim.runner.run_bench` wrote."""

_Config = TypeVar("_Config")


@functools.cache
def _told() -> dict[str, Any]:
    path = os.environ.get(VARIABLE)
    return json.loads(Path(path).read_text()) if path else {"parameters": {}, "inputs": [], "random_cycles": 0}


def bench_parameters() -> dict[str, Any]:
    """The ``parameters`` of ``run_bench``, as JSON gives them back; empty outside a simulator.

    Examples
    --------
    >>> bench_parameters()
    {}
    """
    return dict(_told()["parameters"])


def bench_config(kind: type[_Config], name: str = "config") -> _Config:
    """A config dataclass out of the parameters; its defaults outside a simulator.

    Parameters
    ----------
    kind : type
        A dataclass, such as ``DwcPwcConfig``.
    name : str
        Its key in ``parameters``.

    Raises
    ------
    KeyError
        If the bench runs and was not given that key.

    Examples
    --------
    >>> import dataclasses
    >>> @dataclasses.dataclass(frozen=True, kw_only=True)
    ... class Shape:
    ...     lanes: int = 4
    >>> bench_config(Shape)
    Shape(lanes=4)
    """
    if VARIABLE not in os.environ:
        return kind()
    return kind(**bench_parameters()[name])


def bench_inputs() -> list[str]:
    """Names of the input ports of the component, without ``clk`` and ``rst``."""
    return list(_told()["inputs"])


def bench_random_cycles() -> int:
    """Cycles of random inputs before each reset."""
    return int(_told()["random_cycles"])


def bench_rng() -> np.random.Generator:
    """A generator seeded by the seed of the run and the name of the running test."""
    return np.random.default_rng(cocotb.RANDOM_SEED)

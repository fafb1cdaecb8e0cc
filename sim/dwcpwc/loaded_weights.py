"""Words of weights as the program loader writes them, and a store that takes them in its own time."""

from collections.abc import Mapping
from typing import Any

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.sim.bench import bench_rng
from racelet.sim.streams import wait


def words_written(payload: Mapping[str, Any], config: DwcPwcConfig) -> list[tuple[int, int]]:
    """Number and word of each write of weights: those in the mask of a unit of the memory.

    Examples
    --------
    >>> words_written({"address": 5, "data": [7, 8], "mask": 2}, DwcPwcConfig(bandwidth=8))
    [(5, 8)]
    """
    if "mask" not in payload:
        return [(payload["address"], payload["data"])]
    unit = payload["address"] - payload["address"] % config.weight_words
    there = [number for number in range(config.weight_words) if payload["mask"] >> number & 1]
    return [(unit + number, payload["data"][number]) for number in there]


async def take_weights(dut: Any) -> None:
    """Take words of weights, sooner or later, for ever."""
    rng = bench_rng()
    while True:
        dut.weights__ready.value = int(rng.random() < 0.5)
        await wait(dut, 1)

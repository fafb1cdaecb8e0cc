"""cocotb model of the ping-pong tile, as its reader sees it."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from racelet.golden.dwcpwc.ping_pong_tile import READ_LATENCY
from racelet.sim.streams import cycle


class TileModel:
    """Gives tiles to a reader through the ports ``tile__*``.

    Parameters
    ----------
    dut : cocotb handle
        The top level.
    tiles : sequence of int8, shape (pixels, words, input_lanes)
        Contents.
    idle : float
        Probability, per cycle, that the next tile is not yet full.

    Attributes
    ----------
    full : list[int]
        First cycle in which each tile showed as full.
    released : list[int]
        Cycle of each tile's release.
    """

    def __init__(self, dut: Any, tiles: Sequence[NDArray[np.int8]], idle: float) -> None:
        self.dut, self.tiles, self.idle = dut, tiles, idle
        self.rng = random.Random(random.getrandbits(64))
        self.full: list[int] = []
        self.released: list[int] = []

    async def run(self) -> None:
        """Give all tiles; returns after the last release.

        Raises
        ------
        AssertionError
            If a word beyond the tile is read, or one is read or released while no tile is full.
        """
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        # What was read last, and what is shown of what was read before: the newest first.
        word, shown = 0, [0] * (READ_LATENCY - 1)
        while len(self.released) < len(self.tiles):
            full = len(self.full) > len(self.released) or self.rng.random() >= self.idle
            dut.tile__full.value = int(full)
            await edge
            if full and len(self.full) == len(self.released):
                self.full.append(cycle())
            enable, release = bool(dut.tile__enable.value), bool(dut.tile__release.value)
            assert full or not (enable or release), f"the tile is used in cycle {cycle()} and not full"
            shown = [word, *shown[:-1]]
            dut.tile__data.value = shown[-1]
            if enable:
                words = self.tiles[len(self.released)].reshape(-1, self.tiles[0].shape[-1])
                address = dut.tile__address.value.to_unsigned()
                assert address < len(words), f"word {address} of a tile of {len(words)} is read in cycle {cycle()}"
                word = int.from_bytes(words[address].tobytes(), "little")
            if release:
                self.released.append(cycle())
        dut.tile__full.value = 0
        for _ in shown:
            await edge
            shown = [word, *shown[:-1]]
            dut.tile__data.value = shown[-1]

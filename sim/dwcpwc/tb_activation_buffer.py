"""Bench of ``ActivationBuffer``: words against golden, cycle by cycle, and a tensor written and read back."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from amaranth.lib.data import ArrayLayout
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from racelet.golden.dwcpwc.activation_buffer import LATENCY, WRITTEN, empty, take, words, write
from racelet.golden.dwcpwc.activation_writer import places, writes
from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.activation_buffer import ActivationBuffer
from racelet.hw.dwcpwc.layouts import activation_write, bank_address
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.dwcpwc.tensor_layers import writing_layers
from racelet.sim.payload import pack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, start

CYCLES = 500

Write = tuple[int, int, list[int], int]
"""Bank, address, data, mask."""


def verify(config: DwcPwcConfig, *, seed: int, waves: Path | None) -> None:
    """Run the bench on the activation buffer of an accelerator."""
    run_bench(ActivationBuffer(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


@cocotb.test()
@cocotb.parametrize(idle=[0.0, 0.5], stall=[0.0, 0.5])
async def words_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Writes under every mask meet reads in a few words; reads come with gaps, too."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    lanes = config.input_lanes
    last = config.bank_bytes - lanes
    some = sorted({0, last, *(int(number) * lanes for number in rng.integers(0, last // lanes + 1, 2))})
    await start(dut)
    banks = empty(config)
    for bank in range(BANKS):
        for address in some:
            data = rng.integers(-128, 128, lanes).tolist()
            await _cycle(dut, (bank, address, data, (1 << lanes) - 1), [0] * BANKS, reading=False)
            banks = write(banks, bank, address, data, (1 << lanes) - 1, config)
    for _ in range(WRITTEN):
        await _idle(dut)
    expected = None
    coming: list[Write | None] = [None] * (WRITTEN - 1)
    for _ in range(CYCLES):
        address, *addresses = (int(rng.choice(some)) + int(rng.integers(lanes)) for _ in range(1 + BANKS))
        data = rng.integers(-128, 128, lanes).tolist()
        op = (int(rng.integers(BANKS)), address, data, int(rng.integers(1 << lanes)))
        writing, reading = rng.random() >= idle, rng.random() >= stall
        # What is not written or read must not matter: the ports have it all the same.
        shown = await _cycle(dut, op, addresses, writing=writing, reading=reading)
        if expected is not None:
            np.testing.assert_array_equal(shown, expected)
        if reading:
            expected = words(banks, addresses, config)
        coming.append(op if writing else None)
        if (written := coming.pop(0)) is not None:
            banks = write(banks, *written, config)
    assert LATENCY == 1, "what is compared above"


@cocotb.test()
async def tensors_are_read_back(dut: Any) -> None:
    """Every pixel of a tensor of odd size, written group by group."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    await start(dut)
    for layer in writing_layers(
        [LayerKind.INPUT, LayerKind.WORDS], [(4, 5, 1), (5, 4, config.input_lanes)], config, rng
    ):
        height = -(-((layer.tiles - 1) * layer.tile_pixels + layer.last_tile_pixels) // layer.width)
        tensor = np.zeros((height, layer.width, layer.channels), np.int8)
        for place, target in zip(places(layer, config), writes(layer, config), strict=True):
            data = rng.integers(-128, 128, config.input_lanes).tolist()
            lanes = [lane for lane in range(config.input_lanes) if target.mask >> lane & 1]
            for k, lane in enumerate(lanes):
                if place.channel + k < layer.channels:
                    tensor[place.y, place.x, place.channel + k] = data[lane]
            await _cycle(dut, (target.bank, target.address, data, target.mask), [0] * BANKS, reading=False)
        banks = empty(config)
        await _idle(dut)
        for address in range(0, config.bank_bytes, config.input_lanes):
            await _cycle(dut, (0, 0, [0] * config.input_lanes, 0), [address] * BANKS, writing=False)
            shown = await _idle(dut)
            banks[:, address : address + config.input_lanes] = shown
        found = take(banks, tensor.shape, layer.address, layer.row_pitch, layer.pixel_pitch)
        np.testing.assert_array_equal(found, tensor)


@cocotb.test()
async def a_reset_writes_nothing(dut: Any) -> None:
    """What comes in its cycle is lost; what was there stays."""
    config, rng = bench_config(DwcPwcConfig), bench_rng()
    lanes = config.input_lanes
    whole = (1 << lanes) - 1
    await start(dut)
    for bank in range(BANKS):
        address = lanes * int(rng.integers(config.bank_bytes // lanes))
        stays, lost = rng.integers(-128, 128, (2, lanes)).tolist()
        await _cycle(dut, (bank, address, stays, whole), [0] * BANKS, reading=False)
        for _ in range(WRITTEN):
            await _idle(dut)
        dut.rst.value = 1
        await _cycle(dut, (bank, address, lost, whole), [0] * BANKS, reading=False)
        dut.rst.value = 0
        for _ in range(WRITTEN):
            await _idle(dut)
        await _cycle(dut, (bank, address, lost, 0), [address] * BANKS, writing=False)
        assert (await _idle(dut))[bank].tolist() == stays


async def _idle(dut: Any) -> NDArray[np.int8]:
    """One cycle without a write or a read; returns what the buffer shows in it."""
    lanes = bench_config(DwcPwcConfig).input_lanes
    return await _cycle(dut, (0, 0, [0] * lanes, 0), [0] * BANKS, writing=False, reading=False)


async def _cycle(
    dut: Any, op: Write, addresses: list[int], *, writing: bool = True, reading: bool = True
) -> NDArray[np.int8]:
    """Drive one cycle; returns what the buffer shows in it."""
    config = bench_config(DwcPwcConfig)
    bank, address, data, mask = op
    beat = {"bank": bank, "address": address, "data": [byte & 255 for byte in data], "mask": mask}
    dut.write__payload.value = pack(activation_write(config), beat)
    dut.write__valid.value = int(writing)
    dut.addresses.value = pack(ArrayLayout(bank_address(config), BANKS), addresses)
    dut.enable.value = int(reading)
    await RisingEdge(dut.clk)
    shown = bits_of(dut.words).to_bytes(BANKS * config.input_lanes, "little")
    return np.frombuffer(shown, np.int8).reshape(BANKS, config.input_lanes)

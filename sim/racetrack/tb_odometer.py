"""Bench of the odometer: every place, and the cycle in which it is there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from numpy.random import Generator

from racelet.golden.racetrack.config import OdometerConfig
from racelet.golden.racetrack.descriptor import Descriptor, Step, cycles, describe, schedule, walk
from racelet.golden.racetrack.odometer import Dimension, View
from racelet.golden.racetrack.transposes import BERT_BASE, transposes
from racelet.hw.racetrack.odometer import Odometer, descriptor, step
from racelet.sim.bench import bench_config, bench_rng
from racelet.sim.monitor import Trace, quiet
from racelet.sim.payload import unpack
from racelet.sim.runner import run_bench
from racelet.sim.streams import bits_of, get, leap, put, start, wait

CONFIG = bench_config(OdometerConfig)
VIEWS = 60
MOST = 40
"""Elements of a view, about."""
SHAPES = {
    "default": OdometerConfig(),
    "least": OdometerConfig(size_width=1, track_width=1, offset_width=1, dimensions=1),
    "most": OdometerConfig(size_width=16, track_width=32, offset_width=32, dimensions=5),
    "two": OdometerConfig(size_width=3, track_width=7, offset_width=2, dimensions=2),
    "four": OdometerConfig(size_width=2, track_width=3, offset_width=9, dimensions=4),
}


def verify(config: object, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on shapes of its own, whatever the block's config."""
    del config
    for name, shape in SHAPES.items():
        verify_shape(shape, seed=seed, waves=None if waves is None else waves.with_stem(f"{waves.stem}-{name}"))


def verify_shape(config: OdometerConfig, *, seed: int | None = None, waves: Path | None = None) -> None:
    """Run this bench on one shape."""
    run_bench(Odometer(config), __name__, parameters={"config": config}, seed=seed, waves=waves)


def random_view(rng: Generator, config: OdometerConfig) -> View:
    """Any strides, forwards and backwards, as long as all places are there."""
    sizes: list[int] = []
    for _ in range(int(rng.integers(1, config.dimensions + 1))):
        sizes.append(int(rng.integers(1, min(MOST // int(np.prod(sizes, initial=1)), config.largest, 7) + 1)))
    sizes = [int(size) for size in rng.permutation(sizes)]
    tracks, track = _strides(rng, sizes, config.track_width)
    offsets, offset = _strides(rng, sizes, config.offset_width)
    dimensions = [Dimension(size=s, track=t, offset=o) for s, t, o in zip(sizes, tracks, offsets, strict=True)]
    return View(dimensions=tuple(dimensions), track=track, offset=offset)


def _strides(rng: Generator, sizes: Sequence[int], width: int) -> tuple[list[int], int]:
    room, first, found = (1 << width) - 1, 0, []
    for size in sizes:
        most = room // max(size - 1, 1)
        found.append(int(rng.integers(-most, most + 1)))
        way = (size - 1) * found[-1]
        room -= abs(way)
        first += max(-way, 0)
    return found, first + int(rng.integers(room + 1))


def random_descriptor(rng: Generator, config: OdometerConfig, sizes: Sequence[int]) -> Descriptor:
    """Any numbers besides these sizes."""
    return Descriptor(
        sizes=tuple(sizes),
        tracks=tuple(int(each) for each in rng.integers(1 << config.track_width, size=config.dimensions)),
        offsets=tuple(int(each) for each in rng.integers(1 << config.offset_width, size=config.dimensions)),
        track=int(rng.integers(1 << config.track_width)),
        offset=int(rng.integers(1 << config.offset_width)),
    )


def mixed(rng: Generator, config: OdometerConfig) -> list[Descriptor]:
    """Views, any numbers, single places one after the other, and one without an element in each set of dimensions."""
    found = [describe(random_view(rng, config), config) for _ in range(VIEWS)]
    for _ in range(VIEWS):
        sizes = rng.integers(1, min(config.largest, 3) + 1, size=config.dimensions)
        found.append(random_descriptor(rng, config, sizes.tolist()))
    found += [random_descriptor(rng, config, [1] * config.dimensions) for _ in range(VIEWS // 4)]
    for zeros in range(1, 1 << config.dimensions):
        sizes = [
            0 if zeros >> axis & 1 else int(rng.integers(1, config.largest + 1)) for axis in range(config.dimensions)
        ]
        found.append(random_descriptor(rng, config, sizes))
    return [found[number] for number in rng.permutation(len(found))]


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(idle=[0.0, 0.3, 0.9], stall=[0.0, 0.5])
async def places_and_their_cycles_match_golden(dut: Any, idle: float, stall: float) -> None:
    """Walk after walk, with those between that there are none of."""
    descriptors = mixed(bench_rng(), CONFIG)
    await start(dut)
    traces = {name: Trace(dut, name) for name in ("i", "o")}
    given = await _places(dut, descriptors, idle, stall)
    await wait(dut, 1)
    assert given == [each for told in descriptors for each in walk(told, CONFIG)]
    told, there = schedule([each.places for each in descriptors], traces["i"].offered, traces["o"].taken)
    assert traces["i"].taken == told
    assert traces["o"].offered == there
    if not idle and not stall:
        assert traces["o"].taken[-1] - traces["i"].taken[0] + 1 == cycles(descriptors)
    await quiet(dut, "o", 5)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def every_bit_of_a_size_counts(dut: Any) -> None:
    """Of each dimension, as many elements as a power of two, one more and two more.

    Twice where there is a dimension around it. An odometer that lost a bit would take such a size, or what is left of
    it on the way, for one of the least.
    """
    rng = bench_rng()
    await start(dut)
    for axis in range(CONFIG.dimensions):
        twice = axis > 0 and CONFIG.largest > 1
        for size in sorted({(1 << bit) + more for bit in range(CONFIG.size_width) for more in range(3)}):
            if size > CONFIG.largest:
                continue
            sizes = [1] * CONFIG.dimensions
            sizes[axis] = size
            if twice:
                sizes[axis - 1] = 2
            await _leaps(dut, random_descriptor(rng, CONFIG, sizes), axis, size)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def the_transposes_of_a_network_are_numpys(dut: Any) -> None:
    """Of few tokens, where the widths hold them: what lies at the places is the transposed tensor."""
    await start(dut)
    for each in transposes(BERT_BASE, 3)[:5]:
        try:
            told = describe(each.view(), CONFIG)
        except ValueError:
            return
        tensor = np.arange(each.elements).reshape(each.shape)
        given = await _places(dut, [told], 0.0, 0.0)
        memory = tensor.reshape(each.shape[0], -1)
        found = [int(memory[place.track, place.offset]) for place in given]
        assert found == tensor.transpose(each.order).ravel().tolist()


async def _places(dut: Any, descriptors: Sequence[Descriptor], idle: float, stall: float) -> list[Step]:
    beats = [vars(each) for each in descriptors]
    cocotb.start_soon(put(dut, "i", beats, idle=idle, shape=descriptor(CONFIG)))
    count = sum(each.places for each in descriptors)
    return [Step(**each) for each in await get(dut, "o", count, stall=stall, shape=step(CONFIG))]


async def _leaps(dut: Any, told: Descriptor, axis: int, size: int) -> None:
    """Walk as fast as can be, with a rest at the first places and at those around which the dimension begins anew."""
    dut.o__ready.value = 0
    await put(dut, "i", [vars(told)], shape=descriptor(CONFIG))
    at = -1
    for place in sorted({0, 1, 2, *(end - back for end in (size, told.places) for back in range(3))}):
        if not 0 <= place < told.places:
            continue
        if place - at > 1:
            dut.o__ready.value = 1
            await leap(dut, place - at - 1)
        at = place
        for ready in (0, 0, 1):
            dut.o__ready.value = ready
            await wait(dut, 1)
            assert dut.o__valid.value
            seen = Step(**unpack(step(CONFIG), bits_of(dut.o__payload)))
            assert seen == _expected(told, axis, size, place), f"place {place} of {told.sizes}"
    await wait(dut, 1)
    assert not dut.o__valid.value


def _expected(told: Descriptor, axis: int, size: int, place: int) -> Step:
    """A place, by the times that the dimension and the one around it have counted on."""
    outer, inner = divmod(place, size)
    times = inner + outer * (size - 1)
    around = outer if axis else 0
    track = told.track + times * told.tracks[axis] + around * told.tracks[axis - 1]
    offset = told.offset + times * told.offsets[axis] + around * told.offsets[axis - 1]
    return Step(
        track=track % (1 << CONFIG.track_width),
        offset=offset % (1 << CONFIG.offset_width),
        last=int(place == told.places - 1),
    )

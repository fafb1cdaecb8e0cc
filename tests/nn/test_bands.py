"""Bands: the rows that they need, and their places."""

import numpy as np
import pytest

from racelet.golden.dwcpwc.config import PRESETS
from racelet.nn.bands import Item, band_rows, bands, input_rows, pack
from racelet.nn.layers import build_network
from tests.models import NetworkBuilder, random_network


@pytest.mark.parametrize("seed", range(20))
def test_windows_of_the_rows_of_a_band_lie_in_what_it_reads(seed: int) -> None:
    for layer in build_network(random_network(seed, extended=True)).layers:
        shape = layer.shape
        for rows in bands(shape.out_height, 1 + seed % 4):
            first, end = input_rows(layer, rows)
            assert 0 <= first < end <= shape.height
            starts = [row * shape.stride - layer.pad_top for row in range(*rows)]
            needed = {start + tap for start in starts for tap in range(shape.kernel_rows)} & set(range(shape.height))
            assert needed <= set(range(first, end))
            assert not needed or (min(needed), max(needed) + 1) == (first, end)


def test_tensors_that_are_added_begin_at_rows_of_the_same_remainder() -> None:
    builder = NetworkBuilder(seed=1, shape=(20, 6, 4))
    builder.conv(4, (3, 3))
    start = builder.mark()
    builder.conv(4, (3, 3))
    builder.conv(4, (3, 3))
    builder.add(start)
    layers = build_network(builder.graph()).layers
    for rows in bands(20, 6):
        assert {first % 3 for first, _ in band_rows(layers, rows).values()} == {0}


@pytest.mark.parametrize("seed", range(30))
def test_items_that_are_needed_together_do_not_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = []
    for _ in range(int(rng.integers(1, 9))):
        first = int(rng.integers(0, 8))
        items.append(Item(size=int(rng.integers(1, 300)), first=first, last=first + int(rng.integers(0, 4))))
    config = PRESETS["small"]
    fixed = [(0, 100), (config.bank_bytes - 80, 80)]
    addresses = pack(items, fixed, config)
    assert addresses is not None
    for number, (item, address) in enumerate(zip(items, addresses, strict=True)):
        assert address % config.input_lanes == 0
        taken = [(there, size) for there, size in fixed]
        taken += [
            (addresses[other], items[other].size)
            for other in range(number)
            if items[other].first <= item.last and item.first <= items[other].last
        ]
        assert all(address + item.size <= there or there + size <= address for there, size in taken)

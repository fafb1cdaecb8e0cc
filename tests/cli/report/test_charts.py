"""Charts: lengths and places are those of the numbers, and nothing leaves its chart."""

import dataclasses
import re
from itertools import combinations

import pytest

from racelet.cli.report.charts import byte_chart, cycle_charts, memory_chart
from racelet.cli.report.occupancy import moments, occupancy_chart, peak
from racelet.cli.report.roofline import points, roofline_chart, roofs
from racelet.cli.report.svg import WIDTH
from racelet.golden.dwcpwc.config import PRESETS
from tests.cli.report.reading import Node, read
from tests.cli.report.test_page import ROOMY, counted_data, planned_data
from tests.models import random_network


def _tree(chart: str) -> Node:
    return read(f"<!DOCTYPE html>{chart}")


def _size(node: Node, *names: str) -> tuple[float, ...]:
    return tuple(float(node.attributes[name]) for name in names)


def test_bars_are_as_long_as_the_cycles() -> None:
    data = counted_data()
    (chart,) = cycle_charts(data)
    _, *bars = _tree(chart).all("rect", "measured")
    widths = [_size(bar, "width")[0] for bar in bars]
    cycles = [layer["cycles"] for layer in data["layers"]]
    assert [width * max(cycles) / max(widths) for width in widths] == pytest.approx(cycles, abs=5)


def test_bars_are_as_long_as_the_bytes() -> None:
    data = counted_data()
    tree = _tree(byte_chart(data))
    lengths = [
        sum(_size(bar, "width")[0] for bar in tree.all("rect", class_))
        for class_ in ("yardstick", "measured", "unfused")
    ]
    numbers = [data["edge_bytes"]["compulsory"], data["external_bytes"]["total"], data["edge_bytes"]["unfused"]]
    assert [length * numbers[2] / lengths[2] for length in lengths] == pytest.approx(numbers, rel=0.005)
    assert "4,436" in tree.text
    assert "13,684" in tree.text


def test_memories_are_as_full_as_they_are() -> None:
    data = counted_data()
    tree = _tree(memory_chart(data))
    shares = [
        _size(used, "width")[0] / _size(whole, "width")[0]
        for used, whole in zip(tree.all("rect", "measured"), tree.all("rect", "trough"), strict=True)
    ]
    assert shares == pytest.approx([use["used"] / use["capacity"] for use in data["memories"]], abs=0.003)


def _rectangles(tree: Node) -> list[tuple[float, ...]]:
    return [_size(rectangle, "x", "y", "width", "height") for rectangle in tree.all("rect", "tensor")]


def test_a_tensor_is_drawn_from_its_writing_to_its_last_reading() -> None:
    data = counted_data()
    starts = moments(data)
    assert starts[-1] == 90 + 2_554 + 24
    found = _rectangles(_tree(occupancy_chart(data)))
    assert len(found) == len(data["tensors"])
    scale = (found[-1][0] + found[-1][2] - found[0][0]) / starts[-1]
    high = found[1][3] / data["tensors"][1]["bytes"]
    bottom = found[1][1] + found[1][3]
    for (x, y, width, height), tensor in zip(found, data["tensors"], strict=True):
        assert x - found[0][0] == pytest.approx(starts[tensor["first"]] * scale, abs=0.05)
        assert width == pytest.approx((starts[tensor["last"] + 1] - starts[tensor["first"]]) * scale, abs=0.05)
        assert height == pytest.approx(tensor["bytes"] * high, abs=0.5)
        assert bottom - y - height == pytest.approx(tensor["address"] * high, abs=0.5)


@pytest.mark.parametrize("seed", range(8))
def test_no_two_tensors_take_the_same_bytes_at_once(seed: int) -> None:
    found = _rectangles(_tree(occupancy_chart(planned_data(ROOMY, random_network(seed)))))
    for (x, y, width, height), (left, top, wide, high) in combinations(found, 2):
        apart = 0.1  # Numbers are rounded to two digits.
        assert (
            x + width <= left + apart
            or left + wide <= x + apart
            or y + height <= top + apart
            or top + high <= y + apart
        )


def test_the_peak_and_the_capacity_are_told() -> None:
    data = counted_data()
    assert peak(data) == 288
    told = _tree(occupancy_chart(data)).text
    assert "peak 288" in told
    assert "capacity 8,192 bytes of a bank, beyond this axis" in told
    data["config"] = {**data["config"], "activation_bytes": 9 * 320}
    assert "capacity 320 bytes of a bank," not in _tree(occupancy_chart(data)).text


def test_points_are_work_over_bytes_and_over_cycles() -> None:
    data = counted_data()
    whole, unfused, first, *_ = points(data)
    assert (whole.x, whole.y) == (66_624 / 4_978, 66_624 / 2_554)
    assert (unfused.x, unfused.y) == (66_624 / 13_684, 66_624 / 2_554)
    # The first layer reads the network's input: 64 bytes beside 288 of weights and parameters.
    assert (first.x, first.y) == (9_216 / (288 + 64), 9_216 / 317)
    assert "4" not in [point.label for point in points(data)], "a pooling has no multiplications"
    assert all(point.y <= 73 for point in points(data))


def test_a_network_without_multiplications_has_no_roofline() -> None:
    data = counted_data()
    data |= {"macs": 0, "layers": [{**layer, "macs": 0} for layer in data["layers"]]}
    assert not roofline_chart(data)


def test_streamed_weights_have_a_roof_of_their_own() -> None:
    assert [rate for rate, _ in roofs(dataclasses.asdict(PRESETS["large"]))] == [1, 16]
    streaming = dataclasses.replace(PRESETS["large"], store="stream")
    assert [rate for rate, _ in roofs(dataclasses.asdict(streaming))] == [1, 16, 64]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_leaves_its_chart(seed: int) -> None:
    data = planned_data(ROOMY, random_network(seed))
    for chart in (
        *cycle_charts(data),
        byte_chart(data),
        memory_chart(data),
        occupancy_chart(data),
        roofline_chart(data),
    ):
        if not chart:
            continue
        tree = _tree(chart)
        numbers = re.fullmatch(r"0 0 (\d+) ([\d.]+)", tree.one("svg").attributes["viewbox"])
        assert numbers
        width, height = float(numbers[1]), float(numbers[2])
        assert width == WIDTH
        for rectangle in tree.all("rect"):
            x, y, wide, high = _size(rectangle, "x", "y", "width", "height")
            assert min(x, y, wide, high) >= 0
            assert x + wide <= width + 0.01
            assert y + high <= height + 0.01
        for circle in tree.all("circle"):
            x, y = _size(circle, "cx", "cy")
            assert 0 <= x <= width
            assert 0 <= y <= height

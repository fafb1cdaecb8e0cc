"""Chart of the activation buffer: which tensor lies where, from when to when."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from racelet.cli.report.svg import LETTER, WIDTH, chart, element, line, text, ticks, tip
from racelet.golden.dwcpwc.config import BANKS

LEFT, TOP, PLOT = 70, 44, 270
RIGHT = WIDTH - 12


def moments(data: Mapping[str, Any]) -> list[int]:
    """Cycle in which each phase begins, and the end: loading the input, every layer, giving out the output.

    Examples
    --------
    >>> moments({"descriptors": [{"cycles": 83}, {"cycles": 100}, {"cycles": 20}, {"cycles": 16}]})
    [0, 83, 183, 203, 219]
    """
    return list(accumulate((descriptor["cycles"] for descriptor in data["descriptors"]), initial=0))


def peak(data: Mapping[str, Any]) -> int:
    """Bytes of a bank up to the highest that a tensor takes."""
    return max(tensor["address"] + tensor["bytes"] for tensor in data["tensors"])


def occupancy_chart(data: Mapping[str, Any]) -> str:
    """One rectangle per tensor: time in cycles across, bytes in a bank upwards."""
    starts = moments(data)
    tensors: Sequence[Mapping[str, Any]] = data["tensors"]
    highest, capacity = peak(data), data["config"]["activation_bytes"] // BANKS
    # A buffer many times too large would press the tensors flat.
    within = capacity <= 2 * highest
    most = capacity * 1.06 if within else highest * 1.2
    across, up, bottom = (RIGHT - LEFT) / starts[-1], PLOT / most, TOP + PLOT
    body = _phases(data["descriptors"], starts, across)
    for value in ticks(most, 6):
        y = bottom - value * up
        body += [line(LEFT, y, RIGHT, y, "grid"), text(LEFT - 8, y + 4, f"{value:,}", "quiet", anchor="end")]
    for value in ticks(starts[-1], 7):
        x = LEFT + value * across
        body.append(line(x, bottom, x, bottom + 5, "axis"))
        body.append(text(x, bottom + 20, f"{value:,}", "quiet", anchor="middle"))
    for tensor in tensors:
        body.append(_tensor(tensor, starts, across, up))
    middle = TOP + PLOT // 2
    y = bottom - capacity * up if within else TOP + 12
    if within:
        body.append(line(LEFT, y, RIGHT, y, "capacity"))
    beyond = "" if within else ", beyond this axis"
    body += [
        text(RIGHT, y - 5, f"capacity {capacity:,} bytes of a bank{beyond}", anchor="end", class_="strong halo"),
        line(LEFT, bottom - highest * up, RIGHT, bottom - highest * up, "peak"),
        text(RIGHT, bottom - highest * up - 5, f"peak {highest:,}", anchor="end", class_="strong halo"),
        line(LEFT, bottom, RIGHT, bottom, "axis"),
        text((LEFT + RIGHT) / 2, bottom + 42, "clock cycles from the first input byte", "quiet", anchor="middle"),
        text(14, middle, "byte in a bank", "quiet", anchor="middle", transform=f"rotate(-90 14 {middle})"),
    ]
    description = f"{len(tensors)} tensors over {starts[-1]:,} cycles; peak {highest:,} of {capacity:,} bytes."
    return chart("occupancy", bottom + 50, "Tensors in the activation buffer over time", description, body)


def _phases(descriptors: Sequence[Mapping[str, Any]], starts: Sequence[int], across: float) -> list[str]:
    """Names of the phases above the plot where there is room, and lines where they change."""
    parts = [text(LEFT - 8, TOP - 10, "layer", "quiet", anchor="end")]
    names = [each["kind"] if each["layer"] is None else str(each["layer"]) for each in descriptors]
    for name, (start, end) in zip(names, pairwise(starts), strict=True):
        left, right = LEFT + start * across, LEFT + end * across
        if right - left > 1:
            parts.append(line(left, TOP - 6, left, TOP + PLOT, "grid"))
        if right - left > LETTER * len(name) + 4:
            parts.append(text((left + right) / 2, TOP - 10, name, "quiet", anchor="middle"))
    return parts


def _tensor(tensor: Mapping[str, Any], starts: Sequence[int], across: float, up: float) -> str:
    begin, end = starts[tensor["first"]], starts[tensor["last"] + 1]
    x, width = LEFT + begin * across, max((end - begin) * across, 1.0)
    height = tensor["bytes"] * up
    y = TOP + PLOT - (tensor["address"] + tensor["bytes"]) * up
    shape = "×".join(str(size) for size in tensor["shape"])
    told = (
        f"{tensor['name']}, {shape}: bytes {tensor['address']:,} to {tensor['address'] + tensor['bytes'] - 1:,} "
        f"of each bank, cycles {begin:,} to {end:,}"
    )
    parts = tip(told) + element("rect", x=x, y=y, width=width, height=max(height, 1.0), class_="tensor")
    if width > LETTER * len(shape) + 6 and height > 15:
        parts += text(x + width / 2, y + height / 2 + 4.5, shape, anchor="middle")
    return element("g", parts)

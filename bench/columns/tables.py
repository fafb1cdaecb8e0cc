"""Rows of networks put together for people."""

from collections.abc import Mapping

from racelet.bench.columns.networks import KINDS, SIGMAS, WAYS
from racelet.bench.row import Table

Values = Mapping[str, float | None]

_OF_LAYER = ("macs", "beats", "conversions", "misread_percent", "cycles", "parallel_cycles")


def noise_table(values: Values) -> Table:
    """Accuracy of the network for each noise and kind of ADC."""
    names = ("numpy", *KINDS)
    lines = [(f"{sigma:g}", *(values[f"network_{name}_sigma{sigma:g}_percent"] for name in names)) for sigma in SIGMAS]
    columns = ("sigma, MAC units", *(f"{name.replace('_', ', ')}, %" for name in names))
    return Table(columns, lines, "network noise")


def layer_table(values: Values) -> Table:
    """Layers of the network, by kind of ADC."""
    lines: list[tuple[object, ...]] = []
    for kind in KINDS:
        layers = [name for name in values if name.startswith(f"network_{kind}_layer") and name.endswith("_macs")]
        for number in range(len(layers)):
            start = f"network_{kind}_layer{number}"
            lines.append((kind.replace("_", ", "), str(number), *(values[f"{start}_{what}"] for what in _OF_LAYER)))
        sums = [sum(values[f"network_{kind}_layer{n}_{what}"] or 0 for n in range(len(layers))) for what in _OF_LAYER]
        sums[_OF_LAYER.index("misread_percent")] = values[f"network_{kind}_misread_percent"] or 0
        lines.append((kind.replace("_", ", "), "all", *sums))
    columns = ("ADC", "layer", "MACs", "beats", "conversions", "misread, %", "cycles", "cycles of parallel")
    return Table(columns, lines, "network layers")


def cell_table(values: Values) -> Table:
    """The network on cells that vary."""
    what = ("percent", "deviation_points", "misread_percent")
    lines = [(name.replace("_", ", "), *(values[f"network_cells_{name}_{each}"] for each in what)) for name in WAYS]
    return Table(("macro", "right, %", "deviation, points", "misread conversions, %"), lines, "network cells")

"""Bar charts of a report: cycles by layer, bytes across the edge, how full the memories are."""

from collections.abc import Mapping, Sequence
from typing import Any

from racelet.cli.report.svg import LETTER, WIDTH, chart, element, legend, line, text, ticks, tip

ROW = 26
PART = 30
"""Layers in one chart; more of them come as several charts, so that none is cut by the end of a page."""
LABEL = 282
MEMORIES = {
    "activation_bytes": "activation buffer, bytes of all banks",
    "weight_bytes": "weights, bytes",
    "channels": "parameters, channels",
    "depthwise_channels": "depthwise kernels, channels",
    "layers": "descriptors",
}
"""What a field of the config is the size of."""


def cycle_charts(data: Mapping[str, Any]) -> list[str]:
    """Cycles of every layer as bars, with a mark at the ideal."""
    layers: Sequence[Mapping[str, Any]] = data["layers"]
    most = max(max(layer["shown_cycles"], layer["ideal_cycles"]) for layer in layers)
    return [_cycle_chart(layers[first : first + PART], first, most, data) for first in range(0, len(layers), PART)]


def _cycle_chart(layers: Sequence[Mapping[str, Any]], first: int, most: int, data: Mapping[str, Any]) -> str:
    top, right = 46, 150
    bottom = top + ROW * len(layers)
    scale = (WIDTH - LABEL - right) / most
    counted = "predicted" if data["predicted"] else "counted"
    body = [
        legend(LABEL, 14, [("measured", f"cycles, {counted}"), ("mark", "ideal")]),
        text(WIDTH - 62, top - 10, "cycles", "quiet", anchor="end"),
        text(WIDTH, top - 10, "× ideal", "quiet", anchor="end"),
    ]
    for value in ticks(most, 5):
        x = LABEL + value * scale
        body += [line(x, top - 4, x, bottom, "grid"), text(x, bottom + 17, f"{value:,}", "quiet", anchor="middle")]
    body.append(text(LABEL + (WIDTH - LABEL - right) / 2, bottom + 37, "clock cycles", "quiet", anchor="middle"))
    for number, layer in enumerate(layers):
        y = top + ROW * number
        cycles, ideal, name = layer["shown_cycles"], layer["ideal_cycles"], layer["op"]
        ratio = "" if layer["ratio"] is None else f"{layer['ratio']:.3f}"
        ideal_x = LABEL + ideal * scale
        bar = element("rect", x=LABEL, y=y + 5, width=max(cycles * scale, 1.0), height=ROW - 12, class_="measured")
        mark = ""
        if ideal:
            mark += element("rect", x=ideal_x - 2.0, y=y + 5, width=4, height=ROW - 12, class_="gap")
            mark += element("rect", x=ideal_x - 1.0, y=y + 1, width=2, height=ROW - 4, class_="mark")
        told = f"layer {layer['index']}, {name}: {cycles:,} cycles, ideal {ideal:,}"
        body += [
            element("g", tip(told) + bar + mark),
            text(24, y + 17, str(layer["index"]), "quiet", anchor="end"),
            text(34, y + 17, _shortened(name, LABEL - 44)),
            text(WIDTH - 62, y + 17, f"{cycles:,}", anchor="end"),
            text(WIDTH, y + 17, ratio, anchor="end"),
        ]
    title = "Cycles of each layer against the ideal"
    total = f"{data['shown_cycles']:,} cycles in all, ideal {data['ideal_cycles']:,}. The table has every number."
    return chart(f"cycles-{first}", bottom + 44, title, total, body)


def byte_chart(data: Mapping[str, Any]) -> str:
    """Bytes across the edge: compulsory, this program, unfused."""
    edge, program = data["edge_bytes"], data["external_bytes"]
    rows = [
        ("compulsory", "yardstick", edge["parameters"], edge["input"] + edge["output"]),
        ("this program", "measured", program["weights"], program["activations"]),
        ("unfused", "unfused", edge["parameters"], edge["unfused"] - edge["parameters"]),
    ]
    left, right, top, row = 120, 170, 34, 40
    most = max(weights + activations for _, _, weights, activations in rows)
    scale = (WIDTH - left - right) / most
    bottom = top + row * len(rows)
    body = [
        element("rect", x=left, y=4, width=12, height=12, class_="swatch"),
        text(left + 18, 14, "weights, parameters and program"),
        element("rect", x=left + 270, y=4, width=12, height=12, class_="swatch faded"),
        text(left + 288, 14, "activations"),
    ]
    for value in ticks(most, 5):
        x = left + value * scale
        body += [line(x, top - 4, x, bottom, "grid"), text(x, bottom + 17, f"{value:,}", "quiet", anchor="middle")]
    body.append(text(left + (WIDTH - left - right) / 2, bottom + 37, "bytes per inference", "quiet", anchor="middle"))
    for number, (name, class_, weights, activations) in enumerate(rows):
        y, total = top + row * number, weights + activations
        told = f"{name}: {weights:,} bytes of weights, parameters and program, {activations:,} of activations"
        bars = element("rect", x=left, y=y + 6, width=weights * scale, height=row - 12, class_=class_)
        bars += element(
            "rect",
            x=left + weights * scale,
            y=y + 6,
            width=max(activations * scale, 1.0),
            height=row - 12,
            class_=f"{class_} faded",
        )
        body += [
            element("g", tip(told) + bars),
            text(left - 10, y + 25, name, anchor="end"),
            text(left + total * scale + 8, y + 25, f"{total:,} · {total / edge['compulsory']:.3f} ×"),
        ]
    description = ", ".join(f"{name} {weights + activations:,}" for name, _, weights, activations in rows)
    return chart("bytes", bottom + 44, "Bytes across the chip's edge per inference", description, body)


def memory_chart(data: Mapping[str, Any]) -> str:
    """How full each memory is."""
    uses: Sequence[Mapping[str, Any]] = data["memories"]
    left, right = LABEL, 210
    full = WIDTH - left - right
    body = []
    for number, use in enumerate(uses):
        y, share = ROW * number, use["used"] / use["capacity"]
        name = MEMORIES.get(use["field"], str(use["field"]))
        told = f"{name}: {use['used']:,} of {use['capacity']:,}"
        bars = element("rect", x=left, y=y + 6, width=full, height=ROW - 12, class_="trough")
        bars += element("rect", x=left, y=y + 6, width=max(full * share, 1.0), height=ROW - 12, class_="measured")
        body += [
            text(left - 10, y + 18, name, anchor="end"),
            element("g", tip(told) + bars),
            text(WIDTH - 50, y + 18, f"{use['used']:,} of {use['capacity']:,}", anchor="end"),
            text(WIDTH, y + 18, f"{100 * share:.0f} %", anchor="end"),
        ]
    description = ". ".join(f"{use['field']}: {use['used']:,} of {use['capacity']:,}" for use in uses)
    return chart("memories", ROW * len(uses) + 4, "How full each memory is", description, body)


def _shortened(words: str, width: float) -> str:
    # Names of operators are capitals, which are wider than other text.
    most = int(width / (1.07 * LETTER))
    return words if len(words) <= most else words[: most - 1] + "…"

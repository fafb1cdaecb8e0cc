"""Picture of ``racelet bench fusion``: where cycles go, and ResNet-50's latency over MobileNetV2's."""

from collections.abc import Mapping, Sequence
from html import escape

from racelet.bench.row import Row
from racelet.cli.report.svg import WIDTH, element, legend, line, text, ticks, tip

SHOWN = {
    "kws_large": ("keyword spotting", "large, on the RTL"),
    "vww_large": ("person detection", "large, on the RTL"),
    "mobilenetv1_roomy": ("MobileNetV1", "roomy, by the formula"),
    "mobilenetv2_roomy": ("MobileNetV2", "roomy, by the formula"),
    "resnet50_roomy": ("ResNet-50", "roomy, by the formula"),
}
"""Network and configuration, and the words for them."""
PARTS = {"computing": "computing", "moving": "moving tensors", "waiting": "waiting for the program"}
ARTICLE = {"operations": (11.6, 12.8), "latency": (3.0, 4.6)}
"""Ranges of the article on DPUv1 and DPUv2."""
# Ref: Xilinx, "DPUv1 to DPUv2: depthwise convolution on the DPU", 2021.
BAR, GAP, GROUP = 20, 3, 62
LEFT, RIGHT = 190, 250
STYLE = """
svg { --ink: #1b1f24; --quiet: #57606a; --paper: #ffffff; --grid: #e1e5ea;
      --blue: #0a66a8; --orange: #e08a1e; --grey: #aab2ba }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e8eaed; --quiet: #a8b0b9; --paper: #15191e; --grid: #2f3740;
        --blue: #58a6e8; --orange: #c9761a; --grey: #66707a }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', Arial, sans-serif; fill: var(--ink) }
.title { font-size: 16px; font-weight: 600 } .strong { font-weight: 600 } .quiet { fill: var(--quiet); font-size: 13px }
.paper { fill: var(--paper) } .grid { stroke: var(--grid) }
.computing { fill: var(--blue) } .moving { fill: var(--orange) } .waiting { fill: var(--grey) }
.range { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 4 3 }
"""


def fusion_picture(rows: Sequence[Row]) -> str:
    """Draw the rows of ``racelet bench fusion``.

    Parameters
    ----------
    rows : sequence of Row
        Networks that were not measured are left out.

    Returns
    -------
    str
        An SVG file for light and dark pages. The three colours differ in lightness too.
    """
    values = {row.name: row.value for row in rows if row.value is not None}
    shown = [case for case in SHOWN if f"{case}_gain" in values]
    body, height = _cycles(shown, values)
    ratios, height = _ratios(values, height + 40)
    gains = ", ".join(f"{SHOWN[case][0]} {values[f'{case}_gain']:.2f}" for case in shown)
    title = "Cycles with and without fusion"
    description = (
        f"Unfused over fused cycles: {gains}. ResNet-50 takes {values['latency_ratio_unfused']:.2f} times as long as "
        f"MobileNetV2 unfused, {values['latency_ratio_fused']:.2f} times fused."
    )
    head = element("title", escape(title)) + element("desc", escape(description)) + element("style", STYLE)
    paper = element("rect", width=WIDTH, height=height, rx=8, class_="paper")
    inside = "\n".join([head, paper, *body, *ratios])
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n{inside}\n</svg>\n'


def _cycles(shown: Sequence[str], values: Mapping[str, float]) -> tuple[list[str], int]:
    """Two bars for each network, the longer as long as the axis; and where they end."""
    top, full = 92, WIDTH - LEFT - RIGHT
    bottom = top + GROUP * len(shown)
    body = [
        text(20, 32, "Cycles of one inference, unfused = 100 %", "title"),
        legend(20, 60, list(PARTS.items())),
    ]
    for percent in range(0, 101, 25):
        x = LEFT + full * percent / 100
        body += [
            line(x, top - 6, x, bottom - 4, "grid"),
            text(x, bottom + 13, f"{percent} %", "quiet", anchor="middle"),
        ]
    for number, case in enumerate(shown):
        y = top + GROUP * number
        name, where = SHOWN[case]
        body += [text(20, y + 18, name, "strong"), text(20, y + 37, where, "quiet")]
        for place, mode in enumerate(("unfused", "fused")):
            spent = {part: values[f"{case}_{mode}_{part}_cycles"] for part in PARTS}
            scale = full / values[f"{case}_unfused_cycles"]
            body.append(_bar(y + place * (BAR + GAP), spent, scale, mode))
            below = y + place * (BAR + GAP) + 15
            body.append(text(WIDTH - RIGHT + 12, below, mode))
            body.append(text(WIDTH - 78, below, f"{values[f'{case}_{mode}_cycles']:,}", anchor="end"))
            if mode == "fused":
                body.append(text(WIDTH - 20, below, f"{values[f'{case}_gain']:.2f} ×", "strong", anchor="end"))
    return body, bottom + 13


def _bar(y: float, spent: Mapping[str, float], scale: float, mode: str) -> str:
    """One bar of three parts."""
    parts, x = [], float(LEFT)
    for part, cycles in spent.items():
        parts.append(element("rect", x=x, y=y, width=cycles * scale, height=BAR, class_=part))
        x += cycles * scale
    told = ", ".join(f"{PARTS[part]} {cycles:,} cycles" for part, cycles in spent.items())
    return element("g", tip(f"{mode}: {told}") + "".join(parts))


def _ratios(values: Mapping[str, float], top: int) -> tuple[list[str], int]:
    """ResNet-50 over MobileNetV2: multiplications, and latencies in both modes."""
    bars = [
        ("multiplications", "waiting", "operations_ratio_resnet50_over_mobilenetv2", ARTICLE["operations"]),
        ("latency, fused", "computing", "latency_ratio_fused", None),
        ("unfused, 16 B/cycle", "moving", "latency_ratio_unfused", ARTICLE["latency"]),
        ("unfused, 4 B/cycle", "moving", "latency_ratio_bandwidth_4_unfused", ARTICLE["latency"]),
        ("unfused, 1 B/cycle", "moving", "latency_ratio_bandwidth_1_unfused", ARTICLE["latency"]),
    ]
    first, row, full = top + 62, BAR + 16, WIDTH - LEFT - RIGHT
    bottom = first + row * len(bars)
    most = max(values[key] for _, _, key, _ in bars)
    scale = full / max(most, *ARTICLE["operations"])
    body = [
        text(20, top + 8, "ResNet-50 over MobileNetV2", "title"),
        element("rect", x=20, y=top + 22, width=30, height=12, class_="range"),
        text(58, top + 33, "the article: 11.6–12.8 times the operations, 3–4.6 times the latency on DPUv1", "quiet"),
    ]
    for value in ticks(most, 8):
        x = LEFT + value * scale
        body += [line(x, first - 6, x, bottom - 8, "grid"), text(x, bottom + 9, f"{value}", "quiet", anchor="middle")]
    for number, (name, class_, key, told) in enumerate(bars):
        y, value = first + row * number, values[key]
        body += [
            text(20, y + 15, name),
            element("rect", x=LEFT, y=y, width=value * scale, height=BAR, class_=class_),
            text(WIDTH - RIGHT + 12, y + 15, f"{value:.2f} ×", "strong"),
        ]
        if told is not None:
            low, high = told
            width = (high - low) * scale
            body.append(
                element("rect", x=LEFT + low * scale, y=y - 4, width=width, height=BAR + 8, rx=3, class_="range")
            )
    return body, bottom + 26

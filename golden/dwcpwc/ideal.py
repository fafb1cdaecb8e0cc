"""Ideal bound: the cycles that the engines alone ask for, with one allowance for filling the pipeline."""

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.engine_cycles import typical_cycles
from racelet.golden.dwcpwc.shape import LayerShape

PIPELINE = 24
"""Cycles allowed per layer for the pipeline to fill and drain."""


def peak_macs(config: DwcPwcConfig) -> int:
    """The most MAC per cycle: of the dot-product engine, on the weights that suit it best, and of the depthwise one.

    Parameters
    ----------
    config : DwcPwcConfig

    Returns
    -------
    int

    Examples
    --------
    >>> [peak_macs(DwcPwcConfig(engine=engine)) for engine in ("parallel", "serial", "bitlet", "imc")]
    [73, 17, 73, 10]
    """
    least = typical_cycles(config) if config.engine in ("serial", "imc") else 1
    return config.input_lanes * config.output_lanes // least + 9 * config.depthwise_lanes


def ideal_cycles(shape: LayerShape, config: DwcPwcConfig, beat_cycles: float | None = None) -> int:
    """Yardstick for one layer.

    A fused pair takes the longest of its three parts (depthwise, reading the input, pointwise), a fill of the window's
    first rows and the pipeline; a regular convolution its beats and the pipeline; what has no weights nothing.

    Parameters
    ----------
    shape : LayerShape
    config : DwcPwcConfig
        The lanes are used, and the engine.
    beat_cycles : float, optional
        For how many cycles the dot-product engine works on a beat, on average over the layer; by default as on typical
        weights.

    Returns
    -------
    int
        Clock cycles.

    Examples
    --------
    >>> shape = LayerShape(kind="fully_connected", height=1, width=1, channels=64, out_height=1, out_width=1,
    ...                    out_channels=12)
    >>> ideal_cycles(shape, DwcPwcConfig(input_lanes=8, output_lanes=8))
    40
    """
    if not shape.has_depthwise and not shape.has_dot_products:
        return 0
    words = -(-shape.channels // config.input_lanes)
    dot = 0
    if shape.has_dot_products:
        beats = shape.pixels * -(-shape.depth // config.input_lanes) * -(-shape.out_channels // config.output_lanes)
        dot = round(beats * (typical_cycles(config) if beat_cycles is None else beat_cycles))
    if not shape.has_depthwise:
        return dot + PIPELINE
    depthwise = shape.pixels * -(-shape.channels // config.depthwise_lanes)
    reading = shape.height * shape.width * words
    rows = 1 if shape.stride == 1 else 2
    fill = (rows * shape.width + rows + 1) * words
    return max(depthwise, reading, dot) + fill + PIPELINE

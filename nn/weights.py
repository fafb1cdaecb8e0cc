"""Weights in the order in which the accelerator reads them."""

import itertools

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_reader import channel_groups
from racelet.nn.describe import Part
from racelet.nn.evaluate import constants
from racelet.nn.graph import Graph, Operator
from racelet.nn.layers import Layer


def patch_order(kind: LayerKind, rows: int, columns: int, channels: int, config: DwcPwcConfig) -> NDArray[np.int64]:
    """Order in which the accelerator gathers the patch of a regular convolution.

    Parameters
    ----------
    kind : {GATHER, WORDS, FUSED}
        GATHER: ``gather_channels`` at a time or one by one, in 3x3 blocks, tap by tap; WORDS: ``input_lanes`` channels
        at a time, tap by tap; FUSED: the channels of one pixel.
    rows, columns, channels : int
        Kernel and input channels.
    config : DwcPwcConfig

    Returns
    -------
    int64, shape (rows * columns * channels,)
        Indices into the kernel flattened as (row, column, channel).

    Examples
    --------
    >>> config = DwcPwcConfig(input_lanes=4)
    >>> patch_order(LayerKind.GATHER, 1, 4, 2, config).tolist()
    [0, 2, 4, 6, 1, 3, 5, 7]
    >>> patch_order(LayerKind.WORDS, 1, 2, 5, config).tolist()
    [0, 1, 2, 3, 5, 6, 7, 8, 4, 9]
    """
    index = np.arange(rows * columns * channels).reshape(rows, columns, channels)
    if kind == LayerKind.GATHER:
        firsts = [*channel_groups(kind, channels, config), channels]
        blocks = [
            index[row : row + 3, column : column + 3, first:end].reshape(-1)
            for first, end in itertools.pairwise(firsts)
            for row in range(0, rows, 3)
            for column in range(0, columns, 3)
        ]
    else:
        lanes = config.input_lanes
        blocks = [index[:, :, first : first + lanes].reshape(-1) for first in range(0, channels, lanes)]
    return np.concatenate(blocks)


def dot_sets(graph: Graph, layer: Layer, part: Part, settings: LayerConfig, config: DwcPwcConfig) -> NDArray[np.int8]:
    """Sets of dot-product weights of a part of a layer.

    Parameters
    ----------
    graph : Graph
    layer : Layer
        A depthwise one has zeros in all but one input channel of every output channel.
    part : Part
    settings : LayerConfig
        Of that part.
    config : DwcPwcConfig

    Returns
    -------
    int8, shape (passes, words, output_lanes, input_lanes)
        Zero where a pass or a word is not full.
    """
    shape = layer.shape
    weights, _ = constants(graph, layer.operators[-1])
    rows, columns = (1, 1) if shape.kind == "fused" else (shape.kernel_rows, shape.kernel_columns)
    (first, end), (first_input, end_input) = part.channels, part.inputs
    if shape.kind == "depthwise":
        kernels = np.zeros((end - first, rows, columns, end_input - first_input), np.int8)
        out = np.arange(first, end)
        kernels[out - first, :, :, out - first_input] = weights[0].transpose(2, 0, 1)[first:end]
    else:
        kernels = weights.reshape(shape.out_channels, rows, columns, -1)[first:end, :, :, first_input:end_input]
    order = patch_order(settings.kind, rows, columns, end_input - first_input, config)
    flat = kernels.reshape(end - first, -1)[:, order]
    n, m = config.input_lanes, config.output_lanes
    padded = np.zeros((settings.passes * m, settings.words * n), np.int8)
    padded[: flat.shape[0], : flat.shape[1]] = flat
    return np.ascontiguousarray(padded.reshape(settings.passes, m, settings.words, n).swapaxes(1, 2))


def depthwise_records(graph: Graph, op: Operator, config: DwcPwcConfig) -> list[bytes]:
    """Nine weights for each channel and 3x3 block of a depthwise kernel.

    Parameters
    ----------
    graph : Graph
    op : Operator
        A DEPTHWISE_CONV_2D.
    config : DwcPwcConfig

    Returns
    -------
    list of bytes
        In the order channel groups of ``depthwise_lanes``, block rows, block columns, channels of the group.
    """
    weights = constants(graph, op)[0][0]
    rows, columns, channels = weights.shape
    lanes = config.depthwise_lanes
    padded = np.zeros((-(-rows // 3) * 3, -(-columns // 3) * 3, -(-channels // lanes) * lanes), np.int8)
    padded[:rows, :columns, :channels] = weights
    blocks = padded.reshape(padded.shape[0] // 3, 3, padded.shape[1] // 3, 3, -1, lanes)
    ordered = np.ascontiguousarray(blocks.transpose(4, 0, 2, 5, 1, 3)).reshape(-1, 9)
    return [record.tobytes() for record in ordered]

"""Window forms: what the window buffer makes of one request, of whatever kind the layer is."""

import itertools

import numpy as np
from numpy.typing import NDArray

from racelet.golden.dwcpwc.activation_buffer import words
from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig, LayerKind
from racelet.golden.dwcpwc.window_buffer import Window
from racelet.golden.dwcpwc.window_reader import TAP_KINDS, WindowRequest


def forms(request: WindowRequest, banks: NDArray[np.int8], layer: LayerConfig, config: DwcPwcConfig) -> Window:
    """One window in every form, whether or not a layer of that kind asks so and uses it.

    Parameters
    ----------
    request : WindowRequest
        Of any fields; ``row``, ``column`` at most 2, ``kernel_rows``, ``kernel_columns`` at least 1.
    banks : int8, shape (9, bank_bytes)
        The activation buffer, addresses beyond it left out.
    layer : LayerConfig
        ``kind``, ``pad_byte`` and ``pool_shift`` are read.
    config : DwcPwcConfig

    Returns
    -------
    Window
        ``pixels`` begin in bank column 0.

    Examples
    --------
    >>> from racelet.golden.dwcpwc.window_reader import requests
    >>> layer = LayerConfig(kind=LayerKind.GATHER, kernel_rows=3, kernel_columns=3, pad_left=1, pad_byte=9,
    ...                     source_column=2, source_height=3, source_width=2, source_pixel_pitch=4)
    >>> request, = requests(layer, DwcPwcConfig())
    >>> banks = np.arange(9 * 8, dtype=np.int8).reshape(9, 8)
    >>> forms(request, banks, layer, DwcPwcConfig()).gathered.tolist()
    [9, 4, 12, 9, 28, 36, 9, 52, 60]
    """
    lanes = config.input_lanes
    rows = [bool(request.rows_inside >> k & 1) for k in range(3)]
    columns = [bool(request.columns_inside >> k & 1) for k in range(3)]
    # The second tensor of an ADD is read where rows would lie beyond the first.
    shown_rows = [True] * 3 if layer.kind == LayerKind.ADD else rows
    read = words(banks, request.addresses, config)

    def tap(row: int, column: int, channels: int) -> NDArray[np.int8]:
        """Channels of one tap, or padding."""
        if not (shown_rows[row] and columns[column]):
            return np.full(channels, layer.pad_byte, np.int8)
        bank = 3 * ((request.row + row) % 3) + (request.column + column) % 3
        first = request.addresses[bank] % lanes // channels * channels
        return read[bank, first : first + channels]

    kernel = list(itertools.product(range(request.kernel_rows), range(request.kernel_columns)))
    if layer.kind in TAP_KINDS:
        gathered = tap(0, 0, lanes)[: request.lanes]
    else:
        several = layer.kind == LayerKind.GATHER and request.lanes >= config.gather_channels
        gathered = np.concatenate([tap(*place, config.gather_channels if several else 1) for place in kernel])
    sums = np.zeros(lanes, np.int64)
    for row, column in kernel:
        if rows[row] and columns[column]:
            sums += read[3 * ((request.row + row) % 3) + (request.column + column) % 3]
    return Window(
        taps=np.stack([tap(k // 3, k % 3, config.depthwise_lanes) for k in range(BANKS)]),
        gathered=gathered,
        pixels=np.stack([tap(0, (k - request.column) % 3, lanes) for k in range(max(2 * columns[2], columns[1]) + 1)]),
        sums=sums,
        pool_index=(request.lacking_rows << layer.pool_shift) + request.lacking_columns,
        first=bool(request.first),
        last=bool(request.last),
        pixel_last=bool(request.pixel_last),
        layer_last=bool(request.layer_last),
    )

"""What the benches of the depthwise units send: windows, weights, requantise parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.hw.dwcpwc.layouts import PARAMETER, PARAMETER_BYTES, TAPS, memory_write, window
from racelet.sim.payload import pack, unpack
from racelet.sim.streams import put


def window_beat(
    config: DwcPwcConfig, taps: NDArray[np.int8], flags: Mapping[str, bool], rng: Generator
) -> dict[str, Any]:
    """A window with these taps, shape (9, depthwise_lanes); what depthwise does not use is noise."""
    noise = int.from_bytes(rng.bytes(-(-window(config).size // 8)), "little")
    return unpack(window(config), noise) | {"taps": taps.tolist()} | {name: int(flag) for name, flag in flags.items()}


async def write_weights(dut: Any, name: str, weights: NDArray[np.int8], address: int) -> None:
    """Write rows of weights, shape (groups, blocks, 9, lanes), from row ``address`` on, through a stream of writes."""
    lanes = weights.shape[-1]
    records = weights.reshape(-1, TAPS, lanes).transpose(0, 2, 1).reshape(-1, TAPS)
    beats = [
        {"address": address * lanes + number, "data": int.from_bytes(record.tobytes(), "little")}
        for number, record in enumerate(records)
    ]
    await put(dut, name, beats, shape=memory_write(8 * TAPS))


async def write_parameters(dut: Any, name: str, records: NDArray[np.int64], parameters: NDArray[np.int64]) -> None:
    """Write the parameters, shape (n, 3), of channels with these record numbers through a stream of writes."""
    beats = [
        {
            "address": int(record),
            "data": pack(PARAMETER, dict(zip(("bias", "multiplier", "shift"), values.tolist(), strict=True))),
        }
        for record, values in zip(records, parameters, strict=True)
    ]
    await put(dut, name, beats, shape=memory_write(8 * PARAMETER_BYTES))

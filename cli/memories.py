"""What a planned network keeps on chip, and what it moves across the edge: numbers for ``racelet run``."""

from typing import Any

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import LayerConfig
from racelet.golden.dwcpwc.shape import LayerShape
from racelet.golden.dwcpwc.traffic import PARAMETER_BYTES, compulsory_bytes, streamed_bytes, unfused_bytes
from racelet.nn.compile import Compiled
from racelet.nn.layers import Network


def edge_bytes(network: Network) -> dict[str, int]:
    """Bytes across the chip's edge that the network's shapes alone determine.

    Parameters
    ----------
    network : Network

    Returns
    -------
    dict
        ``compulsory`` and ``unfused`` as in :mod:`racelet.golden.dwcpwc.traffic`; ``parameters`` are the weights and
        parameters in either of them, ``input`` and ``output`` the activations in ``compulsory``.
    """
    shapes = network.shapes
    first, last = network.planes[network.input], network.planes[network.output]
    compulsory = compulsory_bytes(shapes)
    ends = {"input": first[0] * first[1] * first[2], "output": last[0] * last[1] * last[2]}
    return {
        "compulsory": compulsory,
        "unfused": unfused_bytes(shapes),
        "parameters": compulsory - sum(ends.values()),
        **ends,
    }


def memory_use(compiled: Compiled) -> list[dict[str, Any]]:
    """How full each memory of the accelerator is at most.

    Parameters
    ----------
    compiled : Compiled

    Returns
    -------
    list of dict
        ``field`` of the config, ``used`` and ``capacity`` in its unit. Weights are left out where they stay outside.
    """
    config = compiled.config
    used = dict(compiled.program.used)
    if config.store == "stream":
        del used["weight_bytes"]
    return [{"field": name, "used": value, "capacity": getattr(config, name)} for name, value in used.items()]


def buffered_tensors(compiled: Compiled) -> list[dict[str, Any]]:
    """Where, and during which descriptors, every tensor, or rows of it, lies in the activation buffer.

    Parameters
    ----------
    compiled : Compiled

    Returns
    -------
    list of dict
        In order of time. ``address`` and ``bytes`` are those in each of the nine banks; ``first`` and ``last`` are
        numbers of descriptors.
    """
    return [
        {
            "tensor": each.tensor,
            "name": compiled.network.graph.tensors[each.tensor].name,
            "shape": list(each.placement.plane),
            "address": each.placement.address,
            "bytes": each.placement.bank_bytes,
            "first": each.first,
            "last": each.last,
        }
        for each in compiled.program.buffered
    ]


def layer_bytes(shape: LayerShape, settings: LayerConfig, config: DwcPwcConfig) -> int:
    """Weights and parameters of one layer that cross the chip's edge, each once or, with outside weights, per tile.

    Parameters
    ----------
    shape : LayerShape
    settings : LayerConfig
    config : DwcPwcConfig

    Returns
    -------
    int
    """
    weights = shape.weights
    if config.store == "stream" and shape.has_dot_products:
        streamed = streamed_bytes(settings.tiles, settings.weight_beats, config.weight_beat_bytes)
        weights += streamed - shape.depth * shape.out_channels
    return weights + PARAMETER_BYTES * shape.requantized_channels

"""Field check: finds descriptors whose counts no layer could come to an end with."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import COUNTS, DOT_KINDS
from racelet.hw.dwcpwc.layouts import LAYER


class FieldCheck(wiring.Component):
    """Look at a descriptor's counts; what is found is there in the next cycle.

    Computes :func:`racelet.golden.dwcpwc.field_check.wrong_field`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    layer : In(LAYER)
        The descriptor.
    wrong : Out(1)
        A count that its kind reads is zero, or is greater than the accelerator can do.
    """

    layer: View
    wrong: Signal

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__({"layer": In(LAYER), "wrong": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, layer = self.config, self.layer
        zero = {name: layer[name] == 0 for names in COUNTS.values() for name in names}
        too_many = Cat(
            layer.tile_pixels > config.tile_pixels,
            layer.last_tile_pixels > config.tile_pixels,
            layer.tail_lanes > config.input_lanes,
            layer.tail_groups > config.output_lanes // config.requantizers,
        ).any()
        # The kinds share few sets of fields; one sum for each set.
        kinds_of: dict[tuple[str, ...], list[int]] = {}
        for kind, names in COUNTS.items():
            kinds_of.setdefault(names, []).append(kind)
        faults = [(kinds, Cat(zero[name] for name in names).any()) for names, kinds in kinds_of.items()]
        faults.append((list(DOT_KINDS), too_many))
        found, concerned = (Signal(len(faults), name=name) for name in ("found", "concerned"))
        m.d.sync += [
            found.eq(Cat(fault for _, fault in faults)),
            concerned.eq(Cat(Cat(layer.kind == kind for kind in kinds).any() for kinds, _ in faults)),
        ]
        m.d.comb += self.wrong.eq((found & concerned).any())
        return m

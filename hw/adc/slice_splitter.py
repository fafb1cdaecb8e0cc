"""Slice splitter: codes of all ADCs, slice by slice."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from racelet.golden.adc.config import AdcConfig
from racelet.hw.adc.path_layouts import step_codes
from racelet.hw.adc.sum_layouts import number_of, slices


class SliceSplitter(wiring.Component):
    """Give the codes of a step slice by slice, from the lowest bit of weights up.

    The first slice goes on in the cycle in which the step's codes are there, and they are taken with it; the others
    follow in a cycle each. The next codes are taken when all have gone. Computes the order of
    :meth:`racelet.golden.adc.column_path.ColumnPath.products`.

    Parameters
    ----------
    config : AdcConfig

    Members
    -------
    i : In(stream.Signature(step_codes(config)))
        Codes of steps.
    o : Out(stream.Signature(slices(config)))
        Their slices. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: AdcConfig) -> None:
        self.config = config
        super().__init__(
            {"i": In(stream.Signature(step_codes(config))), "o": Out(stream.Signature(slices(config)))},
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        bits = config.weight_bits
        place = Signal(number_of(bits), name="place")
        begins, ends, goes = (Signal(name=name) for name in ("begins", "ends", "goes"))
        coming = [Cat(self.i.p.codes[adc] for adc in range(bit, config.adcs, bits)) for bit in range(bits)]
        width = len(coming[0])
        # Slices that are to follow the one that goes on, the next one lowest; and what is known of their step.
        rest = Signal(width * (bits - 1), name="kept_codes", reset_less=True)
        known = {
            name: Signal(self.i.p[name].shape(), name=f"kept_{name}", reset_less=True)
            for name in ("input_bit", "slot", "last")
        }
        m.d.comb += [
            begins.eq(place == 0),
            ends.eq(place == bits - 1),
            goes.eq(self.o.valid & self.o.ready),
            self.o.valid.eq(self.i.valid | ~begins),
            self.i.ready.eq(begins & self.o.ready),
            self.o.p.codes.as_value().eq(Mux(begins, coming[0], rest)),
            self.o.p.input_bit.eq(Mux(begins, self.i.p.input_bit, known["input_bit"])),
            self.o.p.slot.eq(Mux(begins, self.i.p.slot, known["slot"])),
            self.o.p.weight_bit.eq(place),
            self.o.p.first.eq(begins & self.i.p.first),
            self.o.p.last.eq(ends & known["last"]),
        ]
        with m.If(goes):
            m.d.sync += [place.eq(Mux(ends, 0, place + 1)), rest.eq(rest >> width)]
            with m.If(begins):
                m.d.sync += [rest.eq(Cat(coming[1:])), *(value.eq(self.i.p[name]) for name, value in known.items())]
        return m

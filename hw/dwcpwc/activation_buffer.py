"""Activation buffer: nine banks, so that any 3x3 window is one access."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.dwcpwc.config import BANKS, DwcPwcConfig
from racelet.hw.dwcpwc.layouts import activation_write, bank_address
from racelet.hw.lib.block_memory import block_memory


class ActivationBuffer(wiring.Component):
    """Keep activation tensors; pixel (row, column) lies in bank 3 * (row % 3) + column % 3.

    Every bank gives one word per cycle, one cycle after its address, and takes one masked write per cycle. It keeps
    that for a cycle in a register of its own, near its memory: a word whose address comes in the cycle of a write or in
    the next is the old one. Computes :func:`racelet.golden.dwcpwc.activation_buffer.words`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    addresses : In(ArrayLayout(bank_address(config), BANKS))
        Byte address in every bank; the bits below one word are ignored.
    enable : In(1)
        Read. The words hold while it is low.
    words : Out(ArrayLayout(8 * config.input_lanes, BANKS))
        Words read.
    write : In(stream.Signature(activation_write(config), always_ready=True))
        Writes.
    """

    addresses: View
    enable: Signal
    words: View
    write: stream.Interface

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        super().__init__(
            {
                "addresses": In(ArrayLayout(bank_address(config), BANKS)),
                "enable": In(1),
                "words": Out(ArrayLayout(8 * config.input_lanes, BANKS)),
                "write": In(stream.Signature(activation_write(config), always_ready=True)),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = self.config.input_lanes
        word_shift = (lanes - 1).bit_length()
        for bank in range(BANKS):
            memory = block_memory(8 * lanes, self.config.bank_bytes // lanes)
            m.submodules[f"bank_{bank}"] = memory
            write = memory.write_port(granularity=8)
            read = memory.read_port()
            kept = Signal(activation_write(self.config), name=f"kept_{bank}", reset_less=True)
            keeping = Signal(name=f"keeping_{bank}")
            wanted = self.write.valid & (self.write.p.bank == bank)
            m.d.sync += [keeping.eq(wanted), kept.eq(self.write.p)]
            m.d.comb += [
                read.addr.eq(self.addresses[bank] >> word_shift),
                read.en.eq(self.enable),
                self.words[bank].eq(read.data),
                write.addr.eq(kept.address >> word_shift),
                write.data.eq(kept.data),
                write.en.eq(Mux(keeping, kept.mask, 0)),
            ]
        return m

"""The accelerator behind the two lines of a serial port."""

from typing import Any

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.fifo import SyncFIFOBuffered
from amaranth.lib.wiring import In, Out, connect

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.lib.config import UartConfig
from racelet.hw.dwcpwc.accelerator import Accelerator
from racelet.hw.dwcpwc.serial_link import SerialLink
from racelet.hw.lib.uart import UartReceiver, UartTransmitter

WAITING_BYTES = 1024
"""Bytes of commands that wait while the accelerator is busy with others."""


class UartShell(wiring.Component):
    """Load programs and run them, over a serial line.

    What is said there is told in :mod:`racelet.golden.dwcpwc.serial_link`. A break, the line low for longer than a
    byte, starts everything anew but what the memories hold. Programs that need a memory outside or stream their words
    cannot run here: there is nothing that would serve them, and the answer says so.

    Parameters
    ----------
    config : DwcPwcConfig
        With ``store`` "bram".
    uart : UartConfig

    Raises
    ------
    ValueError
        If ``config.store`` is not "bram".

    Members
    -------
    rx : In(1)
        The line from the computer, asynchronous.
    tx : Out(1)
        The line to the computer.
    busy : Out(1)
        A program is being loaded or run.
    failed : Out(1)
        The accelerator has met an error.
    """

    rx: Signal
    tx: Signal
    busy: Signal
    failed: Signal

    def __init__(self, config: DwcPwcConfig, uart: UartConfig) -> None:
        if config.store != "bram":
            raise ValueError(f'DwcPwcConfig.store must be "bram" behind a serial line, not "{config.store}"')
        self.config = config
        self.uart = uart
        super().__init__({"rx": In(1), "tx": Out(1), "busy": Out(1), "failed": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self.uart.divisor)
        m.submodules.transmitter = transmitter = UartTransmitter(self.uart.divisor)
        waiting = SyncFIFOBuffered(width=8, depth=WAITING_BYTES)
        m.submodules.waiting = ResetInserter(receiver.broken)(waiting)
        link = SerialLink(self.config)
        m.submodules.link = ResetInserter(receiver.broken)(link)
        core: Any = Accelerator(self.config)
        m.submodules.core = core
        commands: Any = waiting.r_stream
        m.d.comb += [
            receiver.line.eq(self.rx),
            self.tx.eq(transmitter.line),
            waiting.w_data.eq(receiver.o.p),
            waiting.w_en.eq(receiver.o.valid),
            link.lost.eq(receiver.o.valid & ~waiting.w_rdy),
            core.start.eq(link.start),
            core.clear.eq(link.clear | receiver.broken),
            link.unserved.eq(core.transfer.valid),
            link.busy.eq(core.busy),
            link.error.eq(core.error),
            core.layer_cycles.ready.eq(1),
            self.busy.eq(core.busy),
            self.failed.eq(link.failed),
        ]
        connect(m, commands, link.i)
        connect(m, link.o, transmitter.i)
        connect(m, link.program, core.program)
        connect(m, link.data, core.i)
        connect(m, core.o, link.result)
        return m

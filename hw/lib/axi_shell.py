"""What the AXI shells of all blocks are made of."""

from typing import Any

from amaranth.hdl import Cat, Module, ResetInserter, Signal, Value
from amaranth.lib.fifo import SyncFIFOBuffered

from racelet.hw.lib.packet_end import PacketEnd
from racelet.hw.lib.stream_slice import StreamSlice


def connect_input(
    m: Module, port: Any, target: Any, clear: Value, drain: Value, *, width: int, depth: int = 0, last: bool = False
) -> Value:
    """Connect an input port to a stream, through a buffer of some beats if there are any.

    Parameters
    ----------
    m : Module
    port : interface of AxiStreamSignature
    target : stream
    clear : Value
        Block and buffer are in reset: what comes goes nowhere.
    drain : Value
        Beats are taken and dropped, while ``clear`` is high too.
    width : int
        Bits of a beat.
    depth : int
    last : bool
        ``tlast`` goes with each beat, behind its bits.

    Returns
    -------
    Value
        Beats that wait, at least.
    """
    waiting: Value = port.tvalid
    if depth:
        buffer = SyncFIFOBuffered(width=width + last, depth=depth)
        m.submodules.input_buffer = ResetInserter(clear)(buffer)
        m.d.comb += [
            Value.cast(target.payload).eq(buffer.r_data),
            target.valid.eq(buffer.r_rdy),
            buffer.r_en.eq(target.ready),
        ]
        waiting, target = buffer.r_level, buffer.w_stream
    m.d.comb += [
        target.payload.eq(Cat(port.tdata[:width], port.tlast) if last else port.tdata),
        target.valid.eq(port.tvalid),
        port.tready.eq((target.ready & ~clear) | drain),
    ]
    return waiting


def connect_output(m: Module, name: str, source: Any, port: Any, *, width: int, last: bool = False) -> StreamSlice:
    """Put a slice between a stream and an output port. No clear reaches it: what it offers has to stay.

    Parameters
    ----------
    m : Module
    name : str
        Of the port.
    source : stream
        Its payload has ``width`` bits, and behind them the mark of the last beat where there is one.
    port : interface of AxiStreamSignature
    width : int
    last : bool
        Whether there is one.
    """
    m.submodules[f"output_{name}"] = buffer = StreamSlice(width + last)
    bits = Cat(port.tdata[:width], *([port.tlast] if last else []))
    m.d.comb += [
        buffer.i.payload.eq(source.payload),
        buffer.i.valid.eq(source.valid),
        source.ready.eq(buffer.i.ready),
        bits.eq(buffer.o.payload),
        port.tvalid.eq(buffer.o.valid),
        buffer.o.ready.eq(port.tready),
    ]
    return buffer


def connect_packets(m: Module, name: str, source: Any, port: Any, end: Value, *, width: int) -> Value:
    """Cut a stream into packets on its way to an output port.

    Parameters
    ----------
    m, name, source, port, width
        As above.
    end : Value
        The packet ends with the last beat that was taken up to this cycle.

    Returns
    -------
    Value
        Whether any beat is on its way.
    """
    m.submodules.packets = packets = PacketEnd(width)
    m.d.comb += [
        packets.i.payload.eq(source.payload),
        packets.i.valid.eq(source.valid),
        source.ready.eq(packets.i.ready),
        packets.end.eq(end),
    ]
    buffer = connect_output(m, name, packets.o, port, width=width, last=True)
    return packets.open | buffer.o.valid


def connect_interrupts(m: Module, registers: Any, irq: Signal, wrong: Value) -> None:
    """Raise ``irq`` for interrupts that are enabled; something that begins to be wrong is one.

    Parameters
    ----------
    m : Module
    registers : AxiLiteRegisters
        With :func:`racelet.hw.lib.shell_registers.interrupts`.
    irq : Signal
    wrong : Value
    """
    before = Signal()
    m.d.sync += before.eq(wrong)
    pending = registers.o.interrupt_status.as_value() & registers.o.interrupt_enable.as_value()
    m.d.comb += [registers.i.interrupt_status.error.eq(wrong & ~before), irq.eq(pending.any())]

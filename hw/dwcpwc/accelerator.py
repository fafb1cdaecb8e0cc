"""The accelerator: fused depthwise + pointwise convolution, whole networks, int8."""
# Ref: Xilinx, "DPUv1 to DPUv2: depthwise convolution on the DPU", 2021: a depthwise engine whose pixels stream into the
# pointwise array through on-chip memory.

from collections.abc import Iterable, Mapping
from typing import Any

from amaranth.hdl import (
    Cat,
    ClockDomain,
    ClockSignal,
    Const,
    DomainRenamer,
    Module,
    Mux,
    ResetSignal,
    Signal,
    Value,
    signed,
)
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.layer_config import DOT_KINDS, LayerKind, ProgramTarget
from racelet.hw.dwcpwc.activation_buffer import ActivationBuffer
from racelet.hw.dwcpwc.activation_writer import ActivationWriter
from racelet.hw.dwcpwc.depthwise_path import DepthwisePath
from racelet.hw.dwcpwc.dot_path import DotPath
from racelet.hw.dwcpwc.input_loader import InputLoader
from racelet.hw.dwcpwc.layer_sequencer import LayerSequencer
from racelet.hw.dwcpwc.layouts import LAYER, TRANSFER, WEIGHT_REQUEST, ErrorCode, gather_bytes
from racelet.hw.dwcpwc.ping_pong_tile import PingPongTile
from racelet.hw.dwcpwc.pool import Pool
from racelet.hw.dwcpwc.program_loader import ProgramLoader
from racelet.hw.dwcpwc.racetrack_weight_store import RacetrackWeightStore
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.hw.dwcpwc.residual_adder import ResidualAdder
from racelet.hw.dwcpwc.routes import POOLS, Kinds, fill_tile, give_bytes, give_groups, give_windows
from racelet.hw.dwcpwc.track_lanes import LanesSignature
from racelet.hw.dwcpwc.transfer_path import TransferPath
from racelet.hw.dwcpwc.watchdog import Watchdog
from racelet.hw.dwcpwc.weight_store import BramWeightStore, StreamWeightStore
from racelet.hw.dwcpwc.weight_stores import STORES
from racelet.hw.dwcpwc.window_buffer import WindowBuffer
from racelet.hw.dwcpwc.window_reader import WindowReader
from racelet.hw.lib.byte_packer import BytePacker
from racelet.hw.lib.reset_chain import ResetChain, gated

PARTS = 17
"""Components that are reset one after the other."""


class Accelerator(wiring.Component):
    """Run a program: load the input, run the layers, give out the output.

    One window of the input (3x3 pixels), ``depthwise_lanes`` depthwise channels, one beat of ``input_lanes`` x
    ``output_lanes`` products and ``requantizers`` output bytes per cycle. The cycles of every layer are those of
    :func:`racelet.golden.dwcpwc.cycles.layer_cycles`.

    Parameters
    ----------
    config : DwcPwcConfig

    Members
    -------
    program : In(stream.Signature(32 * config.program_words))
        Program words, the first one lowest, see :class:`ProgramLoader`. Taken while no program runs, and by one that
        streams.
    start : In(1)
        Run the program once. Ignored while ``busy`` or after an error.
    clear : In(1)
        Forget everything but what the memories hold: stops a program, ends an error. From the next cycle on nothing is
        offered or taken; the accelerator is ``busy`` for ``2 * PARTS + 1`` cycles.
    i : In(stream.Signature(signed(8)))
        Input bytes: rows, columns, channels in order.
    o : Out(stream.Signature(signed(8)))
        Output bytes, in the same order.
    transfer : Out(stream.Signature(TRANSFER))
        Runs of beats of the memory outside that are read or written next, see :class:`TransferPath`.
    fill : In(stream.Signature(8 * config.bandwidth))
        Beats that were asked for with ``store`` 0: rows, columns, channels in order, whole beats for each pixel.
    spill : Out(stream.Signature(8 * config.bandwidth))
        Beats that were announced with ``store`` 1, in the same order.
    layer_cycles : Out(stream.Signature(32))
        Cycles of each layer when it ends, see :class:`LayerSequencer`.
    busy : Out(1)
        A program is being loaded or run, or everything is being reset; not while the loader waits for a run to stream.
    running : Out(1)
        A program is run; until the last count is taken.
    fenced : Out(1)
        Words wait for a run to stream; no further ones are taken before ``start``.
    error : Out(ErrorCode)
        What went wrong. Stays until ``clear`` or reset.
    weight_request : Out(stream.Signature(WEIGHT_REQUEST))
        Only with ``store`` "stream": runs of weight beats that are wanted next.
    weights : In(stream.Signature(8 * config.weight_beat_bytes))
        Only with ``store`` "stream": those beats.
    tracks : Out(LanesSignature(config))
        Only with ``store`` "racetrack": the weights. After a clear the accelerator is ``busy`` until they are home.
    """

    program: stream.Interface
    start: Signal
    clear: Signal
    i: stream.Interface
    o: stream.Interface
    transfer: stream.Interface
    fill: stream.Interface
    spill: stream.Interface
    layer_cycles: stream.Interface
    busy: Signal
    running: Signal
    fenced: Signal
    error: Signal
    weight_request: stream.Interface
    weights: stream.Interface
    tracks: Any

    def __init__(self, config: DwcPwcConfig) -> None:
        self.config = config
        self.reset = ResetChain(PARTS)
        members = {
            "program": In(stream.Signature(32 * config.program_words)),
            "start": In(1),
            "clear": In(1),
            "i": In(stream.Signature(signed(8))),
            "o": Out(stream.Signature(signed(8))),
            "transfer": Out(stream.Signature(TRANSFER)),
            "fill": In(stream.Signature(8 * config.bandwidth)),
            "spill": Out(stream.Signature(8 * config.bandwidth)),
            "layer_cycles": Out(stream.Signature(32)),
            "busy": Out(1),
            "running": Out(1),
            "fenced": Out(1),
            "error": Out(ErrorCode),
        }
        if config.store == "stream":
            members["weight_request"] = Out(stream.Signature(WEIGHT_REQUEST))
            members["weights"] = In(stream.Signature(8 * config.weight_beat_bytes))
        if config.store == "racetrack":
            members["tracks"] = Out(LanesSignature(config))
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.reset = self.reset
        loader = ProgramLoader(config)
        sequencer = LayerSequencer(config)
        input_loader = InputLoader(1)
        reader = WindowReader(config)
        windows = WindowBuffer(config)
        depthwise = DepthwisePath(config)
        packer = BytePacker(gather_bytes(config), config.input_lanes)
        tile = PingPongTile(config)
        transfers = TransferPath(config)
        store = STORES[config.store](config)
        dot = DotPath(config)
        pool = Pool(config)
        adder = ResidualAdder(config)
        requantize = RequantizeStage(config.requantizers, config.channels)
        writer = ActivationWriter(config)
        buffer = ActivationBuffer(config)
        watchdog = Watchdog(config)
        parts = {
            "loader": loader,
            "sequencer": sequencer,
            "watchdog": watchdog,
            "input_loader": input_loader,
            "transfers": transfers,
            "reader": reader,
            "buffer": buffer,
            "windows": windows,
            "depthwise": depthwise,
            "packer": packer,
            "tile": tile,
            "store": store,
            "dot": dot,
            "pool": pool,
            "adder": adder,
            "requantize": requantize,
            "writer": writer,
        }
        self._resets(m, parts)
        self._gates(m)
        layer = sequencer.layer
        during = Kinds(m, sequencer.kinds)
        wanted = {
            "input_loader": during.now(LayerKind.INPUT),
            "reader": ~during.now(LayerKind.INPUT, LayerKind.LOAD),
            "dot": during.now(*DOT_KINDS),
        }
        for name, part in parts.items():
            self._begin(m, name, part, sequencer, wanted.get(name, Const(1)))
        m.d.comb += [
            requantize.broadcast.eq(during(*POOLS, LayerKind.ADD)),
            requantize.round_once.eq(layer.round_once),
            requantize.zero_point.eq(layer.zero_point),
            requantize.low.eq(layer.low),
            requantize.high.eq(layer.high),
            buffer.addresses.eq(windows.addresses),
            buffer.enable.eq(windows.enable),
            windows.words.eq(buffer.words),
            input_loader.o.ready.eq(1),
            transfers.o.ready.eq(1),
        ]
        connect(m, self._inside["i"], input_loader.i)
        connect(m, reader.o, windows.i)
        connect(m, tile.read, dot.tile)
        connect(m, dot.request, store.request)
        connect(m, store.o, dot.weights)
        connect(m, writer.write, buffer.write)
        self._control(m, loader, sequencer, store.busy if isinstance(store, RacetrackWeightStore) else Const(0))
        moving = (windows.o, tile.i, dot.weights, requantize.i, transfers.fill, transfers.spill)
        self._watch(m, during, watchdog, sequencer, store, moving, tile, writer, transfers.waiting)
        self._program(m, loader, sequencer, depthwise, requantize, store)
        self._transfers(m, sequencer, transfers)
        give_windows(m, during, windows, depthwise, packer, pool, adder, transfers, self._inside["o"])
        fill_tile(m, during, tile, depthwise, packer)
        give_groups(m, during, requantize, {POOLS: pool.o, (LayerKind.ADD,): adder.o}, dot.o)
        loaded = {LayerKind.INPUT: input_loader.o, LayerKind.LOAD: transfers.o}
        give_bytes(m, during, writer, {**loaded, LayerKind.DEPTHWISE: depthwise.o}, requantize.o)
        output_done = (
            during(LayerKind.OUTPUT) & self._inside["o"].valid & self._inside["o"].ready & windows.o.p.layer_last
        )
        given = Signal()
        m.d.sync += given.eq(output_done)
        m.d.comb += sequencer.layer_done.eq(writer.done | given | transfers.done)
        return m

    def _resets(self, m: Module, parts: Mapping[str, wiring.Component]) -> None:
        """Make the components submodules, each with a reset of its own."""
        for number, (name, part) in enumerate(parts.items()):
            m.domains += ClockDomain(name, local=True)
            m.d.comb += [ClockSignal(name).eq(ClockSignal()), ResetSignal(name).eq(self.reset.resets[number])]
            if isinstance(part, RacetrackWeightStore):
                # What is begun on a track is finished.
                m.submodules[name] = part
                m.d.comb += part.clear.eq(self.reset.resets[number])
                connect(m, part.device, flipped(self.tracks))
            else:
                m.submodules[name] = DomainRenamer(name)(part)

    def _gates(self, m: Module) -> None:
        """Let nothing in or out while everything is being reset; each gate has a register near what is behind it."""
        behind = {"program": "loader", "i": "input_loader", "o": "windows", "layer_cycles": "sequencer"}
        behind |= dict.fromkeys(("transfer", "fill", "spill"), "transfers")
        behind |= dict.fromkeys(("weight_request", "weights"), "store")
        shut = {name: Signal(name=f"shut_{name}", init=1) for name in dict.fromkeys(behind.values())}
        for name, register in shut.items():
            m.d[name] += register.eq(self.reset.coming)
        self._inside = {
            name: gated(m, getattr(self, name), member.flow, shut[behind[name]])
            for name, member in self.signature.members.items()
            if member.is_signature and name != "tracks"
        }

    def _begin(self, m: Module, name: str, part: wiring.Component, sequencer: LayerSequencer, wanted: Value) -> None:
        """Tell a component of its layer and that it begins: a cycle late, from registers that lie near it."""
        inputs = (each for each, member in part.signature.members.items() if member.flow == In)
        members: dict[str, Any] = {each: getattr(part, each) for each in inputs}
        if "layer" in members:
            layer = Signal(LAYER, name=f"layer_{name}")
            m.d[name] += layer.eq(sequencer.layer)
            m.d.comb += members["layer"].eq(layer)
        if "start" in members:
            start = Signal(name=f"start_{name}")
            m.d[name] += start.eq(sequencer.start & wanted)
            m.d.comb += members["start"].eq(start)

    def _control(self, m: Module, loader: ProgramLoader, sequencer: LayerSequencer, storing: Value) -> None:
        loading = loader.busy | storing
        m.d.comb += [
            loader.i.p.eq(self._inside["program"].p),
            loader.i.valid.eq(self._inside["program"].valid & ~sequencer.closed),
            self._inside["program"].ready.eq(loader.i.ready & ~sequencer.closed),
            loader.streaming.eq(sequencer.streaming),
            loader.ended.eq(sequencer.ended),
            loader.starved.eq(sequencer.starved),
            sequencer.arrived.eq(loader.arrived),
            sequencer.failure.eq(loader.error),
            sequencer.go.eq(self.start & ~self.reset.busy & ~loading & (loader.error == ErrorCode.NONE)),
            self.reset.clear.eq(self.clear),
            self.busy.eq(sequencer.busy | loading | self.reset.busy),
            self.running.eq(sequencer.busy & ~self.reset.busy),
            self.fenced.eq(loader.fenced & ~self.reset.busy),
            self.error.eq(Mux(self.reset.busy, ErrorCode.NONE, sequencer.error)),
        ]
        connect(m, sequencer.layer_cycles, self._inside["layer_cycles"])

    def _watch(
        self,
        m: Module,
        during: Kinds,
        watchdog: Watchdog,
        sequencer: LayerSequencer,
        store: wiring.Component,
        streams: Iterable[stream.Interface],
        tile: PingPongTile,
        writer: ActivationWriter,
        transferring: Value,
    ) -> None:
        """End the run where a layer waits for nothing outside and nothing in it moves."""
        outside = [
            during(LayerKind.INPUT) & self._inside["i"].ready & ~self._inside["i"].valid,
            during(LayerKind.OUTPUT) & self._inside["o"].valid & ~self._inside["o"].ready,
            transferring,
        ]
        if isinstance(store, StreamWeightStore):
            outside.append(store.waiting)
        if isinstance(store, RacetrackWeightStore):
            outside.append(store.busy)
        moves = [*(each.valid & each.ready for each in streams), tile.read.enable, writer.write.valid]
        moving = Signal(len(moves))
        # Late, as they come from everywhere.
        m.d.sync += [
            watchdog.running.eq(sequencer.running),
            moving.eq(Cat(moves)),
            watchdog.moves.eq(moving.any()),
            watchdog.waiting_outside.eq(Cat(outside).any()),
        ]
        with m.If(watchdog.stalled):
            m.d.comb += sequencer.failure.eq(ErrorCode.STALLED)

    def _program(
        self,
        m: Module,
        loader: ProgramLoader,
        sequencer: LayerSequencer,
        depthwise: DepthwisePath,
        requantize: RequantizeStage,
        store: wiring.Component,
    ) -> None:
        memories = {
            ProgramTarget.DEPTHWISE_WEIGHTS: depthwise.write_weights,
            ProgramTarget.PARAMETERS: requantize.write,
            ProgramTarget.DEPTHWISE_PARAMETERS: depthwise.write_parameters,
        }
        for target, memory in memories.items():
            here = loader.target == target
            # A cycle late, so that they need not lie where the loader lies; no layer begins so soon. Each memory's are
            # kept for it alone, or synthesis would make one of all.
            name = target.name.lower()
            kept = Signal.like(loader.record.p, name=f"record_{name}", reset_less=True)
            writing = Signal(name=f"writing_{name}", reset_less=True)
            m.d.sync += writing.eq(loader.record.valid & here)
            with m.If(here):
                m.d.sync += kept.eq(loader.record.p)
            m.d.comb += [memory.p.eq(kept), memory.valid.eq(writing)]
        connect(m, loader.word, sequencer.write)
        if isinstance(store, BramWeightStore | RacetrackWeightStore):
            connect(m, loader.weights, store.write)
        if isinstance(store, RacetrackWeightStore):
            with m.If(store.failed):
                m.d.comb += sequencer.failure.eq(ErrorCode.TRACK)
        if isinstance(store, StreamWeightStore):
            connect(m, store.outside_request, self._inside["weight_request"])
            connect(m, self._inside["weights"], store.outside)

    def _transfers(self, m: Module, sequencer: LayerSequencer, transfers: TransferPath) -> None:
        """Beats too few are noticed when one more is wanted, beats too many when the layer has ended."""
        connect(m, transfers.transfer, self._inside["transfer"])
        connect(m, self._inside["fill"], transfers.fill)
        connect(m, transfers.spill, self._inside["spill"])
        m.d.sync += sequencer.owed.eq(transfers.owed)
        short = Signal()
        m.d.sync += short.eq(transfers.short)
        with m.If(short):
            m.d.comb += sequencer.failure.eq(ErrorCode.TRANSFER)

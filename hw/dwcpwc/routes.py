"""Which component of the accelerator gives to which, by the kind of the layer."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, DomainRenamer, Module, Signal, Value
from amaranth.lib import stream

from racelet.golden.dwcpwc.layer_config import LayerKind
from racelet.hw.dwcpwc.activation_writer import ActivationWriter
from racelet.hw.dwcpwc.depthwise_path import DepthwisePath
from racelet.hw.dwcpwc.ping_pong_tile import PingPongTile
from racelet.hw.dwcpwc.pool import Pool
from racelet.hw.dwcpwc.requantize_stage import RequantizeStage
from racelet.hw.dwcpwc.residual_adder import ResidualAdder
from racelet.hw.dwcpwc.transfer_path import TransferPath
from racelet.hw.dwcpwc.window_buffer import WindowBuffer
from racelet.hw.lib.byte_packer import BytePacker
from racelet.hw.lib.stream_slice import StreamSlice

POOLS = (LayerKind.AVERAGE_POOL, LayerKind.MAX_POOL)


class Kinds:
    """Whether the present layer is of one of some kinds, as registers that are right from the cycle after its start on.

    Parameters
    ----------
    m : Module
    kinds : Value
        Bit k for kind k, right from the start on.
    """

    def __init__(self, m: Module, kinds: Value) -> None:
        self.m = m
        self.kinds = kinds
        self.known: dict[frozenset[LayerKind], Signal] = {}

    def __call__(self, *kinds: LayerKind) -> Signal:
        """The flag of these kinds."""
        some = frozenset(kinds)
        if some not in self.known:
            name = "during_" + "_".join(kind.name.lower() for kind in kinds)
            self.known[some] = flag = Signal(name=name, reset_less=True)
            self.m.d.sync += flag.eq(self.now(*kinds))
        return self.known[some]

    def beside(self, user: str, *kinds: LayerKind) -> Signal:
        """The flag of these kinds a cycle later, in a register that one user has for itself."""
        flag = Signal(name=f"{user}_{self(*kinds).name}", reset_less=True)
        self.m.d.sync += flag.eq(self(*kinds))
        return flag

    def now(self, *kinds: LayerKind) -> Value:
        """The same, right in the cycle of the start."""
        return Cat(self.kinds[kind.value] for kind in kinds).any()


def give_windows(
    m: Module,
    during: Kinds,
    windows: WindowBuffer,
    depthwise: DepthwisePath,
    packer: BytePacker,
    pool: Pool,
    adder: ResidualAdder,
    transfers: TransferPath,
    output: stream.Interface,
) -> None:
    """Give the windows to whom the layer's kind needs them for."""
    source = windows.o
    to_packer = _entry(m, "packer", packer.i)
    users: dict[tuple[LayerKind, ...], stream.Interface] = {
        (LayerKind.FUSED, LayerKind.DEPTHWISE): depthwise.i,
        (LayerKind.GATHER, LayerKind.WORDS): to_packer,
        POOLS: _entry(m, "pool", pool.i),
        (LayerKind.ADD,): _entry(m, "adder", adder.i),
        (LayerKind.OUTPUT,): output,
        (LayerKind.STORE,): _entry(m, "transfers", transfers.i),
    }
    m.d.comb += [user.p.eq(source.p) for user in users.values() if user not in (to_packer, output)]
    m.d.comb += [
        to_packer.p.data.eq(source.p.gathered),
        to_packer.p.count.eq(source.p.gathered_count),
        to_packer.p.last.eq(source.p.pixel_last),
        output.p.eq(source.p.gathered[0]),
    ]
    flags = [during(*kinds) for kinds in users]
    m.d.comb += [user.valid.eq(source.valid & flag) for user, flag in zip(users.values(), flags, strict=True)]
    # Not as a choice, in which one user would wait for another.
    ready = Cat(user.ready & flag for user, flag in zip(users.values(), flags, strict=True)).any()
    m.d.comb += source.ready.eq(ready)


def _entry(m: Module, part: str, port: stream.Interface) -> stream.Interface:
    """Put a slice before a component, with its reset: windows come from far away, and it does much with them."""
    entry = StreamSlice(len(Value.cast(port.p)))
    m.submodules[f"{part}_entry"] = DomainRenamer(part)(entry)
    m.d.comb += [Value.cast(port.p).eq(entry.o.p), port.valid.eq(entry.o.valid), entry.o.ready.eq(port.ready)]
    shape: Any = port.signature.members["payload"].shape
    coming = stream.Signature(shape).create(path=(f"to_{part}",))
    m.d.comb += [entry.i.p.eq(coming.p), entry.i.valid.eq(coming.valid), coming.ready.eq(entry.i.ready)]
    return coming


def fill_tile(m: Module, during: Kinds, tile: PingPongTile, depthwise: DepthwisePath, packer: BytePacker) -> None:
    """Give the tile the bytes of the depthwise path, or the packed windows."""
    lanes = len(tile.i.p.data.as_value()) // len(depthwise.o.p.data.as_value())
    with m.If(during.beside("tile", LayerKind.FUSED)):
        m.d.comb += [
            tile.i.p.data.eq(depthwise.o.p.data.as_value().replicate(lanes)),
            tile.i.p.pixel_last.eq(depthwise.o.p.place.advance),
            tile.i.valid.eq(depthwise.o.valid),
            depthwise.o.ready.eq(tile.i.ready),
        ]
    with m.Else():
        m.d.comb += [
            tile.i.p.data.eq(packer.o.p.data),
            tile.i.p.pixel_last.eq(packer.o.p.last),
            tile.i.valid.eq(packer.o.valid),
            packer.o.ready.eq(tile.i.ready),
            depthwise.o.ready.eq(1),
        ]


def give_groups(
    m: Module,
    during: Kinds,
    requantize: RequantizeStage,
    sources: Mapping[tuple[LayerKind, ...], stream.Interface],
    other: stream.Interface,
) -> None:
    """Give the requantisers the sums of the unit that makes the layer's output, a cycle later: the units lie apart."""
    kept = Signal(requantize.i.p.shape(), name="groups", reset_less=True)
    chosen, valid = Signal.like(kept, name="chosen_groups"), Signal(name="groups_valid")
    m.d.comb += [
        requantize.o.ready.eq(1),
        requantize.i.p.eq(kept),
        chosen.eq(other.p),
        valid.eq(other.valid),
        # They are always ready.
        other.ready.eq(1),
    ]
    for kinds, source in sources.items():
        # Nothing comes of a unit that is not in use.
        m.d.comb += source.ready.eq(1)
        with m.If(during.beside("groups", *kinds)):
            m.d.comb += [chosen.eq(source.p), valid.eq(source.valid)]
    m.d["requantize"] += [kept.eq(chosen), requantize.i.valid.eq(valid)]


def give_bytes(
    m: Module,
    during: Kinds,
    writer: ActivationWriter,
    sources: Mapping[LayerKind, stream.Interface],
    other: stream.Interface,
) -> None:
    """Give the writer the bytes of the unit that makes the layer's output."""
    group = writer.i.p
    m.d.comb += [
        writer.i.valid.eq(other.valid),
        group.place.eq(other.p.place),
        group.data.as_value().eq(other.p.data.as_value()),
    ]
    for kind, source in sources.items():
        with m.If(during.beside("bytes", kind)):
            m.d.comb += [
                writer.i.valid.eq(source.valid),
                group.place.eq(source.p.place),
                group.data.as_value().eq(source.p.data.as_value()),
            ]

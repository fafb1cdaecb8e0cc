"""Reads rows and columns of matrices on tracks."""

import contextlib
from collections.abc import Generator
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.matrix_config import MatrixConfig
from racelet.hw.racetrack.layouts import DeviceSignature, Direction, Kind, Span
from racelet.hw.racetrack.matrix_layouts import MatrixError, Read, bits, plan
from racelet.hw.racetrack.operation_timer import OperationTimer
from racelet.hw.racetrack.pass_order import PassOrder


class LineReader(wiring.Component):
    """Shift and look, with the tracks of a tile of rows and of one of columns at the same time.

    Operations begin in the cycle after ``start``, and follow each other without a gap, those of
    :class:`racelet.golden.racetrack.matrix_engine.MatrixEngine`: tracks go to their markers, are read in all passes, go
    to their markers again. A look waits for its bits to be taken. Each track has pins of its own, with the same
    operation, but that only tracks whose markers are not seen yet go on towards them.

    Parameters
    ----------
    config : MatrixConfig

    Members
    -------
    plan : In(plan(config))
        What to read. Does not change from ``start`` to ``done``.
    start : In(1)
        Begin; only while it does nothing.
    settled : In(1)
        All bits that were given are worked up.
    done : Out(1)
        All is done, and settled; it can be started in the next cycle.
    error : Out(MatrixError)
        What went wrong; with ``done``.
    bits : Out(stream.Signature(bits(config)))
        What is seen.
    rows : Out(DeviceSignature(config.row_tracks)).array(tile)
        Tracks of rows: pins for the first one of each tile, for the second one, and so on.
    columns : Out(DeviceSignature(config.column_tracks)).array(tile)
        Tracks of columns.
    """

    plan: View
    start: Signal
    settled: Signal
    done: Signal
    error: Any
    bits: stream.Interface
    rows: Any
    columns: Any

    def __init__(self, config: MatrixConfig) -> None:
        self.config = config
        super().__init__(
            {
                "plan": In(plan(config)),
                "start": In(1),
                "settled": In(1),
                "done": Out(1),
                "error": Out(MatrixError),
                "bits": Out(stream.Signature(bits(config))),
                "rows": Out(DeviceSignature(config.row_tracks)).array(config.tile),
                "columns": Out(DeviceSignature(config.column_tracks)).array(config.tile),
            },
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, asked = self.config, self.plan
        m.submodules.order = order = PassOrder(config)
        m.submodules.timer = timer = OperationTimer(config.row_tracks)
        steps = _Steps(m, config, timer.strobe, self.error, asked.slots)
        span, left = steps.span, steps.left
        m.d.comb += [order.plan.eq(asked), order.start.eq(self.start)]

        def look() -> None:
            m.d.comb += self.bits.valid.eq(timer.last)
            with steps.operation(Kind.DETECT, ~0):
                m.d.sync += left.eq(left - 1)
                m.next = "SHIFT"
                with m.If(left == 0):
                    m.d.sync += left.eq(Mux(asked.read == Read.NAIVE, span, 0))
                    m.next = "TRAIL"
                    with m.If(~order.trail.any()):
                        follow()

        def follow() -> None:
            m.d.comb += order.step.eq(~order.last)
            m.d.sync += left.eq(span)
            m.next = "BEGIN"
            with m.If(order.last):
                m.next = "HOME_LOOK"
                m.d.sync += steps.finishing.eq(1)

        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [steps.finishing.eq(0), steps.moved.eq(0), steps.seen.eq(0), steps.tile.eq(0)]
                with m.If(self.start):
                    m.d.sync += self.error.eq(MatrixError.NONE)
                    m.next = "HOME_LOOK"
            self._home(steps, order)
            with m.State("BEGIN"):
                with m.If(order.lead.any()):
                    with steps.operation(Kind.SHIFT, steps.sides(order.lead), outwards=~0):
                        m.next = "LOOK"
                with m.Else():
                    look()
            with m.State("LOOK"):
                look()
            with m.State("SHIFT"), steps.operation(Kind.SHIFT, ~0, outwards=order.outwards):
                m.next = "LOOK"
            with m.State("TRAIL"), steps.operation(Kind.SHIFT, steps.sides(order.trail)):
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    follow()
            with m.State("SETTLE"):
                m.d.comb += self.done.eq(self.settled)
                with m.If(self.settled):
                    m.next = "IDLE"
        m.d.comb += [
            timer.active.eq(steps.active),
            timer.kind.eq(steps.kind),
            timer.hold.eq(self.bits.valid & ~self.bits.ready),
        ]
        self._pins(m, steps, order)
        self._show(m, order, left == 0)
        return m

    def _home(self, steps: "_Steps", order: PassOrder) -> None:
        """Tracks of one tile after the other move until their markers are seen."""
        m, asked, finishing = steps.m, self.plan, steps.finishing
        most, moved, seen = self.config.row_tracks.segment + 2, steps.moved, steps.seen
        markers = Cat(each.bit for each in (*self.rows, *self.columns))
        away = ~(seen | steps.sides(Cat(steps.tile >= asked.row_tiles, steps.tile >= asked.column_tiles)))
        following = steps.tile + 1
        left_out = Cat(moved != self._displacement(out) for out in order.outwards)
        with m.State("HOME_LOOK"), steps.operation(Kind.DETECT, away, home=True):
            m.next = "HOME_SHIFT"
            m.d.sync += seen.eq(seen | markers)
            with m.If(finishing & (away & markers & steps.sides(left_out)).any()):
                m.d.sync += self.error.eq(MatrixError.DISPLACED)
            with m.If((away & ~markers) == 0):
                m.d.sync += [moved.eq(0), seen.eq(0), steps.tile.eq(following)]
                m.next = "HOME_LOOK"
                with m.If((following >= asked.row_tiles) & (following >= asked.column_tiles)):
                    m.d.sync += [steps.tile.eq(0), steps.left.eq(steps.span)]
                    m.next = "BEGIN"
                    with m.If(finishing):
                        m.next = "SETTLE"
            with m.Elif(moved == most):
                m.d.sync += self.error.eq(MatrixError.NO_MARKER)
                m.next = "SETTLE"
        with m.State("HOME_SHIFT"), steps.operation(Kind.SHIFT, away, home=True):
            m.d.sync += moved.eq(moved + 1)
            m.next = "HOME_LOOK"

    def _displacement(self, outwards: Value) -> Value:
        """How far from home tracks are after their last pass."""
        asked = self.plan
        back = Mux(outwards, asked.slots * self.config.word_bits, asked.read == Read.SERPENTINE)
        return Mux(asked.read == Read.NAIVE, 0, back)

    def _pins(self, m: Module, steps: "_Steps", order: PassOrder) -> None:
        tracks = zip((*self.rows, *self.columns), steps.taking, strict=True)
        homing, faults = steps.homing, []
        for number, (device, takes) in enumerate(tracks):
            side = number // self.config.tile
            taking = steps.active & takes
            faults.append(taking & device.fault)
            m.d.comb += [
                device.valid.eq(taking),
                device.strobe.eq(taking & steps.strobe),
                device.kind.eq(steps.kind),
                device.home.eq(homing & (steps.kind == Kind.DETECT)),
                device.track.eq(Mux(homing, steps.tile, (order.row, order.column)[side])),
                device.port.eq(Mux(homing, 0, order.port)),
                device.span.eq(Span.ALL),
                device.direction.eq(Mux(steps.outwards[side], Direction.RIGHT, Direction.LEFT)),
            ]
        m.d.comb += steps.fault.eq(Cat(faults).any())

    def _show(self, m: Module, order: PassOrder, ends: Value) -> None:
        """Give what all ports of the tile's tracks see."""
        beat = View(bits(self.config), self.bits.p.as_value())
        m.d.comb += [
            beat.rows.as_value().eq(Cat(each.bits for each in self.rows)),
            beat.columns.as_value().eq(Cat(each.bits for each in self.columns)),
            beat.port.eq(order.port),
            beat.rows_outwards.eq(order.outwards[0]),
            beat.columns_outwards.eq(order.outwards[1]),
            beat.ends.eq(order.ends & ends),
            beat.last.eq(order.last & ends),
        ]


class _Steps:
    """The operation that goes on.

    Attributes
    ----------
    taking : Signal(2 * tile)
        Tracks that it is done to, those of rows in the lower bits.
    outwards : Signal(2)
        Direction of rows and of columns.
    left : Signal
        Shifts of a pass that are left.
    span : Value
        Those of a whole one.
    finishing : Signal(1)
        All was read.
    tile : Signal
        Whose tracks go home.
    moved : Signal
        Shifts of those whose markers are not seen.
    seen : Signal(2 * tile)
        Tracks that are there.
    """

    def __init__(self, m: Module, config: MatrixConfig, strobe: Value, error: Any, slots: Value) -> None:
        self.m, self.config, self.strobe, self.error = m, config, strobe, error
        self.span, self.left = slots * config.word_bits - 1, Signal(range(config.row_tracks.segment))
        self.active, self.homing, self.fault, self.finishing = Signal(), Signal(), Signal(), Signal()
        self.kind, self.outwards, self.taking = Signal(Kind), Signal(2), Signal(2 * config.tile)
        self.moved, self.seen = Signal(range(config.row_tracks.segment + 3)), Signal(2 * config.tile)
        self.tile = Signal(range(max(config.row_tracks.tracks, config.column_tracks.tracks) + 1))

    def sides(self, each: Value) -> Value:
        """A bit for each side as one for each track."""
        return Cat(side.replicate(self.config.tile) for side in each)

    @contextlib.contextmanager
    def operation(
        self, kind: Kind, taking: "Value | int", *, outwards: "Value | int" = 0, home: bool = False
    ) -> Generator[None]:
        """An operation of this state; what is within happens when it is done."""
        m = self.m
        m.d.comb += [self.active.eq(1), self.kind.eq(kind), self.homing.eq(home)]
        m.d.comb += [self.taking.eq(taking), self.outwards.eq(outwards)]
        with m.If(self.strobe):
            yield
            with m.If(self.fault):
                m.d.sync += self.error.eq(MatrixError.DEVICE_FAULT)
                m.next = "SETTLE"

"""Odometer: where the elements of a tensor lie, in any order of its dimensions, so that a transpose moves nothing."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import ArrayLayout, StructLayout, View
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import OdometerConfig


def descriptor(config: OdometerConfig) -> StructLayout:
    """A view: sizes of its dimensions, the outermost first, and where the first element is.

    ``tracks`` and ``offsets`` are added to track and offset where a dimension counts on, in two's complement.
    """
    return StructLayout(
        {
            "sizes": ArrayLayout(config.size_width, config.dimensions),
            "tracks": ArrayLayout(config.track_width, config.dimensions),
            "offsets": ArrayLayout(config.offset_width, config.dimensions),
            "track": config.track_width,
            "offset": config.offset_width,
        }
    )


def rest(config: OdometerConfig) -> StructLayout:
    """What is needed of a view after its first place: no size of the outermost dimension, which never begins anew."""
    return StructLayout(
        {
            "sizes": ArrayLayout(config.size_width, config.dimensions - 1),
            "tracks": ArrayLayout(config.track_width, config.dimensions),
            "offsets": ArrayLayout(config.offset_width, config.dimensions),
        }
    )


def step(config: OdometerConfig) -> StructLayout:
    """A place: a track and a word on it.

    ``last`` marks a walk's last one, ``error`` the only one of a view in which a dimension has no element.
    """
    return StructLayout({"track": config.track_width, "offset": config.offset_width, "last": 1, "error": 1})


class Odometer(wiring.Component):
    """Give the places of all elements of a view in their order, one after the other.

    One place per cycle; the first one is there in the cycle after its descriptor was taken, and none is missing between
    two walks whose descriptors wait. A step takes one addition for the track and one for the offset, both modulo what
    their widths hold. A view in which a dimension has no element is answered with one place, where it would begin,
    marked ``error`` and ``last``; the next descriptor is taken as ever. Computes
    :func:`racelet.golden.racetrack.descriptor.walk`.

    Parameters
    ----------
    config : OdometerConfig

    Members
    -------
    i : In(stream.Signature(descriptor(config)))
        Views. Taken where no walk goes on, or with its last place: ``i.ready`` depends on ``o.ready`` in the same
        cycle.
    o : Out(stream.Signature(step(config)))
        Places. Held while ``o.valid`` is high and ``o.ready`` is low.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: OdometerConfig) -> None:
        self.config = config
        super().__init__({"i": In(stream.Signature(descriptor(config))), "o": Out(stream.Signature(step(config)))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, coming, given = self.config, self.i.p, self.o.p
        held = Signal(rest(config), reset_less=True)
        # Elements of each dimension that are left, the present one among them; and whether it is its last.
        left = [Signal(config.size_width, name=f"left_{axis}") for axis in range(config.dimensions)]
        ended = Signal(config.dimensions)
        wrong, go = Signal(), Signal()
        m.d.comb += [
            wrong.eq(Cat(size == 0 for size in coming.sizes).any()),
            given.last.eq(ended.all()),
            self.i.ready.eq(~self.o.valid | (self.o.ready & given.last)),
            go.eq(self.o.valid & self.o.ready),
        ]
        m.d.sync += self.o.valid.eq(self.i.valid | ~self.i.ready)
        for axis in range(config.dimensions):
            inner = ended[axis + 1 :].all()
            with m.If(go & inner):
                m.d.sync += [left[axis].eq(left[axis] - 1), ended[axis].eq(left[axis] == 2)]
            if axis:
                size = held.sizes[axis - 1]
                with m.If(go & inner & ended[axis]):
                    m.d.sync += [left[axis].eq(size), ended[axis].eq(size == 1)]
            with m.If(self.i.ready):
                m.d.sync += [left[axis].eq(coming.sizes[axis]), ended[axis].eq((coming.sizes[axis] == 1) | wrong)]
        for place, deltas in ((given.track, held.tracks), (given.offset, held.offsets)):
            with m.If(go):
                m.d.sync += place.eq(place + self._chosen(ended, deltas))
        # Also where no view comes: then nothing is offered.
        with m.If(self.i.ready):
            m.d.sync += [
                Cat(held.sizes).eq(Cat(coming.sizes[axis] for axis in range(1, config.dimensions))),
                held.tracks.eq(coming.tracks),
                held.offsets.eq(coming.offsets),
                given.track.eq(coming.track),
                given.offset.eq(coming.offset),
                given.error.eq(wrong),
            ]
        return m

    def _chosen(self, ended: Signal, deltas: View) -> Value:
        """The delta of the innermost dimension that has not ended."""
        chosen: Value = deltas[0]
        for axis in range(1, self.config.dimensions):
            chosen = Mux(ended[axis], chosen, deltas[axis])
        return chosen

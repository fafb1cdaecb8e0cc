"""Properties of the odometer: the places are those that products of counts and strides come to, in their order."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Mux, Signal, Value

from racelet.golden.racetrack.config import OdometerConfig
from racelet.hw.racetrack.odometer import Odometer, rest
from racelet.synth.prove.harness import Harness
from racelet.synth.prove.subject import Subject

CONFIG = OdometerConfig(size_width=2, track_width=3, offset_width=2, dimensions=3)
AXES = range(CONFIG.dimensions)
MOST = CONFIG.largest**CONFIG.dimensions
"""Places of the longest walk."""


class Walk:
    """The walk that goes on, as the harness counts it: from 0 up in each dimension, and all places once more.

    Attributes
    ----------
    going : Signal
        A walk goes on.
    wrong : Signal
        Its view has a dimension without an element.
    sizes, counts : list of Signal
        Of each dimension: its elements, and how many of them are behind.
    number : Signal
        How many places are behind.
    total : Value
        Places of the walk.
    took, gave : Value
        A view is taken; a place is.
    """

    def __init__(self, harness: Harness, dut: Odometer) -> None:
        self.took, self.gave = dut.i.valid & dut.i.ready, dut.o.valid & dut.o.ready
        self._harness = harness
        self.sizes = [self.kept(f"size_{axis}", dut.i.p.sizes[axis]) for axis in AXES]
        self.wrong = self.kept("wrong", Cat(size == 0 for size in dut.i.p.sizes).any())
        self.number = harness.register("number", MOST.bit_length())
        self.total = Mux(self.wrong, 1, _product(self.sizes))
        self.final = self.number + 1 == self.total
        self.going = harness.register("going", 1)
        harness.update(self.going, ~harness.clear & (self.took | (self.going & ~(self.gave & self.final))))
        harness.update(self.number, Mux(self.took, 0, self.number + self.gave))
        self.counts = [harness.register(f"count_{axis}", CONFIG.size_width) for axis in AXES]
        for axis, count in enumerate(self.counts):
            # A dimension counts on where all within it begin anew.
            moves = self.gave & Cat(self.counts[inner] + 1 == self.sizes[inner] for inner in AXES[axis + 1 :]).all()
            following = Mux(moves, Mux(count + 1 == self.sizes[axis], 0, count + 1), count)
            harness.update(count, Mux(self.took, 0, following))

    def kept(self, name: str, value: Value) -> Signal:
        """What a value is when a view is taken."""
        register = self._harness.register(name, len(value))
        self._harness.update(register, Mux(self.took, value, register))
        return register


def _product(values: Sequence[Value]) -> Value:
    product: Value = Const(1)
    for value in values:
        product = (product * value)[: MOST.bit_length()]
    return product


def _ways(sizes: Sequence[Value], deltas: Sequence[Value]) -> list[Value]:
    """Strides of all dimensions, from their deltas: what a dimension's way from its first element to its last adds."""
    width, strides = len(deltas[0]), list[Value]()
    for axis in reversed(AXES):
        back = sum(((sizes[inner] - 1) * strides[inner - axis - 1] for inner in AXES[axis + 1 :]), Const(0))
        strides.insert(0, (deltas[axis] + back)[:width])
    return strides


def odometer(harness: Harness, dut: Odometer) -> None:
    """Whatever the numbers of a view: all its places, each where its counts and strides say, and then the next view."""
    walk, inside = Walk(harness, dut), harness.inside
    going, wrong, counts, sizes = walk.going, walk.wrong, walk.counts, walk.sizes
    sound, held = going & ~wrong, inside.view("held", rest(CONFIG))
    for name in ("track", "offset"):
        coming, deltas = getattr(dut.i.p, f"{name}s"), getattr(held, f"{name}s")
        width = len(coming[0])
        ways = _ways(dut.i.p.sizes, [coming[axis] for axis in AXES])
        strides = [walk.kept(f"{name}_stride_{axis}", way) for axis, way in enumerate(ways)]
        first = walk.kept(f"{name}_first", getattr(dut.i.p, name))
        place = first + sum((count * stride for count, stride in zip(counts, strides, strict=True)), Const(0))
        given = getattr(dut.o.p, name)
        harness.check(f"o: the {name} is what counts times strides come to", ~going | (given == place[:width]))
        same = Cat(way == stride for way, stride in zip(_ways(sizes, deltas), strides, strict=True)).all()
        harness.check(f"held: what is added to the {name} is the view's", ~going | same)
    radix = sum((counts[axis] * _product(sizes[axis + 1 :]) for axis in AXES), Const(0))
    harness.check("o: every element once, the innermost dimension first", ~sound | (walk.number == radix))
    below = Cat(count < size for count, size in zip(counts, sizes, strict=True)).all()
    harness.check("o: no element that the view does not have", ~sound | below)
    harness.check("o: no more places than elements", ~going | (walk.number < walk.total))
    harness.check("o: a place in every cycle of a walk, and in no other", dut.o.valid == going)
    harness.check("o: last goes with the last element", ~going | (dut.o.p.last == walk.final))
    harness.check("o: error goes with a view that has no element", ~going | (dut.o.p.error == wrong))
    harness.check("o: such a view has one place, its first", ~(going & wrong) | (Cat(walk.number, *counts) == 0))
    taken = ~going | (dut.o.ready & walk.final)
    harness.check("i: a view is taken where no walk goes on, and with a walk's last place", dut.i.ready == taken)
    waited = harness.register("waited", MOST.bit_length())
    harness.update(waited, Mux(harness.clear | walk.took | ~dut.i.valid, 0, waited + walk.gave))
    harness.check("i: no view waits for more places than a walk has", waited <= Mux(going, walk.number, 0))
    lefts = [inside[f"left_{axis}"] for axis in AXES]
    kept = zip(lefts, counts, sizes, strict=True)
    harness.check("left: elements that are not behind", ~sound | Cat(a + b == size for a, b, size in kept).all())
    ended = Cat((left == 1) | wrong for left in lefts)
    harness.check("ended: one is left, or there is none", ~going | (inside["ended"] == ended))
    same = Cat(held.sizes[axis - 1] == sizes[axis] for axis in AXES[1:]).all()
    harness.check("held: the sizes are the view's", ~going | same)
    several = Cat(size > 1 for size in sizes).all()
    harness.cover("o: a walk through several elements of each dimension ends", walk.gave & walk.final & several)
    harness.cover("i: a view is taken with the last place of another", walk.took & walk.gave)
    harness.cover("o: a view without an element is told", walk.gave & dut.o.p.error)
    harness.cover("i: a view is taken behind one without an element", walk.took & going & wrong)


SUBJECTS = [
    Subject(block="racetrack", name="odometer", make=lambda: Odometer(CONFIG), describe=odometer, depth=2),
]

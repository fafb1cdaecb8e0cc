"""What the controller is told, what it says, and what it does to the device."""

from amaranth.hdl import Cat, Value
from amaranth.lib import enum, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from racelet.golden.racetrack.config import ENGINES, RacetrackConfig


class Code(enum.Enum, shape=3):
    """What a command asks for."""

    HOME = 0
    READ = 1
    WRITE = 2
    SWEEP = 3
    RECOVER = 4


class Engine(enum.Enum, shape=3):
    """How a word is written, in the order of the config's names."""

    NAIVE = 0
    DCW = 1
    PW = 2
    CW = 3
    CW_EARLY = 4
    CW_KNOWN = 5


class Error(enum.Enum, shape=4):
    """What was wrong with a command, or with its track."""

    NONE = 0
    COMMAND = 1
    """There is no such command."""
    TRACK = 2
    PORT = 3
    SLOT = 4
    """There is no such track, port or word."""
    ENGINE = 5
    """The controller has no such engine."""
    JOURNAL = 6
    """A write is to be finished first; or there is none to be finished, or it is another one."""
    NOT_HOMED = 7
    """The track has to go to its marker first."""
    WORD_COUNT = 8
    """The word has not as many ones as it must have."""
    WORD_GUARD = 9
    """The word's lowest bit is not one. Up to here nothing was done."""
    DISPLACED = 10
    """The track was not where it should have been, and has to go to its marker."""
    OLD_COUNT = 11
    """The word that was there had not as many ones as it must have; the new one is right."""
    READ_COUNT = 12
    """Neither has the one that was read."""
    NO_MARKER = 13
    """No marker was found, or something else was taken for it."""
    DEVICE_FAULT = 14
    """The device told a fault; what follows it was not done."""


class Kind(enum.Enum, shape=2):
    """Operations of the device."""

    DETECT = 0
    SHIFT = 1
    REMOVE = 2
    INSERT = 3


class Span(enum.Enum, shape=2):
    """Sites that a shift moves: those up to the port, those from it on, or all."""

    LEFT = 0
    RIGHT = 1
    ALL = 2


class Direction(enum.Enum, shape=1):
    """Where to."""

    LEFT = 0
    RIGHT = 1


def engine_code(name: str) -> Engine:
    """An engine by its name in a config."""
    return Engine(ENGINES.index(next(each for each in ENGINES if each == name)))


def word_place(config: RacetrackConfig) -> dict[str, int]:
    """Fields that tell which word."""
    most = {"track": config.tracks, "port": config.ports, "slot": config.words_per_port}
    return {name: (count - 1).bit_length() for name, count in most.items()}


def command(config: RacetrackConfig) -> StructLayout:
    """A command. ``slots`` only of a sweep, ``old`` only of what writes known words.

    A field for one of two or more has as many bits as it needs, one for a single one none.
    """
    known = config.word_bits if "cw_known" in config.engines else 0
    slots = config.words_per_port.bit_length() if config.sweep else 0
    return StructLayout(
        {
            "code": Code,
            "engine": Engine,
            **word_place(config),
            "slots": slots,
            "ones": config.word_bits.bit_length(),
            "word": config.word_bits,
            "old": known,
        }
    )


def response(config: RacetrackConfig) -> StructLayout:
    """What it is answered with; ``data`` only of a read that was done."""
    return StructLayout({"data": config.word_bits, "error": Error})


def swept(config: RacetrackConfig) -> StructLayout:
    """Bits of all ports at one step of a sweep.

    Outwards the lowest bit of a word comes first, and words from the port on; inwards all is the other way round.
    """
    return StructLayout({"bits": config.ports, "outwards": 1, "last": 1})


def journal(config: RacetrackConfig) -> StructLayout:
    """A permutation that goes on: of which word, and whether there was a skyrmion at the port before."""
    return StructLayout({"going": 1, "edge": 1, **word_place(config)})


class DeviceSignature(wiring.Signature):
    """Pins of the device, as the controller sees them; ``bits``, those of all ports, only where it sweeps.

    An operation is held as long as it takes; ``strobe`` marks its last cycle, in which it is done and what the device
    says is taken.

    Parameters
    ----------
    config : RacetrackConfig
    """

    def __init__(self, config: RacetrackConfig) -> None:
        place = word_place(config)
        every = {"bits": In(config.ports)} if config.sweep else {}
        super().__init__(
            {
                "valid": Out(1),
                "strobe": Out(1),
                "kind": Out(Kind),
                "home": Out(1),
                "track": Out(max(place["track"], 1)),
                "port": Out(max(place["port"], 1)),
                "span": Out(Span),
                "direction": Out(Direction),
                "bit": In(1),
                "fault": In(1),
                **every,
            }
        )


class JournalSignature(wiring.Signature):
    """Pins of a register that keeps its content without power.

    It takes ``value`` at the end of a cycle with ``write``, and shows in ``stored`` what it holds.

    Parameters
    ----------
    config : RacetrackConfig
    """

    def __init__(self, config: RacetrackConfig) -> None:
        super().__init__({"write": Out(1), "value": Out(journal(config)), "stored": In(journal(config))})


def count_ones(word: Value) -> Value:
    """How many bits of a word are ones: four bits at a time, as a look-up table has them, then in pairs."""
    counts: list[Value] = [_count_four(word[k : k + 4]) for k in range(0, len(word), 4)]
    while len(counts) > 1:
        counts = [sum(counts[k + 1 : k + 2], counts[k]) for k in range(0, len(counts), 2)]
    return counts[0]


def _count_four(bits: Value) -> Value:
    pairs = [(one, two) for k, one in enumerate(bits) for two in bits[k + 1 :]]
    some_pair = Cat(one & two for one, two in pairs).any()
    return Cat(bits.xor(), some_pair & ~(bits.all() & (len(bits) == 4)), bits.all() & (len(bits) == 4))

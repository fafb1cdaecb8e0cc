"""Shape of one fused depthwise + pointwise accelerator."""
# Ref: Xilinx, "DPUv1 to DPUv2: depthwise convolution on the DPU", 2021.

import dataclasses
import functools
from typing import Literal, get_args

from racelet.golden.adc.cells import Cells
from racelet.golden.adc.config import AdcConfig
from racelet.golden.adc.conversion import beat_interval
from racelet.golden.dwcpwc import imc_columns
from racelet.golden.racetrack.config import RacetrackConfig

Engine = Literal["parallel", "serial", "bitlet", "imc"]
Store = Literal["bram", "stream", "racetrack"]
Reads = Literal["naive", "buffer", "serpentine"]

BANKS = 9
"""Banks of the activation buffer: one per (row % 3, column % 3), so that any 3x3 window is one access."""

_BANK_BYTES = 8 * 2048
WORD_BITS = 11
"""Sites of a weight on a track: a word of the (11,4) code."""
_MOST_TRACKS = 256
_PIPELINE = 1 + 9 + 1 + 23 + 2 + 5 + 9 + 2 + 1 + 5 + 15 + 2 + 1
_BEATS = 7
"""Beats of the dot-product engine that are read and not done with: six that wait, and one that is worked on."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DwcPwcConfig:
    """Shape of one accelerator.

    Parameters
    ----------
    input_lanes : int
        N: int8 activations the dot-product engine takes per beat. 4, 8, 16 or 32.
    output_lanes : int
        M: output channels the dot-product engine makes per pass. 4, 8, 16 or 32.
    depthwise_lanes : int
        D: depthwise channels per cycle, each with nine multipliers. A power of two in 1..input_lanes.
    requantizers : int
        R: output bytes requantised per cycle. A power of two in 1..min(input_lanes, output_lanes).
    tile_pixels : int
        Pixels over which a set of pointwise weights can stay; also the partial sums kept per output lane. 1..64.
    tile_bytes : int
        Bytes of one half of the ping-pong tile. A multiple of input_lanes in 64..65536.
    weight_beat_bytes : int
        Bytes the weight store delivers per cycle. A power of two in 4..input_lanes * output_lanes.
    weight_bytes : int
        Capacity of the on-chip weight store, and the address range of an outside one. A multiple of
        input_lanes * output_lanes in 256..4194304.
    activation_bytes : int
        Capacity of the activation buffer, all nine banks. A multiple of 9 * input_lanes in 576..9437184.
    channels : int
        Output channels whose requantise parameters are kept on chip (all layers together). 16..65536.
    depthwise_channels : int
        Depthwise channels, counted once per 3x3 kernel block, kept on chip (all layers together). 16..65536.
    layers : int
        Layer descriptors kept on chip. 1..256.
    bandwidth : int
        Bytes per cycle of each stream by which tensors leave the chip and come back, and of the program's, which has
        at least a word of four. A power of two in 1..input_lanes.
    engine : {"parallel", "serial", "bitlet", "imc"}
        Kind of the dot-product engine: N * M multipliers; as many ANDs, which take eight cycles for a beat; 4 * M
        lanes, which take one digit of a weight in a cycle; or a macro of memory cells, whose columns 8 * M ADCs read
        bit by bit of the activations, in 64 cycles for a beat. For "bitlet" a beat of weights must hold whole rows of
        input_lanes, as a row's digits are counted when it is loaded.
    store : {"bram", "stream", "racetrack"}
        Kind of the weight store: on chip, read from outside for every tile, or on racetracks, one for each byte of a
        beat, which move together.
    store_ports : int
        Only with ``store`` "racetrack": access ports of a track. A power of two in 1..32.
    store_words_per_port : int
        Only with ``store`` "racetrack": weights left of each port. The first of all ports of all tracks are filled
        first, then the second. A power of two in 1..8.
    store_reads : {"naive", "buffer", "serpentine"}
        Only with ``store`` "racetrack": a weight is brought past its port and back; is left beyond the port, and the
        next one is read on the way back; or those of all ports are read at once, out and back in turn.

    Raises
    ------
    TypeError
        If a field is of the wrong kind.
    ValueError
        If a field is outside its range.

    Examples
    --------
    >>> DwcPwcConfig(input_lanes=8, output_lanes=8, depthwise_lanes=1).multipliers
    73
    """

    input_lanes: int = 8
    output_lanes: int = 8
    depthwise_lanes: int = 1
    requantizers: int = 4
    tile_pixels: int = 8
    tile_bytes: int = 16384
    weight_beat_bytes: int = 16
    weight_bytes: int = 229376
    activation_bytes: int = 73728
    channels: int = 2048
    depthwise_channels: int = 2048
    layers: int = 64
    bandwidth: int = 4
    engine: Engine = "parallel"
    store: Store = "bram"
    store_ports: int = 32
    store_words_per_port: int = 2
    store_reads: Reads = "serpentine"

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            kind = str if field.name in ("engine", "store", "store_reads") else int
            if not isinstance(value, kind) or isinstance(value, bool):
                raise TypeError(f"DwcPwcConfig.{field.name} must be {kind.__name__}, not {value!r}")
        lanes = (4, 8, 16, 32)
        n, m = self.input_lanes, self.output_lanes
        self._one_of("input_lanes", lanes)
        self._one_of("output_lanes", lanes)
        self._one_of("depthwise_lanes", _powers_of_two(1, n), f" (input_lanes={n})")
        self._one_of("requantizers", _powers_of_two(1, min(n, m)), f" (input_lanes={n}, output_lanes={m})")
        self._one_of("weight_beat_bytes", _powers_of_two(4, n * m), f" (input_lanes={n}, output_lanes={m})")
        self._in_range("tile_pixels", 1, 64)
        self._in_range("tile_bytes", 64, 65536, n)
        self._in_range("weight_bytes", 256, 4 << 20, n * m)
        self._in_range("activation_bytes", 576, 9 << 20, BANKS * n)
        self._in_range("channels", 16, 65536)
        self._in_range("depthwise_channels", 16, 65536)
        self._in_range("layers", 1, 256)
        self._one_of("bandwidth", _powers_of_two(1, n), f" (input_lanes={n})")
        self._one_of("engine", get_args(Engine))
        if self.engine == "bitlet" and self.weight_beat_bytes < n:
            raise ValueError(
                f"DwcPwcConfig.weight_beat_bytes must be at least input_lanes={n} for engine=bitlet (the digits of a "
                f"row of weights are counted when it is loaded), not {self.weight_beat_bytes}"
            )
        self._one_of("store", get_args(Store))
        self._one_of("store_ports", _powers_of_two(1, 32))
        self._one_of("store_words_per_port", _powers_of_two(1, 8))
        self._one_of("store_reads", get_args(Reads))
        ports, words = self.store_ports, self.store_words_per_port
        most = _MOST_TRACKS * ports * words * self.weight_beat_bytes
        if self.store == "racetrack" and self.weight_bytes > most:
            raise ValueError(
                f"DwcPwcConfig.weight_bytes must be at most {most} for store=racetrack ({_MOST_TRACKS} tracks for each "
                f"of weight_beat_bytes={self.weight_beat_bytes}, with store_ports={ports} * store_words_per_port="
                f"{words} weights), not {self.weight_bytes}"
            )

    def _one_of(self, name: str, allowed: tuple[int | str, ...], why: str = "") -> None:
        if getattr(self, name) not in allowed:
            options = ", ".join(str(value) for value in allowed)
            raise ValueError(f"DwcPwcConfig.{name} must be one of {options}{why}, not {getattr(self, name)}")

    def _in_range(self, name: str, low: int, high: int, multiple: int = 1) -> None:
        value = getattr(self, name)
        if not low <= value <= high or value % multiple:
            step = f" and a multiple of {multiple}" if multiple > 1 else ""
            raise ValueError(f"DwcPwcConfig.{name} must be in {low}..{high}{step}, not {value}")

    @property
    def multipliers(self) -> int:
        """8x8 multipliers: N * M for the dot products, where the engine is "parallel", and 9 * D for depthwise."""
        dots = self.input_lanes * self.output_lanes if self.engine == "parallel" else 0
        return dots + 9 * self.depthwise_lanes

    @property
    def gather_channels(self) -> int:
        """Channels of a 3x3 window that a GATHER layer fetches at once: as many as give a word in every cycle."""
        return max(self.input_lanes // 8, 1)

    @property
    def program_words(self) -> int:
        """Words of 32 bits in a beat of the program stream."""
        return max(self.bandwidth // 4, 1)

    @property
    def weight_words(self) -> int:
        """Words of a program that the weight store takes per cycle, at most: a beat's, or a row's of its memory."""
        return min(self.program_words, self.weight_beat_bytes // 4)

    @property
    def set_beats(self) -> int:
        """Weight beats that fill one M x N set of weights."""
        return self.input_lanes * self.output_lanes // self.weight_beat_bytes

    @property
    def sum_places(self) -> int:
        """Sums that the queue behind the dot-product engine holds; a power of two.

        Those of two tiles, and no fewer than are on their way from the tile to the queue's end and back.
        """
        return 1 << (max(2 * self.tile_pixels, 32) - 1).bit_length()

    @property
    def store_bank_beats(self) -> int:
        """Weight beats in one bank of the store on chip; a power of two.

        Eight block RAMs of 2048 bytes, which lie together, but no fewer beats than the 512 of the widest block RAM.
        """
        return max(_BANK_BYTES // self.weight_beat_bytes, 512)

    @property
    def store_banks(self) -> int:
        """Banks of the weight store on chip; a beat passes one per cycle."""
        return -(-(self.weight_bytes // self.weight_beat_bytes) // self.store_bank_beats)

    @functools.cached_property
    def store_tracks(self) -> RacetrackConfig:
        """Shape of the tracks of one byte of a beat; those of the others are alike and move with them.

        As many as are needed, rounded up to a power of two. A clock of at most 1 GHz is assumed, at which every
        operation takes one cycle.
        """
        ports, words = self.store_ports, self.store_words_per_port
        tracks = -(-self.weight_bytes // (self.weight_beat_bytes * ports * words))
        return RacetrackConfig(
            word_bits=WORD_BITS,
            ports=ports,
            words_per_port=words,
            tracks=1 << (tracks - 1).bit_length(),
            engines=("pw",),
            sweep=self.store_reads != "naive",
        )

    @property
    def store_row_beats(self) -> int:
        """Beats that one reading of the tracks gives."""
        return self.store_ports if self.store_reads == "serpentine" else 1

    @property
    def patience(self) -> int:
        """Cycles without a move after which a layer has come to a halt; a power of two.

        In a layer that goes on, something moves at least as often as the longest pipeline is deep: begin (1 cycle),
        window (9 and 1), depthwise path (23), tile (2 and 5), dot-product engine (9), queue (2), splitter (1), weight
        store (5), requantisers (15), write (2), and a cycle until a move is known of. Added to these are the banks of
        the weight store, or one reading of its tracks, the beats of a set of weights, the groups of a pixel's sums and
        the queue's length, and for an engine that works on a beat for several cycles those of the beats that wait. All
        is doubled and rounded up, so that no change of a latency makes a good program fail.
        """
        moves = self.store_banks + self.set_beats + self.output_lanes // self.requantizers + self.sum_places
        moves += _BEATS * (self._beat_cycles - 1)
        if self.store == "racetrack":
            # To the last word of a port and back, and a look at each of its bits.
            moves += (2 * self.store_words_per_port + 1) * WORD_BITS
        return 1 << (2 * (_PIPELINE + moves) - 1).bit_length()

    @property
    def _beat_cycles(self) -> int:
        """Cycles for which the dot-product engine works on a beat, at most."""
        slow = {"parallel": 1, "serial": 8, "bitlet": self.input_lanes}
        return beat_interval(self.imc_columns) if self.engine == "imc" else slow[self.engine]

    @property
    def imc_columns(self) -> AdcConfig:
        """Shape of the columns of the engine "imc"."""
        return imc_columns.columns(self.input_lanes, self.output_lanes)

    @property
    def imc_cells(self) -> Cells:
        """Its cells."""
        return imc_columns.cells(self.input_lanes, self.output_lanes)

    @property
    def imc_table(self) -> tuple[int, ...]:
        """DAC codes of the thresholds of its ADCs."""
        return imc_columns.table(self.input_lanes, self.output_lanes)

    @property
    def bank_bytes(self) -> int:
        """Bytes of one of the nine banks of the activation buffer."""
        return self.activation_bytes // BANKS


def _powers_of_two(low: int, high: int) -> tuple[int, ...]:
    return tuple(1 << k for k in range(high.bit_length()) if low <= 1 << k <= high)


PRESETS: dict[str, DwcPwcConfig] = {
    "tiny": DwcPwcConfig(
        input_lanes=4,
        output_lanes=4,
        depthwise_lanes=1,
        requantizers=2,
        weight_beat_bytes=4,
        bandwidth=4,
    ),
    "small": DwcPwcConfig(
        input_lanes=8, output_lanes=8, depthwise_lanes=1, requantizers=4, weight_beat_bytes=16, bandwidth=8
    ),
    "medium": DwcPwcConfig(
        input_lanes=8, output_lanes=8, depthwise_lanes=2, requantizers=4, weight_beat_bytes=16, bandwidth=8
    ),
    "large": DwcPwcConfig(
        input_lanes=16, output_lanes=16, depthwise_lanes=8, requantizers=16, weight_beat_bytes=64, bandwidth=16
    ),
}
"""Named shapes: 25, 73, 82 and 328 multipliers."""

"""Words and beats of tensors that go out, for the benches."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from racelet.golden.dwcpwc.config import DwcPwcConfig
from racelet.golden.dwcpwc.spiller import SpilledWord
from racelet.hw.dwcpwc.layouts import window
from racelet.sim.payload import pack, unpack


def spilled_words(rng: Generator, channels: int, pixels: int, config: DwcPwcConfig) -> list[SpilledWord]:
    """Words of a random tensor, pixel by pixel."""
    lanes = config.input_lanes
    tensor = rng.integers(-128, 128, (pixels, channels)).tolist()
    words = [pixel[first : first + lanes] for pixel in tensor for first in range(0, channels, lanes)]
    return [SpilledWord(values=word, final=int(number == len(words) - 1)) for number, word in enumerate(words)]


def window_payload(rng: Generator, word: SpilledWord, config: DwcPwcConfig) -> int:
    """The window in which a word comes: what is not used is noise."""
    layout = window(config)
    noise = unpack(layout, int.from_bytes(rng.bytes(-(-layout.size // 8)), "little") & ((1 << layout.size) - 1))
    used = [value & 0xFF for value in word.values]
    gathered = {"gathered": [*used, *noise["gathered"][len(used) :]], "gathered_count": len(used)}
    return pack(layout, noise | gathered | {"layer_last": word.final})


def beat_payload(beat: Sequence[int]) -> int:
    """Bytes of a beat of the fill or spill stream.

    Examples
    --------
    >>> hex(beat_payload([1, -1]))
    '0xff01'
    """
    return int.from_bytes(np.array(beat, np.int8).tobytes(), "little")

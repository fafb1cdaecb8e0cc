"""Cells of a macro as whole numbers, drawn once."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from racelet.golden.adc.cells import IR_SHIFT, Cells
from racelet.golden.adc.macro import lognormal
from racelet.golden.adc.macro_config import MacroConfig

_MOST_DROP = 0.25


class MacroShape(Protocol):
    """What a config says of its macro: as :class:`racelet.golden.adc.config.AdcConfig`, which draws cells itself."""

    @property
    def input_lanes(self) -> int:
        """Rows."""
        ...

    @property
    def word_lines(self) -> int:
        """Rows that are on at a time."""
        ...

    @property
    def adcs(self) -> int:
        """Pairs of columns."""
        ...

    @property
    def current_bits(self) -> int:
        """Of the mean current of a cell that is on."""
        ...


def sample_cells(config: MacroShape, macro: MacroConfig, seed: int) -> Cells:
    """Draw the cells of a macro, offsets and gains.

    Parameters
    ----------
    config : MacroShape
    macro : MacroConfig
        ``sense_noise`` is not in cells: :func:`racelet.golden.adc.logistic_noise.noise_scale` makes the scale of it.
    seed : int

    Returns
    -------
    Cells
        Currents to the nearest unit; the gain of a pair of columns is in its cells.

    Raises
    ------
    ValueError
        If the digital twin cannot be so: noise that grows with the current would need a multiplication of every sample,
        and a drop of more than a quarter would let currents fall while more cells are on.

    Examples
    --------
    >>> from racelet.golden.adc.config import AdcConfig
    >>> from racelet.golden.adc.macro_config import IDEAL
    >>> cells = sample_cells(AdcConfig(), IDEAL, 1)
    >>> cells.low.shape, np.unique(cells.low).tolist(), np.unique(cells.high).tolist(), cells.unit
    ((8, 16, 2), [64], [4], 60)
    """
    if macro.relative_noise:
        raise ValueError(
            "MacroConfig.relative_noise must be 0 for cells as whole numbers (every sample of noise would be "
            f"multiplied by a current), not {macro.relative_noise}"
        )
    if macro.ir_drop * config.word_lines > _MOST_DROP:
        raise ValueError(
            f"MacroConfig.ir_drop must be in 0..{_MOST_DROP / config.word_lines:g} for cells as whole numbers "
            f"(word_lines={config.word_lines}: a drop of at most a quarter), not {macro.ir_drop}"
        )
    rng = np.random.default_rng(seed)
    one = 1 << config.current_bits
    shape = (config.input_lanes, config.adcs, 2)
    gains = rng.normal(1, macro.gain_spread, (config.adcs, 1))
    low = lognormal(rng, one, macro.low_spread, shape) * gains
    high = lognormal(rng, one / macro.on_off_ratio, macro.high_spread, shape) * gains
    whole_low, whole_high = _nearest(low), _nearest(high)
    ideal_high = int(_nearest(np.array(one / macro.on_off_ratio)))
    return Cells(
        low=whole_low,
        high=whole_high,
        offsets=_nearest(rng.normal(0, macro.offset_spread * macro.step, config.adcs) * one),
        ir_factor=round(macro.ir_drop * (1 << IR_SHIFT)),
        unit=one - ideal_high,
    )


def _nearest(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.floor(values + 0.5).astype(np.int64)

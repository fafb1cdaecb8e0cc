"""How many operations a write or a read takes, from the words alone."""

from racelet.golden.racetrack.config import Engine, RacetrackConfig
from racelet.golden.racetrack.operations import Counts


def write_counts(
    old: int, new: int, engine: Engine, config: RacetrackConfig, *, slot: int = 0, edge: bool = False
) -> Counts:
    """Operations of :func:`racelet.golden.racetrack.write_engines.write`.

    Parameters
    ----------
    old, new : int
        The word that is there, and the new one; of engines of constant weight, with as many ones.
    engine, config, slot
        As there.
    edge : bool
        Highest bit of the word between this one and the port, if there is one.

    Returns
    -------
    Counts

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=1)
    >>> write_counts(0b1100, 0b1010, "cw_known", config)
    Counts(detect=0, shift=7, remove=0, insert=0)
    """
    width = config.word_bits
    there, wanted = old.bit_count(), new.bit_count()
    around = 2 * slot * width
    if engine == "naive":
        return Counts(shift=2 * width + around, remove=width, insert=wanted)
    if engine == "dcw":
        removed, inserted = (old & ~new).bit_count(), (new & ~old).bit_count()
        return Counts(shift=2 * width + around, detect=width, remove=removed, insert=inserted)
    look = int(slot > 0)
    if engine == "pw":
        surplus = max(there - wanted, 0)
        shifts = 2 * (width + 1) + surplus + around + (edge and surplus > 0)
        return Counts(shift=shifts, detect=width + look, remove=surplus, insert=max(wanted - there, 0))
    reach = constant_weight_reach(old, new, engine, config)
    if not reach:
        return Counts()
    differs = (old ^ new) >> (reach - 1) & 1
    return Counts(shift=2 * reach + differs + around, detect=look + (0 if engine == "cw_known" else reach))


def constant_weight_reach(old: int, new: int, engine: Engine, config: RacetrackConfig) -> int:
    """Sites from the port that a write of constant weight goes over.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=1)
    >>> [constant_weight_reach(0b010110, 0b010101, engine, config) for engine in ("cw", "cw_early", "cw_known")]
    [8, 5, 2]
    """
    if engine == "cw":
        return config.word_bits
    return max(old.bit_length(), new.bit_length()) if engine == "cw_early" else (old ^ new).bit_length()


def read_counts(config: RacetrackConfig, *, slot: int = 0) -> Counts:
    """Operations of :func:`racelet.golden.racetrack.write_engines.read`.

    Examples
    --------
    >>> read_counts(RacetrackConfig(word_bits=8), slot=1)
    Counts(detect=8, shift=32, remove=0, insert=0)
    """
    return Counts(shift=2 * (slot + 1) * config.word_bits, detect=config.word_bits)

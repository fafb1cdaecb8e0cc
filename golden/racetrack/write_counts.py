"""How many operations a write or a read takes, from the words alone."""

from racelet.golden.racetrack.config import Engine, Known, RacetrackConfig
from racelet.golden.racetrack.operations import Counts


def write_counts(
    old: int, new: int, engine: Engine, config: RacetrackConfig, *, slot: int = 0, known: Known = "full"
) -> Counts:
    """Operations of :func:`racelet.golden.racetrack.write_engines.write`.

    Parameters
    ----------
    old, new : int
        The word that is there, and the new one; of ``cw``, with as many ones.
    engine, config, slot, known
        As there.

    Returns
    -------
    Counts

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=1)
    >>> write_counts(0b1100, 0b1010, "cw", config, known="known")
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
    around += 2 if slot else 0
    if engine == "pw":
        surplus = max(there - wanted, 0)
        shifts = 2 * (width + 1) + surplus + around
        return Counts(shift=shifts, detect=width, remove=surplus, insert=max(wanted - there, 0))
    reach = constant_weight_reach(old, new, config, known)
    differs = reach > 0 and bool((old ^ new) >> (reach - 1) & 1)
    return Counts(shift=2 * reach + differs + around, detect=0 if known == "known" else reach)


def constant_weight_reach(old: int, new: int, config: RacetrackConfig, known: Known) -> int:
    """Sites from the port that a write of constant weight goes over.

    Examples
    --------
    >>> config = RacetrackConfig(word_bits=8, ports=1)
    >>> [constant_weight_reach(0b010110, 0b010101, config, known) for known in ("full", "early", "known")]
    [8, 5, 2]
    """
    if known == "full":
        return config.word_bits
    return max(old.bit_length(), new.bit_length()) if known == "early" else (old ^ new).bit_length()


def read_counts(config: RacetrackConfig, *, slot: int = 0) -> Counts:
    """Operations of :func:`racelet.golden.racetrack.write_engines.read`.

    Examples
    --------
    >>> read_counts(RacetrackConfig(word_bits=8), slot=1)
    Counts(detect=8, shift=32, remove=0, insert=0)
    """
    return Counts(shift=2 * (slot + 1) * config.word_bits, detect=config.word_bits)

"""How a network of an in-memory-computing macro is trained: the methods, the networks and what can be chosen."""
# Ref: K. Simonyan, A. Zisserman, Very Deep Convolutional Networks, ICLR 2015 (VGG). arXiv:1409.1556

import dataclasses
import hashlib
import json
import math
from typing import Any, Literal, get_args

Method = Literal["ste", "noise", "concrete", "concrete-st"]
Dataset = Literal["digits", "cifar10"]
Readout = Literal["group", "slices"]
METHODS: tuple[Method, ...] = get_args(Method)
DATASETS: tuple[Dataset, ...] = get_args(Dataset)
READOUTS: tuple[Readout, ...] = get_args(Readout)
SAMPLING = ("hot", "cold", "warmup", "widen")
"""Fields of a recipe that only methods with samples of the Concrete distribution have a use for."""
OWN = ("alpha_factor", *SAMPLING)
"""Fields that may be otherwise for these methods than for the others they are compared with."""

WEIGHTS = (-2, 1)
"""Least and largest weight: two bits, two's complement."""
ACTIVATIONS = 3
"""Largest activation: two bits."""
BITS = 2
"""Of a weight's magnitude, and of an activation."""
_SEED_MAX = 2**31 - 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer of a network.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    kernel : int
        Rows and columns of the kernel; 1 for a layer without places.
    padding : int
        Zeros around the image.
    pool : bool
        Whether the largest of each 2x2 activations is taken.
    digital : bool
        Whether sums are exact: no converter reads them.
    """

    inputs: int
    outputs: int
    kernel: int = 1
    padding: int = 0
    pool: bool = False
    digital: bool = False

    def groups(self, rows: int) -> int:
        """Groups of channels whose sums are read apart.

        Parameters
        ----------
        rows : int
            Word lines that a group may take.
        """
        most = max(rows // self.kernel**2, 1)
        return 1 if self.digital else -(-self.inputs // most)

    def group_channels(self, rows: int) -> int:
        """V: channels of a group; the last one may have fewer."""
        return -(-self.inputs // self.groups(rows))


NETWORKS: dict[Dataset, tuple[Layer, ...]] = {
    "digits": (Layer(inputs=64, outputs=128), Layer(inputs=128, outputs=64), Layer(inputs=64, outputs=10)),
    "cifar10": (
        Layer(inputs=3, outputs=16, kernel=3, padding=1, digital=True),
        Layer(inputs=16, outputs=16, kernel=3, padding=1, pool=True),
        Layer(inputs=16, outputs=32, kernel=3, padding=1),
        Layer(inputs=32, outputs=32, kernel=3, padding=1, pool=True),
        Layer(inputs=32, outputs=64, kernel=3, padding=1),
        Layer(inputs=64, outputs=64, kernel=3, padding=1, pool=True),
        Layer(inputs=64, outputs=128, kernel=4),
        Layer(inputs=128, outputs=10),
    ),
}
"""Layers of each data set's network. The first one of CIFAR-10 has pixels of 8 bits, and is computed digitally."""

DEFAULTS: dict[Dataset, dict[str, Any]] = {
    "digits": {"sigma": 6.0, "rows": 32, "epochs": 100, "batch": 64, "rate": 0.1},
    "cifar10": {"sigma": 4.0, "rows": 144, "epochs": 18, "batch": 64, "rate": 0.05},
}
# Slopes of samples differ so widely after seven converters that steps which are learned faster wander off.
SAMPLED: dict[Dataset, dict[str, Any]] = {
    "digits": {},
    "cifar10": {"alpha_factor": 1.0, "cold": 0.5, "warmup": 0.6, "widen": True},
}
"""What is otherwise for methods with samples of the Concrete distribution."""
SLICES_SIGMA = 1.0
"""Usual noise where slices are read: their sums are smaller."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained. :func:`recipe` fills in what is usual for a data set.

    Parameters
    ----------
    dataset : {"digits", "cifar10"}
    method : {"ste", "noise", "concrete", "concrete-st"}
        Straight-through estimator; the same with noise injected; samples of the Concrete distribution; one-hot samples
        with their gradients.
    seed : int
        Of weights, order, distortions and noise. 0..2**31 - 1.
    readout : {"group", "slices"}
        What a converter reads: the whole sum of a group; or, one after the other, its part of every bit of the
        activations and of the weights' magnitudes, which are shifted and added once they are digital.
    sigma : float
        Standard deviation of the noise in training, in MAC units. Above 0..64; "ste" trains without.
    rows : int
        Word lines of a group, at most: with a kernel of 3x3, nine times the channels of a group. 9..1024.
    levels : int
        Of a converter. A power of two in 4..256.
    epochs : int
        1..10000.
    batch : int
        Images per step. 2..1024.
    rate : float
        Learning rate of Adam at the peak of the one-cycle schedule. Above 0..1.
    alpha_factor : float
        By how much that of the converters' steps is larger.
    images : int or None
        Training images that are used, the first ones; None: all. At least a batch.
    hot, cold : float
        Temperatures that training of "concrete" and "concrete-st" begins and ends with.
    warmup : float
        Part of the training, from its beginning, in which "concrete" and "concrete-st" go straight through without
        noise, as "ste". 0 to below 1.
    widen : bool
        Whether samples get as much more noise as their temperature takes from them.

    Raises
    ------
    ValueError
        If a field is outside its range.
    """

    dataset: Dataset
    method: Method = "noise"
    seed: int = 0
    readout: Readout = "group"
    sigma: float
    rows: int
    levels: int = 32
    epochs: int
    batch: int
    rate: float
    alpha_factor: float = 10.0
    images: int | None = None
    hot: float = 1.0
    cold: float = 0.2
    warmup: float = 0.0
    widen: bool = False

    def __post_init__(self) -> None:
        if self.dataset not in DATASETS:
            raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, not {self.dataset}")
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {self.method}")
        if self.readout not in READOUTS:
            raise ValueError(f"readout must be one of {', '.join(READOUTS)}, not {self.readout}")
        for name, low, high in (("seed", 0, _SEED_MAX), ("rows", 9, 1024), ("epochs", 1, 10_000), ("batch", 2, 1024)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be in {low}..{high}, not {getattr(self, name)}")
        for name, high in (("sigma", 64), ("rate", 1), ("hot", 10), ("cold", 10)):
            value = getattr(self, name)
            if not 0 < value <= high or math.isnan(value):
                raise ValueError(f"{name} must be above 0 and at most {high}, not {value}")
        if not 0 <= self.warmup < 1:
            raise ValueError(f"warmup must be at least 0 and below 1, not {self.warmup}")
        if self.images is not None and self.images < self.batch:
            raise ValueError(f"images must be at least {self.batch} (a batch), not {self.images}")
        if self.levels not in {1 << bits for bits in range(2, 9)}:
            raise ValueError(f"levels must be a power of two in 4..256 (2 to 8 bits), not {self.levels}")

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The network's."""
        return NETWORKS[self.dataset]

    @property
    def lowest(self) -> int:
        """First code of a converter."""
        return -self.levels // 2

    @property
    def name(self) -> str:
        """A file's name, which other recipes do not have."""
        digest = hashlib.sha256(json.dumps(dataclasses.asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{self.dataset}-{self.method}-seed{self.seed}-{digest[:8]}"

    def temperature(self, part: float) -> float | None:
        """Temperature when a part of the training is done, 0..1: from hot to cold by equal factors.

        None while the method is still warmed up.
        """
        if part < self.warmup:
            return None
        return self.hot * (self.cold / self.hot) ** ((part - self.warmup) / (1 - self.warmup))


def has_samples(method: str) -> bool:
    """Whether a method takes samples of the Concrete distribution.

    Examples
    --------
    >>> [method for method in METHODS if has_samples(method)]
    ['concrete', 'concrete-st']
    """
    return method in {"concrete", "concrete-st"}


def recipe(dataset: Dataset, **changes: Any) -> Recipe:
    """The usual recipe of a data set.

    Parameters
    ----------
    dataset : {"digits", "cifar10"}
    **changes
        Fields that are otherwise; None for those that are not.

    Raises
    ------
    ValueError
        If a field is outside its range.
    """
    if dataset not in DATASETS:
        raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, not {dataset}")
    wanted = {name: value for name, value in changes.items() if value is not None}
    usual = {"sigma": SLICES_SIGMA} if wanted.get("readout") == "slices" else {}
    sampled = SAMPLED[dataset] if has_samples(wanted.get("method", Recipe.method)) else {}
    return Recipe(dataset=dataset, **{**DEFAULTS[dataset], **usual, **sampled, **wanted})

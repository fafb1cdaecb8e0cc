"""Images of nothing, in the shape of the data sets, and networks that are not trained."""

import numpy as np

from racelet.train.adc.deployed import Deployed, DeployedLayer, requantize_table
from racelet.train.adc.images import Images


def digits(train: int = 128, test: int = 40) -> Images:
    """A bright row says which of ten classes it is, so that they can be learned."""
    rng = np.random.default_rng(1)

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(count) % 10
        images = rng.integers(0, 4, (count, 1, 8, 8))
        images[np.arange(count), 0, labels % 8, :] += 10
        images[labels >= 8, 0, :, 0] += 3
        return images.astype(np.uint8), labels.astype(np.int64)

    return _images(part(train), part(test))


def cifar(train: int = 16, test: int = 8) -> Images:
    """Random colours."""
    rng = np.random.default_rng(2)

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(0, 256, (count, 3, 32, 32)).astype(np.uint8), np.arange(count) % 10

    return _images(part(train), part(test))


def network(alpha: float = 2.3, seed: int = 3, *, slices: bool = False) -> Deployed:
    """A convolution of three groups, pooled, and a layer of classes."""
    rng = np.random.default_rng(seed)
    scale, shift = rng.normal(size=4) * 0.3, rng.normal(size=4)
    sign, table = requantize_table(scale, shift)
    first = DeployedLayer(
        weights=rng.integers(-2, 2, (4, 5, 3, 3)).astype(np.int8),
        alpha=alpha,
        lowest=-16,
        levels=32,
        group_channels=2,
        slices=slices,
        padding=1,
        pool=True,
        sign=sign,
        requantize=table,
        bias=np.zeros(4, np.int64),
        scale=scale,
        shift=shift,
    )
    last = DeployedLayer(
        weights=rng.integers(-2, 2, (3, 4, 2, 2)).astype(np.int8),
        alpha=1.5,
        lowest=-16,
        levels=32,
        group_channels=4,
        slices=slices,
        padding=0,
        pool=False,
        sign=-np.ones(3, np.int64),
        requantize=np.zeros((3, 0), np.int64),
        bias=rng.integers(-5, 6, 3),
        scale=np.full(3, -0.1),
        shift=np.zeros(3),
    )
    return Deployed(layers=(first, last), recipe={"dataset": "none"})


def _images(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> Images:
    return Images(train=train[0], train_labels=train[1], test=test[0], test_labels=test[1])

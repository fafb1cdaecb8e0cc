"""Training of the digits network in PyTorch."""
# Ref: L. Smith, N. Topin, Super-Convergence, 2018 (the one-cycle schedule). arXiv:1708.07120

import dataclasses
import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from racelet.train.digits_data import LEVELS
from racelet.train.ds_cnn import DsCnn
from racelet.train.float_network import FloatNetwork

_SEED_MAX = 2**63 - 1
_EPOCHS_MAX = 10_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the network is trained. The defaults were chosen on validation images; see :mod:`racelet.train.digits`.

    Parameters
    ----------
    seed : int
        Of the first weights, the order of the images and their distortions. 0..2**63 - 1.
    epochs : int
        Passes over the images. 1..10000.
    batch : int
        Images per step.
    learning_rate, weight_decay, label_smoothing : float
        Of AdamW at the peak of the one-cycle schedule, and of the cross entropy.
    rotation, shear, zoom, shift : float
        Largest distortion of a training image: radians, slope, part of the size, pixels.

    Raises
    ------
    ValueError
        If the seed or the epochs are outside their range.
    """

    seed: int = 0
    epochs: int = 150
    batch: int = 64
    learning_rate: float = 0.03
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    rotation: float = 0.1
    shear: float = 0.05
    zoom: float = 0.05
    shift: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.seed <= _SEED_MAX:
            raise ValueError(f"seed must be in 0..{_SEED_MAX} (the range of PyTorch's generator), not {self.seed}")
        if not 1 <= self.epochs <= _EPOCHS_MAX:
            raise ValueError(f"epochs must be in 1..{_EPOCHS_MAX}, not {self.epochs}")


def train(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    recipe: Recipe,
    report: Callable[[int, float], None] | None = None,
) -> FloatNetwork:
    """Train a network from the start.

    Runs on one thread, without kernels chosen by the processor, so that the same recipe gives the same bits.

    Parameters
    ----------
    images : uint8, shape (n, 8, 8)
        Grey levels 0..16; at least one batch of them.
    labels : int64, shape (n,)
        Digits 0..9.
    recipe : Recipe
    report : callable, optional
        Called after every epoch with the epochs done and their last loss.

    Returns
    -------
    FloatNetwork
        For images of 0..1, batch normalisation folded.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.

    Examples
    --------
    >>> network = train(images, labels, Recipe(epochs=1))  # doctest: +SKIP
    """
    torch = import_torch()
    generator = torch.Generator().manual_seed(recipe.seed)
    model = DsCnn(torch, generator)
    decayed, plain = model.parameters()
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate)
    batches = len(images) // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=recipe.epochs * batches, pct_start=0.2
    )
    inputs = torch.tensor(images, dtype=torch.float32)[..., None] / LEVELS
    targets = torch.tensor(labels)
    for epoch in range(recipe.epochs):
        order = torch.randperm(len(images), generator=generator)
        loss = torch.zeros(())
        for chosen in order[: batches * recipe.batch].reshape(batches, recipe.batch):
            logits = model(distort(torch, inputs[chosen], generator, recipe))
            loss = torch.nn.functional.cross_entropy(logits, targets[chosen], label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        if report is not None:
            report(epoch + 1, loss.item())
    return model.fold()


def import_torch() -> Any:
    """Import PyTorch, set to give the same bits on every processor as far as it can.

    The settings come too late if something else imported PyTorch before.

    Returns
    -------
    module
        ``torch``.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    """
    os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")
    os.environ.setdefault("MKL_CBWR", "COMPATIBLE")
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False
    torch.use_deterministic_algorithms(True)
    return torch


def distort(torch: Any, images: Any, generator: Any, recipe: Recipe) -> Any:
    """Turn, shear, zoom and shift every image by its own random amount.

    Parameters
    ----------
    torch : module
    images : torch.Tensor, shape (n, rows, columns, 1)
    generator : torch.Generator
    recipe : Recipe
        Has the largest amounts.

    Returns
    -------
    torch.Tensor, as ``images``
    """
    count, rows, columns, _ = images.shape

    def amount(largest: float) -> Any:
        return (torch.rand(count, generator=generator) * 2 - 1) * largest

    angle, zoom, shear = amount(recipe.rotation), 1 + amount(recipe.zoom), amount(recipe.shear)
    right, down = amount(recipe.shift) * 2 / columns, amount(recipe.shift) * 2 / rows
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    across = torch.stack([cosine, shear - sine, right], -1)
    along = torch.stack([sine, cosine, down], -1)
    grid = torch.nn.functional.affine_grid(
        torch.stack([across, along], 1), (count, 1, rows, columns), align_corners=False
    )
    moved = torch.nn.functional.grid_sample(images.permute(0, 3, 1, 2), grid, align_corners=False)
    return moved.permute(0, 2, 3, 1)

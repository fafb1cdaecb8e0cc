"""Training of one network: steps, checkpoints that a later call goes on from, and what came out."""
# Ref: L. Smith, N. Topin, Super-Convergence, 2018 (the one-cycle schedule). arXiv:1708.07120

import datetime as dt
import importlib
import io
import json
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from racelet.train.adc.deployed import Deployed, load_deployed
from racelet.train.adc.images import Images, input_codes
from racelet.train.adc.network import MacroNetwork
from racelet.train.adc.recipe import Dataset, Recipe
from racelet.train.digits_data import LEVELS
from racelet.train.files import write_whole
from racelet.train.training import Recipe as Distortion
from racelet.train.training import distort

SIGMAS: dict[Dataset, tuple[float, ...]] = {
    "digits": (0.0, 2.0, 4.0, 6.0, 8.0, 10.0),
    "cifar10": (0.0, 2.0, 3.0, 4.0, 5.0, 6.0),
}
"""Noise that accuracy is told against, besides that of the training; in MAC units."""
SLICES_SIGMAS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
"""The same where slices are read."""
DRAWS: dict[Dataset, int] = {"digits": 10, "cifar10": 2}
"""How often the test images are shown for each; the mean is told."""
_SAVE_S = 5.0
"""Least time between checkpoints."""
_SHIFT = 3
"""Pixels that images of CIFAR-10 are shifted by at most."""

Report = Callable[[int, float], None]


def load_torch() -> Any:
    """Import PyTorch.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed.
    """
    return importlib.import_module("torch")


class Training:
    """A network on its way; what a checkpoint has.

    Parameters
    ----------
    torch : module
    recipe : Recipe
    images : Images
    """

    def __init__(self, torch: Any, recipe: Recipe, images: Images) -> None:
        self._torch, self.recipe = torch, recipe
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._host = torch.Generator().manual_seed(recipe.seed)
        self._noise = torch.Generator(device=self.device).manual_seed(recipe.seed)
        self.network = MacroNetwork(torch, recipe, self.device, self._noise)
        self._inputs = torch.tensor(images.train, dtype=torch.float32)
        self._labels = torch.tensor(images.train_labels)
        self.batches = max(len(self._inputs) // recipe.batch, 1)
        alphas, rest = self.network.parameters()
        rates = [recipe.rate * recipe.alpha_factor, recipe.rate]
        groups = [{"params": each, "lr": rate} for each, rate in zip((alphas, rest), rates, strict=True)]
        self._optimizer = torch.optim.Adam(groups)
        steps = recipe.epochs * self.batches
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(self._optimizer, rates, total_steps=steps, pct_start=0.2)
        self.epochs, self.cpu_seconds = 0, 0.0
        self.network.calibrate(input_codes(recipe.dataset, self._inputs[:512]).to(self.device))

    def epoch(self) -> float:
        """Train for one epoch; gives the mean loss."""
        torch, recipe = self._torch, self.recipe
        began = time.process_time()
        order = torch.randperm(len(self._inputs), generator=self._host)
        losses = torch.zeros((), device=self.device)
        for step in range(self.batches):
            chosen = order[step * recipe.batch : (step + 1) * recipe.batch]
            inputs = input_codes(recipe.dataset, self._distorted(self._inputs[chosen])).to(self.device)
            part = (self.epochs + step / self.batches) / recipe.epochs
            results = self.network.forward(inputs, recipe.temperature(part))
            loss = torch.nn.functional.cross_entropy(results, self._labels[chosen].to(self.device))
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            self._schedule.step()
            self.network.constrain()
            losses += loss.detach()
        self.epochs += 1
        self.cpu_seconds += time.process_time() - began
        return float(losses) / self.batches

    def _distorted(self, images: Any) -> Any:
        torch = self._torch
        if self.recipe.dataset == "digits":
            moved = distort(torch, images.permute(0, 2, 3, 1) / LEVELS, self._host, Distortion())
            return moved.permute(0, 3, 1, 2) * LEVELS
        flipped = torch.rand(len(images), generator=self._host) < 0.5
        images = torch.where(flipped[:, None, None, None], images.flip(3), images)
        padded = torch.nn.functional.pad(images, [_SHIFT] * 4, mode="reflect")
        down, right = (torch.randint(2 * _SHIFT + 1, (len(images),), generator=self._host) for _ in range(2))
        side = torch.arange(images.shape[2])
        each = torch.arange(len(images))[:, None, None]
        rows, columns = (down[:, None] + side)[:, :, None], (right[:, None] + side)[:, None, :]
        return padded.permute(0, 2, 3, 1)[each, rows, columns].permute(0, 3, 1, 2)

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        file = io.BytesIO()
        parts = {
            "network": self.network.state,
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "host": self._host.get_state(),
            "noise": self._noise.get_state(),
            "epochs": self.epochs,
            "cpu_seconds": self.cpu_seconds,
        }
        self._torch.save(parts, file)
        write_whole(path, file.getvalue())

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises
        ------
        ValueError
            If it cannot be read.
        """
        torch = self._torch
        try:
            parts = torch.load(path, map_location="cpu", weights_only=True)
            with torch.no_grad():
                for name, value in self.network.state.items():
                    value.copy_(parts["network"][name])
            self._optimizer.load_state_dict(parts["optimizer"])
            self._schedule.load_state_dict(parts["schedule"])
            self._host.set_state(parts["host"])
            self._noise.set_state(parts["noise"])
            self.epochs, self.cpu_seconds = parts["epochs"], parts["cpu_seconds"]
        except Exception as error:
            raise ValueError(f"{path} is no checkpoint that can be gone on from; remove it to begin anew") from error


def train_network(recipe: Recipe, images: Images, folder: Path, report: Report | None = None) -> dict[str, Any]:
    """Train a network, or go on where an earlier call was interrupted, or give what an earlier call found.

    In the folder a checkpoint is kept while it is trained; then the network, as :mod:`racelet.train.adc.deployed` has
    it, and what is returned, as JSON. Each file is there whole or not at all.

    Parameters
    ----------
    recipe : Recipe
    images : Images
    folder : Path
    report : callable, optional
        Called after every epoch with the epochs done and their loss.

    Returns
    -------
    dict
        ``recipe``, ``accuracy`` (a list of ``sigma`` and ``percent``), ``epochs``, ``cpu_seconds``, ``date``,
        ``versions``, ``device``, ``alphas``, ``images``.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    ValueError
        If a file of the folder cannot be read, or there are too few images.
    """
    done = folder / f"{recipe.name}.json"
    if done.is_file():
        return read_result(done)
    torch = load_torch()
    images = images.first(recipe.images)
    if len(images.train) < recipe.batch:
        raise ValueError(f"batch must be at most {len(images.train)} (the training images), not {recipe.batch}")
    training, checkpoint = Training(torch, recipe, images), folder / f"{recipe.name}.checkpoint"
    if checkpoint.is_file():
        training.restore(checkpoint)
    saved = time.monotonic()
    while training.epochs < recipe.epochs:
        loss = training.epoch()
        if time.monotonic() - saved > _SAVE_S or training.epochs == recipe.epochs:
            training.save(checkpoint)
            saved = time.monotonic()
        if report is not None:
            report(training.epochs, loss)
    network = Deployed(layers=training.network.deploy().layers, recipe=vars(recipe))
    found = {
        "recipe": dict(vars(recipe)),
        "accuracy": accuracies(network, recipe, images),
        "epochs": training.epochs,
        "cpu_seconds": round(training.cpu_seconds, 1),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "versions": _versions(torch),
        "device": torch.cuda.get_device_name() if training.device.type == "cuda" else platform.machine(),
        "alphas": [layer.alpha for layer in network.layers if layer.levels],
        "images": {"train": len(images.train), "test": len(images.test)},
    }
    write_whole(folder / f"{recipe.name}.npz", network.content())
    write_whole(done, (json.dumps(found, indent=2) + "\n").encode())
    checkpoint.unlink(missing_ok=True)
    return found


def accuracies(network: Deployed, recipe: Recipe, images: Images) -> list[dict[str, float]]:
    """Accuracy of the integer network against the noise that is injected into its sums."""
    inputs = input_codes(recipe.dataset, images.test.astype(np.int64))
    found = []
    sigmas = SLICES_SIGMAS if recipe.readout == "slices" else SIGMAS[recipe.dataset]
    for sigma in sorted({*sigmas, recipe.sigma}):
        draws = DRAWS[recipe.dataset] if sigma else 1
        shares = [
            network.accuracy(inputs, images.test_labels, sigma, 1000 * recipe.seed + draw) for draw in range(draws)
        ]
        found.append({"sigma": sigma, "percent": round(100 * float(np.mean(shares)), 3)})
    return found


def read_result(path: Path) -> dict[str, Any]:
    """Read what :func:`train_network` wrote.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        load_deployed(path.with_suffix(".npz"))
        if not {"recipe", "accuracy"} <= set(found):
            raise ValueError("it has no accuracy")
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is damaged; remove it to train anew: {error}") from error
    return found


def _versions(torch: Any) -> Mapping[str, str]:
    try:
        own = version("racelet")
    except PackageNotFoundError:
        own = "unknown"
    return {"racelet": own, "python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__}

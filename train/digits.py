"""Train, quantise and write the shipped network for handwritten digits.

The recipe was chosen with ``--validate`` alone, which trains on four fifths of the training images and reports on the
rest. What ships is trained once on all 1,437 training images and calibrated on them; the 360 test images take part in
nothing but the accuracy that is printed at the end.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from racelet.nn.graph import Graph
from racelet.nn.reference import LiteRtReference
from racelet.nn.tflite_writer import write_tflite
from racelet.train.digits_data import (
    CLASSES,
    INPUT_SCALE,
    INPUT_ZERO_POINT,
    VALIDATION_PER_CLASS,
    DigitsData,
    hold_out,
    load_data,
    quantize_images,
    real_images,
)
from racelet.train.files import write_whole
from racelet.train.float_network import FloatNetwork, forward
from racelet.train.quantize import quantize
from racelet.train.training import Recipe, train

_EXAMPLES = """\
examples:
  python -m racelet.train.digits --out nn/models/digits     what ships, from the root of the repository
  python -m racelet.train.digits --validate --epochs 40     accuracy on validation images; writes nothing
"""


def make_labels(data: DigitsData, positions: NDArray[np.int64]) -> str:
    """Text of a labels file.

    Parameters
    ----------
    data : DigitsData
    positions : int64, shape (n,)
        Images, as positions in the data set.

    Returns
    -------
    str
        CSV with a header; names have the position in the data set, so that they sort in the order of the images.

    Examples
    --------
    >>> one = np.array([0])
    >>> data = DigitsData(images=np.zeros((1, 8, 8), np.uint8), labels=np.array([7]), train=one, test=one)
    >>> print(make_labels(data, one), end="")
    name,classes,label
    digit_0000,10,7
    """
    rows = [f"digit_{position:04d},{CLASSES},{data.labels[position]}" for position in positions]
    return "\n".join(["name,classes,label", *rows]) + "\n"


def int8_accuracy(graph: Graph, inputs: NDArray[np.int8], labels: NDArray[np.int64]) -> float:
    """Share of images that the quantised network gets right on LiteRT's reference kernels.

    Parameters
    ----------
    graph : Graph
    inputs : int8, shape (n, rows, columns, channels)
        Codes of the input.
    labels : int64, shape (n,)
        Classes.

    Returns
    -------
    float
        0..1; of equal outputs the first one counts.

    Examples
    --------
    >>> from racelet.train.float_network import FloatLayer
    >>> conv = FloatLayer(name="c", kind="CONV_2D", weights=np.ones((1, 1, 1, 1)), bias=np.zeros(1))
    >>> dense = FloatLayer(name="d", kind="FULLY_CONNECTED", weights=np.array([[-1.0], [1.0]]), bias=np.array([0.5, 0]))
    >>> network, images = FloatNetwork(convolutions=(conv,), classifier=dense), np.array([0.0, 1.0]).reshape(2, 1, 1, 1)
    >>> graph = quantize(network, images, 1 / 255, -128)
    >>> int8_accuracy(graph, np.array([-128, 127], np.int8).reshape(2, 1, 1, 1), np.array([0, 1]))
    1.0
    """
    reference = LiteRtReference(write_tflite(graph))
    classes = [int(reference.run(image)[graph.output].argmax()) for image in inputs]
    return float(np.mean(np.array(classes) == labels))


def float_accuracy(network: FloatNetwork, images: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Share of images that the float network gets right.

    Parameters
    ----------
    network : FloatNetwork
    images : float64, shape (n, rows, columns, channels)
        Real values of the input.
    labels : int64, shape (n,)
        Classes.

    Returns
    -------
    float
        0..1.

    Examples
    --------
    >>> from racelet.train.float_network import FloatLayer
    >>> dense = FloatLayer(name="d", kind="FULLY_CONNECTED", weights=np.array([[-1.0], [1.0]]), bias=np.array([0.5, 0]))
    >>> network, images = FloatNetwork(convolutions=(), classifier=dense), np.array([0.0, 1.0]).reshape(2, 1, 1, 1)
    >>> float_accuracy(network, images, np.array([0, 0]))
    0.5
    """
    return float(np.mean(forward(network, images)[-1].argmax(axis=1) == labels))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        Exit code: 0 done, 2 the request is wrong or something it needs is missing.
    """
    options = _parser().parse_args(arguments)
    try:
        recipe = Recipe(seed=options.seed, epochs=options.epochs)
        _run(recipe, options.out)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"torch", "sklearn"}:
            raise
        package = {"torch": "PyTorch", "sklearn": "scikit-learn"}[error.name.partition(".")[0]]
        _fail(f"training needs {package}, which is not installed: make setup EXTRAS=train, or install racelet[train]")
        return 2
    except (ValueError, OSError) as error:
        _fail(str(error))
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m racelet.train.digits",
        description="Train the shipped network for handwritten digits, quantise it to int8 and write its files.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=Path, metavar="DIR", help="folder for digits.tflite, inputs.npy and labels.csv")
    target.add_argument("--validate", action="store_true", help="hold a fifth of the training images out and report")
    parser.add_argument("--seed", type=int, default=Recipe.seed, help="default: %(default)s, which ships")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs, help="default: %(default)s, which ships")
    return parser


def _run(recipe: Recipe, out: Path | None) -> None:
    data = load_data()
    positions, held, name = data.train, data.test, "test"
    if out is None:
        positions, held = hold_out(data.train, data.labels, VALIDATION_PER_CLASS, "validation")
        name = "validation"
    else:
        out.mkdir(parents=True, exist_ok=True)
    network = train(data.images[positions], data.labels[positions], recipe, _progress(recipe.epochs))
    graph = quantize(network, real_images(data.images[positions]), INPUT_SCALE, INPUT_ZERO_POINT)
    inputs, labels = quantize_images(data.images[held]), data.labels[held]
    if out is not None:
        write_whole(out / "digits.tflite", write_tflite(graph, "racelet digits, Apache-2.0"))
        write_whole(out / "inputs.npy", _npy(inputs))
        write_whole(out / "labels.csv", make_labels(data, held).encode())
    print(f"{name} images    {len(held)}")
    print(f"float accuracy  {float_accuracy(network, real_images(data.images[held]), labels):.2%}")
    print(f"int8 accuracy   {int8_accuracy(graph, inputs, labels):.2%} (LiteRT BUILTIN_REF)")


def _progress(epochs: int) -> Callable[[int, float], None]:
    """A line that counts the epochs on a terminal; nothing in a pipe."""

    def show(epoch: int, loss: float) -> None:
        if sys.stderr.isatty():
            end = "\n" if epoch == epochs else ""
            print(f"\repoch {epoch}/{epochs}, loss {loss:.3f} ", end=end, file=sys.stderr, flush=True)

    return show


def _npy(values: NDArray[np.int8]) -> bytes:
    """Content of an .npy file."""
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def _fail(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

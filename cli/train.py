"""``racelet train``: networks trained for the noise of the hardware that runs them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from racelet.cli.config import ConfigError
from racelet.cli.output import check_writable, json_option, print_table, progress_bar, write_json, write_whole
from racelet.train.adc import results
from racelet.train.adc.recipe import DATASETS, METHODS, READOUTS, Dataset, Recipe, recipe

if TYPE_CHECKING:
    from racelet.train.adc.results import Run

EPILOG = """\b
Examples:
  racelet train adc --dataset digits --seeds 1
  racelet train adc --dataset digits --method all --seeds 3 --picture accuracy.svg
  racelet train adc --dataset cifar10 --data DIR --method concrete --json results.json

\b
An interrupted command goes on from its last checkpoint when it is called again.
"""

PACKAGES = {"torch": "PyTorch", "sklearn": "scikit-learn", "PIL": "Pillow"}


@click.command(epilog=EPILOG)
@click.argument("name", type=click.Choice(["adc"]))
@click.option("--dataset", type=click.Choice(DATASETS), default="digits", show_default=True, help="What is learned.")
@click.option(
    "--method",
    "methods",
    type=click.Choice([*METHODS, "all"]),
    multiple=True,
    default=["noise"],
    show_default=True,
    help="How gradients pass converters; may be repeated.",
)
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=3, show_default=True, metavar="N", help="Networks of each method."
)
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Where CIFAR-10 lies.")
@click.option("--readout", type=click.Choice(READOUTS), help="What converters read.  [default: group]")
@click.option("--sigma", type=float, metavar="S", help="Noise, as a standard deviation in MAC units.")
@click.option("--rows", type=int, metavar="N", help="Word lines that are summed together, at most.")
@click.option("--levels", type=int, metavar="N", help="Levels of a converter.")
@click.option("--epochs", type=int, metavar="N", help="Passes over the images.")
@click.option("--batch", type=int, metavar="N", help="Images per step.")
@click.option("--rate", type=float, metavar="R", help="Largest learning rate.")
@click.option("--hot", type=float, metavar="T", help="Temperature that samples begin with.")
@click.option("--cold", type=float, metavar="T", help="Temperature that they end with.")
@click.option("--warmup", type=float, metavar="W", help="Part of the training, 0 to 1, before samples are taken.")
@click.option("--widen/--no-widen", default=None, help="Give samples the noise that their temperature takes from them.")
@click.option("--images", type=int, metavar="N", help="Only the first training images.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out/adc"),
    show_default=True,
    metavar="DIR",
    help="Folder of checkpoints, networks (.npz) and results (.json).",
)
@click.option("--picture", type=click.Path(path_type=Path), metavar="F.svg", help="Draw accuracy against noise.")
@click.option("--update", is_flag=True, help="Keep the results where the documentation quotes them from.")
@json_option
def command(
    name: str,
    dataset: Dataset,
    methods: Sequence[str],
    seeds: int,
    data: Path | None,
    out: Path,
    picture: Path | None,
    update: bool,
    json_file: str | None,
    **settings: Any,
) -> int:
    """Train networks of 2-bit weights and activations whose sums are read by converters, and tell their accuracy.

    Methods: ste rounds without noise, noise adds that of comparators, concrete samples relaxed levels from hot to
    cold, concrete-st samples levels. Each network is tested in integers, as the hardware computes it, under noise.
    """
    del name
    check_writable(json_file)
    if picture is not None and (picture.suffix != ".svg" or not picture.resolve().parent.is_dir()):
        raise ConfigError(f"--picture must be a file name ending in .svg in a folder that is there, not {picture}")
    chosen = [method for method in METHODS if method in methods or "all" in methods]
    recipes = [recipe(dataset, method=method, seed=seed, **settings) for method in chosen for seed in range(seeds)]
    runs: list[Run] = []
    try:
        _train(recipes, data, out, runs)
    except ModuleNotFoundError as error:
        package = PACKAGES.get((error.name or "").partition(".")[0])
        if package is None:
            raise
        raise ConfigError(
            f"training needs {package}, which is not installed: make setup EXTRAS=train, or install racelet[train]"
        ) from error
    except KeyboardInterrupt:
        told = f"{len(runs)} of {len(recipes)} networks are trained; the same command goes on from there"
        click.echo(f"racelet: {told}", err=True)
        raise
    finally:
        # An interrupted run leaves what it finished.
        if runs:
            _report(runs, dataset, len(recipes), json_file, picture)
    if update:
        _keep(runs, recipes, out)
    return 0


def _train(recipes: Sequence[Recipe], data: Path | None, out: Path, runs: list["Run"]) -> None:
    """Train networks one after the other, and add what comes out to the runs."""
    from racelet.train.adc.images import load_images
    from racelet.train.adc.training import load_torch, train_network

    load_torch()
    images = load_images(recipes[0].dataset, data)
    out.mkdir(parents=True, exist_ok=True)
    total = sum(each.epochs for each in recipes)
    with progress_bar("train") as progress:
        for number, each in enumerate(recipes):
            label, before = f"{each.method}, seed {each.seed}", number * each.epochs
            progress(before, total, label)

            def report(done: int, loss: float, label: str = label, before: int = before) -> None:
                progress(before + done, total, f"{label}, loss {loss:.3f}")

            runs.append(train_network(each, images, out, report))


def _keep(runs: Sequence["Run"], recipes: Sequence[Recipe], out: Path) -> None:
    """Keep results, and the network that ships if it is among them."""
    dataset, readout = recipes[0].dataset, recipes[0].readout
    file = results.kept_file(dataset, readout)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        every = results.merged(results.kept(dataset, readout), runs)
    except ValueError as error:
        raise ConfigError(f"--update: {error}") from error
    write_whole(file, results.content(dataset, every))
    for each in recipes:
        if (each.method, each.seed) == results.SHIPPED:
            write_whole(file.with_suffix(".npz"), (out / f"{each.name}.npz").read_bytes())


def _report(runs: Sequence["Run"], dataset: Dataset, total: int, json_file: str | None, picture: Path | None) -> None:
    from racelet.cli.report.noise import noise_picture

    found = results.summarize(runs)
    if json_file is not None:
        summary = [each._asdict() for each in found]
        unfinished = len(runs) < total
        write_json({"dataset": dataset, "interrupted": unfinished, "runs": runs, "summary": summary}, json_file)
    if picture is not None:
        write_whole(picture, noise_picture(found, runs[0]).encode())
    if json_file == "-":
        return
    sigmas = sorted({each.sigma for each in found})
    cells = {(each.method, each.sigma): _words(each) for each in found}
    methods = list(dict.fromkeys(each.method for each in found))
    minutes = {
        method: sum(run["cpu_seconds"] for run in runs if run["recipe"]["method"] == method) / 60 for method in methods
    }
    seeds = {each.method: each.seeds for each in found}
    print_table(
        ["method", "seeds", *(f"sigma {sigma:g}" for sigma in sigmas), "CPU minutes"],
        [
            (method, seeds[method], *(cells.get((method, sigma)) for sigma in sigmas), round(minutes[method], 1))
            for method in methods
        ],
        f"{dataset}: accuracy in % under noise of a standard deviation of sigma MAC units",
    )


def _words(each: "results.Summary") -> str:
    return f"{each.mean:.1f}" if each.deviation is None else f"{each.mean:.1f} ± {each.deviation:.1f}"

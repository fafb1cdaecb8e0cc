"""``racelet run``: a whole network on the accelerator's RTL, compared with LiteRT byte for byte."""

import io
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from racelet.cli.config import ConfigError, Settings, block_named, config_options, load
from racelet.cli.output import (
    check_writable,
    format_value,
    json_option,
    print_table,
    progress_bar,
    write_json,
    write_whole,
)

if TYPE_CHECKING:
    from racelet.nn.segments import Goal

EPILOG = """\b
Examples:
  racelet run digits
  racelet run digits --preset large --json result.json
  racelet run digits --report out
  racelet run digits --set store=racetrack store_reads=buffer
  racelet run model.tflite --plan
  racelet run model.tflite --inputs samples/ --labels from-name --outputs logits.npy
  racelet run model.tflite --inputs samples.npy --count 10 --set store=stream
  racelet run model.tflite --set weight_bytes=65536 channels=1024
  racelet run model.tflite --set activation_bytes=36864 --minimize bytes
  racelet run digits-adc --noise 1
  racelet run network.npz --noise 0.15 --macro low_spread=0.1 offset_spread=0.5 --calibrate --set vote=true
\b
Inputs are int8: a folder of raw files (taken by name), one raw file, or an
.npy array (n, height, width, channels). Labels: from-name (the number before
the extension) or a CSV file of name,classes,label. Without --inputs, a model
gets --count random ones.
\b
digits-adc and the files of `racelet train adc --readout slices` run on a column
path of in-memory computing, its hardware beside its golden model or, which is
quicker, golden alone. Their inputs are activations of the first layer.
"""


@click.command(epilog=EPILOG)
@click.argument("model")
@click.option("--inputs", type=click.Path(path_type=Path), metavar="PATH", help="Folder, .npy array or one raw file.")
@click.option("--labels", metavar="CSV|from-name", help="Class of every input; then the accuracy is told.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Only the first N inputs.")
@config_options
@click.option(
    "--simulator", type=click.Choice(["batch", "cocotb", "golden"]), help="golden: of a column path.  [default: batch]"
)
@click.option(
    "--fold/--no-fold",
    "folding",
    default=True,
    show_default=True,
    help="Take out constant and unused channels.",
)
@click.option(
    "--unfused",
    is_flag=True,
    help="Run depthwise convolutions on the dot-product engine; every tensor goes out and comes back.",
)
@click.option(
    "--minimize",
    type=click.Choice(["balance", "cycles", "bytes"]),
    default="balance",
    show_default=True,
    help="What the plan of a network that is larger than the chip makes least.",
)
@click.option("--plan", "plan_only", is_flag=True, help="Print the layer table; simulate nothing.")
@click.option(
    "--layerwise",
    type=click.IntRange(min=0),
    default=16,
    show_default=True,
    metavar="N",
    help="Compare the first N inputs after every layer, the others at the output.",
)
@click.option(
    "--outputs", type=click.Path(path_type=Path), metavar="F.npy", help="Save the last int8 tensor per input."
)
@click.option("--waves", type=click.Path(path_type=Path), metavar="F.vcd", help="Write a waveform of all signals.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the result as a page, DIR/index.html, and its numbers beside it.",
)
@click.option("--noise", type=float, metavar="SIGMA", help="Of comparators, in MAC values (column path).")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), metavar="N", help="Of noise and cells (column path).")
@click.option("--macro", cls=Settings, multiple=True, metavar="K=V...", help="How cells and ADCs vary (column path).")
@click.option("--calibrate", is_flag=True, help="Calibrate all ADCs before each layer (column path).")
@json_option
def command(
    model: str,
    inputs: Path | None,
    labels: str | None,
    count: int | None,
    preset: str | None,
    config: Path | None,
    settings: tuple[str, ...],
    simulator: str | None,
    folding: bool,
    unfused: bool,
    minimize: "Goal",
    plan_only: bool,
    layerwise: int,
    outputs: Path | None,
    waves: Path | None,
    report: Path | None,
    noise: float | None,
    seed: int | None,
    macro: tuple[str, ...],
    calibrate: bool,
    json_file: str | None,
) -> int:
    """Run MODEL, a .tflite file or "digits", on the dwcpwc accelerator in simulation.

    Every output byte is compared with LiteRT's reference kernels, every cycle count with the formula. Exits with 1 if
    one differs. A network of `racelet train adc` (.npz, or "digits-adc") runs on a column path of in-memory computing.
    """
    check_writable(json_file)
    if outputs is not None and (outputs.suffix != ".npy" or not outputs.resolve().parent.is_dir()):
        raise ConfigError(f"--outputs must be a file name ending in .npy in a folder that is there, not {outputs}")
    from racelet.cli import column_run

    is_column = column_run.is_network(model)
    column_run.refuse_others(click.get_current_context(), is_column)
    if is_column:
        return column_run.run(
            model,
            column_run.Request(
                inputs=inputs,
                labels=labels,
                count=count,
                settings=settings,
                noise=noise or 0.0,
                seed=1 if seed is None else seed,
                macro=macro,
                calibrate=calibrate,
                simulator=simulator or "batch",
                outputs=outputs,
                waves=waves,
                json_file=json_file,
            ),
        )
    if waves is not None and waves.suffix != ".vcd":
        raise ConfigError(f"--waves must be a file name ending in .vcd, not {waves}")
    if report is not None:
        from racelet.cli.report.write import check_folder

        check_folder(report)
    quiet = json_file == "-"
    shape = load(block_named("dwcpwc"), preset, config, settings)

    from racelet.cli import inference, summary
    from racelet.nn.compile import compile_network
    from racelet.nn.fold import fold, keep_all
    from racelet.nn.layers import build_network
    from racelet.nn.models import digits
    from racelet.nn.reference_trial import check_litert
    from racelet.nn.tflite import read_tflite

    path = Path(model)
    if model == "digits":
        shipped = digits()
        path, labels = shipped.model, labels if inputs is not None else labels or str(shipped.labels)
        inputs = inputs or shipped.inputs
    graph = read_tflite(path)
    whole, folded = build_network(graph), fold(graph) if folding else keep_all(graph)
    compiled = compile_network(folded.graph, shape, unfused=unfused, goal=minimize)
    result: dict[str, Any] = {"model": model, "preset": None if config else preset or "small"}
    result["folding"] = {"enabled": folding} | summary.folding(whole, compiled.network)
    result |= {"unfused": unfused, "minimize": minimize}
    if plan_only:
        result |= summary.summary(compiled, None)
        if not quiet:
            _print_layers(result)
    else:
        data, truth = _inputs(compiled.network, inputs, labels, count)
        if model != "digits":
            check_litert(path)
        with progress_bar("simulator") as progress:
            if not quiet:
                click.echo(f"{model}: {len(data.data)} inputs on {_shape_line(shape)}", err=True)
            progress(0, len(data.data), "building the simulator")
            machine = _simulator(simulator or "batch", shape, waves)
            begun = time.perf_counter()
            results = inference.run(
                compiled,
                machine,
                path,
                folded,
                data.data,
                layerwise,
                lambda done, total: progress(done, total, "inferences"),
            )
        wrong_cycles = inference.cycles_are_exact(compiled, results)
        result |= summary.summary(compiled, results)
        result |= {
            "inputs": len(results.outputs),
            "inputs_given": len(data.data),
            "layerwise": layerwise,
            "simulator": simulator or "batch",
            "bit_exact": results.difference is None,
            "cycles_exact": wrong_cycles is None,
            "accuracy": _accuracy(results.outputs, truth),
            "confusion": _confusion(results.outputs, truth),
            "inputs_sha256": inference.digest(data.data),
            "outputs_sha256": inference.digest(results.outputs),
            "simulated_cycles_per_second": results.simulated_cycles / results.seconds if results.seconds else None,
            "seconds": time.perf_counter() - begun,
            "first_difference": str(results.difference) if results.difference else wrong_cycles,
            "interrupted": results.interrupted,
        }
        if outputs is not None:
            buffer = io.BytesIO()
            np.save(buffer, results.outputs)
            write_whole(outputs, buffer.getvalue())
        if not quiet:
            _print_layers(result)
            _print_result(result)
    if json_file is not None:
        write_json(result, json_file)
    if report is not None:
        _write_report(result, path, report, quiet)
    if result.get("interrupted"):
        return 130
    return 0 if plan_only or (result["bit_exact"] and result["cycles_exact"]) else 1


def _inputs(network: Any, inputs: Path | None, labels: str | None, count: int | None) -> tuple[Any, Any]:
    from racelet.cli.inputs import random_inputs, read_inputs, read_labels

    plane = network.planes[network.input]
    if inputs is None:
        if labels is not None:
            raise ConfigError("--labels needs --inputs")
        return random_inputs(plane, count or 1, seed=0), None
    data = read_inputs(inputs, plane, count)
    return data, None if labels is None else read_labels(labels, data)


def _simulator(kind: str, config: Any, waves: Path | None) -> Any:
    if kind == "batch":
        from racelet.sim.dwcpwc.accelerator import AcceleratorSimulator

        return AcceleratorSimulator(config, waves=waves)
    from racelet.sim.dwcpwc.cocotb_accelerator import CocotbAccelerator

    return CocotbAccelerator(config, waves=waves)


def _accuracy(outputs: Any, truth: Any) -> float | None:
    if truth is None or len(outputs) == 0:
        return None
    return float(np.mean(outputs.argmax(1) == truth[: len(outputs)]))


def _confusion(outputs: Any, truth: Any) -> dict[str, Any] | None:
    from racelet.cli.report.confusion import confusion

    if truth is None or len(outputs) == 0:
        return None
    return confusion(outputs.argmax(1), truth[: len(outputs)], outputs.shape[1])


def _write_report(result: dict[str, Any], model: Path, folder: Path, quiet: bool) -> None:
    from racelet.cli.report.data import command_line, report_data
    from racelet.cli.report.write import write_report

    data = report_data(result, model, command_line(click.get_current_context()))
    written = write_report(data, folder)
    if not quiet:
        click.echo(f"\nreport: {written}")


def _shape_line(config: Any) -> str:
    engine = "" if config.engine == "parallel" else f", {config.engine}"
    return (
        f"{config.input_lanes}x{config.output_lanes} lanes{engine}, {config.depthwise_lanes} depthwise, "
        f"{config.requantizers} requantisers ({config.multipliers} multipliers)"
    )


def _print_layers(result: dict[str, Any]) -> None:
    counted = result["cycles"]["per_inference"] is not None
    columns = ["layer", "operators", "output", "mode", "MACs", "cycles", "ideal", "x ideal", "bytes"]
    rows = []
    for layer in result["layers"]:
        cycles = layer["cycles"] if counted else layer["predicted_cycles"]
        ideal = layer["ideal_cycles"]
        shape = "x".join(str(size) for size in layer["output_shape"])
        ratio = cycles / ideal if ideal else None
        rows.append(
            (
                layer["index"],
                layer["op"],
                shape,
                layer["mode"],
                layer["macs"],
                cycles,
                ideal,
                ratio,
                layer["external_bytes"],
            )
        )
    print_table(columns, rows)
    folding = result["folding"]
    if folding["channels"]["before"] != folding["channels"]["after"]:
        parts = (
            f"{folding[key]['after']:,} of {folding[key]['before']:,} {unit}"
            for key, unit in (("channels", "channels"), ("macs", "MACs"), ("weights", "weights"))
        )
        click.echo(f"\nleft after folding: {', '.join(parts)}")
    for segment in result["segments"]:
        first, last = segment["layers"]
        rows = segment["band_rows"]
        how = f"{rows} rows at a time" if rows > 1 else "row by row"
        if segment["group_channels"]:
            how = f"{segment['group_channels']} channels at a time"
        click.echo(f"layers {first}..{last}: {how}, from {' and '.join(segment['sources'])}, to {segment['output']}")
    promised = result["external_bytes"]["promised"]
    parts = ", ".join(f"{value:,} {name}" for name, value in promised.items() if value)
    bound = result["edge_bytes"]["compulsory"]
    total = result["external_bytes"]["total"]
    click.echo(f"\nbytes across the edge: {total:,} ({parts}), {total / bound:.3f} x the lower bound {bound:,}")
    if result["racetrack"] is not None:
        _print_tracks(result["racetrack"])


def _print_tracks(tracks: dict[str, Any]) -> None:
    """One inference with the weights on racetracks, in each way of reading."""
    columns = ["racetrack", "shifts", "detects", "ns", "fJ", "cycles", "x bram"]
    rows = [
        (
            f"{way} (run)" if way == tracks["read"] and tracks["counted"] else way,
            each["shifts"],
            each["detects"],
            each["ns"],
            each["fj"],
            each["cycles"],
            each["bram_ratio"],
        )
        for way, each in tracks["ways"].items()
    ]
    click.echo("")
    print_table(columns, [*rows, ("bram", 0, 0, 0, 0, tracks["bram_cycles"], 1.0)])


def _print_result(result: dict[str, Any]) -> None:
    cycles = result["cycles"]
    lines = {
        "inputs": f"{result['inputs']}" + (" (interrupted)" if result["interrupted"] else ""),
        "equal to LiteRT": "every byte" if result["bit_exact"] else "NO",
        "equal to the formula": "every cycle" if result["cycles_exact"] else "NO",
        "first difference": result["first_difference"],
        "accuracy": None if result["accuracy"] is None else f"{100 * result['accuracy']:.2f} %",
    }
    if cycles["per_inference"] is not None:
        ratio = cycles["per_inference"] / result["ideal_cycles"] if result["ideal_cycles"] else 0.0
        lines |= {
            "cycles per inference": f"{cycles['per_inference']:,} ({ratio:.3f} x ideal {result['ideal_cycles']:,})",
            "with loading, the first": f"{cycles['first']:,}",
            "simulated": f"{format_value(result['simulated_cycles_per_second'])} cycles/s",
        }
    width = max(len(name) for name in lines)
    click.echo("")
    for name, text in lines.items():
        if text is not None:
            click.echo(f"{name:<{width}}  {text}")

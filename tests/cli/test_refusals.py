"""Whatever is wrong with files, settings or outputs: one sentence, exit status 2, and nothing written."""

import os
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from racelet.cli.main import main
from racelet.nn.models import digits
from racelet.nn.tflite_writer import write_tflite
from tests.fuzz.mutate import packed, unpacked
from tests.models import NetworkBuilder

SENTENCE = re.compile(r"racelet: [^\n]{5,400}\n")
Edit = Callable[[Any], None]


def refused(capfd: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a verb says that refuses a request."""
    assert main([str(argument) for argument in arguments]) == 2
    error = capfd.readouterr().err
    error = "".join(line for line in error.splitlines(keepends=True) if not line.startswith("digits: "))
    assert SENTENCE.fullmatch(error)
    assert error.removeprefix("racelet: ").strip().isprintable()
    assert "fault of racelet's own" not in error
    return error.removeprefix("racelet: ").rstrip()


def small() -> bytes:
    builder = NetworkBuilder(seed=1, shape=(4,))
    builder.fully_connected(3)
    return write_tflite(builder.graph())


def edited(edit: Edit) -> bytes:
    model = unpacked(small())
    edit(model)
    return packed(model)


def types(*changes: tuple[int, int]) -> Edit:
    """Other element types of tensors: input 0, weights 1, bias 2, output 3."""

    def apply(model: Any) -> None:
        for tensor, kind in changes:
            model.subgraphs[0].tensors[tensor].type = kind

    return apply


def custom(name: bytes) -> Edit:
    def apply(model: Any) -> None:
        code = model.operatorCodes[0]
        code.builtinCode = code.deprecatedBuiltinCode = 32
        code.customCode = name

    return apply


def ten_thousand(model: Any) -> None:
    model.subgraphs[0].operators *= 10_000


FLOAT, UINT8, INT8, INT16 = 0, 3, 9, 7
QUANTISED = "a network quantised to INT8 throughout is supported"
MODELS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a .tflite file"),
    "cut short": (small()[:300], "damaged or cut short"),
    "float": (edited(types((0, FLOAT), (1, FLOAT), (2, FLOAT), (3, FLOAT))), f"tensor 0 is FLOAT32; {QUANTISED}"),
    "dynamic range": (edited(types((0, FLOAT), (2, FLOAT), (3, FLOAT))), f"tensor 0 is FLOAT32; {QUANTISED}"),
    "uint8": (edited(types((0, UINT8), (1, UINT8), (3, UINT8))), f"tensor 0 is UINT8; {QUANTISED}"),
    "int16": (edited(types((0, INT16), (3, INT16))), f"tensor 0 is INT16; {QUANTISED}"),
    "custom": (edited(custom(b"Mine")), "operator 0 (CUSTOM Mine) is not supported"),
    "custom with control characters": (edited(custom(b"a\nb\x1b[2J" * 50)), "operator 0 (CUSTOM a?b?[2J"),
    "10000 operators": (edited(ten_thousand), "a network of up to 1024 operators is supported, not 10000"),
}


@pytest.mark.parametrize(("content", "said"), MODELS.values(), ids=MODELS)
def test_a_wrong_model_is_refused(content: bytes, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "net.tflite"
    model.write_bytes(content)
    assert said in refused(capfd, "run", model, "--json", tmp_path / "r.json")
    assert [file.name for file in tmp_path.iterdir()] == ["net.tflite"]


def test_a_model_that_is_no_file_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        assert "must be a file, not a pipe or a device" in refused(capfd, "run", path, "--plan")
    with (tmp_path / "huge").open("wb") as huge:
        huge.write(small())
        huge.truncate(1 << 40)
    assert f"must be at most {1 << 28} bytes, and is {1 << 40}" in refused(capfd, "run", tmp_path / "huge", "--plan")
    assert "cannot be read (Is a directory)" in refused(capfd, "run", tmp_path, "--plan")


def test_a_model_that_litert_refuses_or_dies_of_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "net.tflite"

    def two_scales(model: Any) -> None:
        model.subgraphs[0].tensors[3].quantization.zeroPoint = [0, 0, 0]

    model.write_bytes(edited(two_scales))
    assert "LiteRT cannot run this model: QuantizationParam has 3" in refused(capfd, "run", model)
    builder = NetworkBuilder(seed=1, shape=(4,))
    builder.fully_connected(3)
    builder.softmax(beta=1e-30)
    model.write_bytes(write_tflite(builder.graph()))
    assert refused(capfd, "run", model).endswith("ends on this model (signal 6)")


def npy(header: bytes, data: bytes = b"") -> bytes:
    """An .npy file with a header of one's own."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def array(*shape: int, dtype: str = "|i1") -> bytes:
    return f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()


INPUTS: dict[str, tuple[str, bytes, str]] = {
    "empty": ("x.npy", b"", "not an .npy array"),
    "text": ("x.npy", b"hello", "not an .npy array"),
    "a pickle": ("x.npy", b"\x80\x04N.", "not an .npy array"),
    "an array of objects": ("x.npy", npy(array(1, dtype="|O"), b"\x80\x04N."), "not an .npy array"),
    "a damaged archive": ("x.npy", b"PK\x03\x04" + bytes(50), "not an .npy array"),
    "a header of nonsense": ("x.npy", npy(b"((((((\n"), "not an .npy array"),
    "a deep header": ("x.npy", npy(b"(" * 9000), "not an .npy array"),
    "a header without bytes": ("x.npy", npy(array(1 << 40, 8, 8, 1)), "not an .npy array"),
    "float": ("x.npy", npy(array(64, dtype="<f4"), np.full(64, np.nan, "<f4").tobytes()), "must be int8, not float32"),
    "uint8": ("x.npy", npy(array(64, dtype="|u1"), bytes(64)), "must be int8, not uint8"),
    "no rows": ("x.npy", npy(array(0, 8, 8, 1)), "x.npy"),
    "a number": ("x.npy", npy(array(), b"\0"), "must have shape (n, 8, 8, 1), not ()"),
    "a row too long": ("x.npy", npy(array(1, 65), bytes(65)), "must have shape (n, 8, 8, 1), not (1, 65)"),
    "a raw file too long": ("x.dat", bytes(65), "must have 64 bytes (int8), not 65"),
    "an empty raw file": ("x.dat", b"", "must have 64 bytes (int8), not 0"),
}


@pytest.mark.parametrize(("name", "content", "said"), INPUTS.values(), ids=INPUTS)
def test_wrong_inputs_are_refused(
    name: str, content: bytes, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    told = refused(capfd, "run", "digits", "--inputs", tmp_path / name)
    assert told.startswith(f"--inputs {tmp_path / name}: ")
    assert said in told


def test_inputs_that_are_no_files_or_too_many_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    assert "the folder has no files" in refused(capfd, "run", "digits", "--inputs", tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe.npy")
    for path in (tmp_path / "pipe.npy", "/dev/zero"):
        assert "must be a file or a folder, not a pipe" in refused(capfd, "run", "digits", "--inputs", path)
    with zipfile.ZipFile(tmp_path / "x.npy", "w") as archive:
        archive.writestr("a.npy", npy(array(64), bytes(64)))
    assert "must be int8, not an archive" in refused(capfd, "run", "digits", "--inputs", tmp_path / "x.npy")
    with (tmp_path / "many.npy").open("wb") as many:
        many.write(npy(array(1 << 30, 8, 8, 1)))
        many.truncate((1 << 36) + 4096)
    most = "up to 16777216 inputs of 64 bytes are supported"
    assert most in refused(capfd, "run", "digits", "--inputs", tmp_path / "many.npy")
    assert most in refused(capfd, "run", digits().model, "--count", 1 << 40)


LABELS: dict[str, tuple[bytes, str]] = {
    "not UTF-8": (b"a,2,\xff\n", "not a CSV file of name,classes,label"),
    "a huge cell": (b'"' + b"a" * 200_000, "not a CSV file of name,classes,label"),
    "two columns": (b"a,1\n", "row 1 must be name,classes,label, not a,1"),
    "no number": (b"name,classes,label\na,2,x\n", "row 1 must be name,classes,label, not a,2,x"),
    "a negative number": (b"a,2,-1\n", "row 1 must be name,classes,label, not a,2,-1"),
    "a large number": (b"a,2,1000000000\n", "row 1: the label must be in 0..65535, not 1000000000"),
    "a very large number": (b"a,2," + b"9" * 5000, "row 1: the label must be in 0..65535, not 999"),
    "too few": (b"a,10,3\n", "1 labels for 360 inputs"),
    "empty": (b"", "0 labels for 360 inputs"),
}


@pytest.mark.parametrize(("content", "said"), LABELS.values(), ids=LABELS)
def test_wrong_labels_are_refused(content: bytes, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "labels.csv"
    file.write_bytes(content)
    images = digits().inputs
    told = refused(capfd, "run", "digits", "--inputs", images, "--labels", file)
    assert said in told
    assert told.startswith(f"--labels {file}: ")


def test_labels_that_are_no_file_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "digits", "--inputs", digits().inputs, "--labels"]
    assert refused(capfd, *arguments, tmp_path / "none.csv").endswith("none.csv: no such file or directory")
    assert refused(capfd, *arguments, tmp_path).endswith(": is a directory")
    assert "must be at most 67108864 bytes" in refused(capfd, *arguments, "/dev/zero")
    (tmp_path / ("1" * 30)).write_bytes(bytes(64))
    told = refused(capfd, "run", "digits", "--inputs", tmp_path, "--labels", "from-name")
    assert "the label must be in 0..65535, not 111" in told


SETTINGS: list[tuple[list[str], str]] = [
    (["--set", "lanes=4"], "--set: a field of DwcPwcConfig must be one of input_lanes, "),
    (["--set", "layers"], "--set must be field=value, not layers"),
    (["--set", "layers=many"], "--set layers must be a whole number, not many"),
    (["--set", "layers=1e3"], "--set layers must be a whole number, not 1e3"),
    (["--set", "layers=0"], "DwcPwcConfig.layers must be in 1..256, not 0"),
    (["--set", "layers=" + "9" * 5000], "--set layers must be a whole number, not 999"),
    (["--set", "layers=64", "channels=8"], "DwcPwcConfig.channels must be in 16..65536, not 8"),
    (["--set", "layers=64,channels=8"], "DwcPwcConfig.channels must be in 16..65536, not 8"),
    (["--set", "input_lanes=4", "depthwise_lanes=8"], "depthwise_lanes must be one of 1, 2, 4 (input_lanes=4), not 8"),
    (["--set", "weight_bytes=4194303"], "must be in 256..4194304 and a multiple of 64, not 4194303"),
    (["--set", "store=tape"], "DwcPwcConfig.store must be one of bram, stream, racetrack, not tape"),
    (["--set", "layers=2"], "layers must be at least 3 for a network that is larger than the chip, not 2"),
    (["--set", "activation_bytes=576"], "activation_bytes must be at least"),
    (["--set", "depthwise_channels=16"], "depthwise_channels must be at least"),
    (["--preset", "huge"], "the preset of dwcpwc must be one of tiny, small, medium, large, not huge"),
]


@pytest.mark.parametrize(("arguments", "said"), SETTINGS, ids=[said[:50] for _, said in SETTINGS])
def test_wrong_settings_are_refused(arguments: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert said in refused(capfd, "run", "digits", "--plan", *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["digits", "--set", "layers=9", "channels=1024", "--plan"],
        ["--set", "layers=9", "channels=1024", "digits", "--plan"],
        ["--set", "layers=9,channels=1024", "digits", "--plan"],
        ["--plan", "--set=layers=9", "channels=1024", "digits"],
        ["--set", "layers=9", "--set", "channels=1024", "--plan", "digits"],
    ],
)
def test_several_settings_may_follow_one_set(arguments: list[str], tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    assert main(["run", *arguments, "--json", str(file)]) == 0
    assert re.search(r'"channels": 1024,\n.*\n *"layers": 9,', file.read_text())


TOML: dict[str, tuple[bytes, str]] = {
    "not TOML": (b"layers: 3", "is no TOML"),
    "not UTF-8": (b"layers = 3 # \xff", "must be text in UTF-8; byte 13 is not"),
    "nested deeply": (b"layers = " + b"[" * 20_000, "is nested too deeply"),
    "a table": (b"[layers]\na = 1", "DwcPwcConfig.layers must be int, not {'a': 1}"),
    "a date": (b"layers = 2020-01-01", "DwcPwcConfig.layers must be int, not datetime.date"),
    "an unknown field": (b"lanes = 3", "a field of DwcPwcConfig must be one of"),
}


@pytest.mark.parametrize(("content", "said"), TOML.values(), ids=TOML)
def test_a_wrong_config_file_is_refused(
    content: bytes, said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.toml").write_bytes(content)
    for verb in (["run", "digits", "--plan"], ["generate", "dwcpwc", "-o", tmp_path / "out"], ["verify", "dwcpwc"]):
        assert said in refused(capfd, *verb, "--config", tmp_path / "f.toml")
    assert not (tmp_path / "out").exists()


def test_a_config_file_without_an_end_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    told = refused(capfd, "run", "digits", "--plan", "--config", "/dev/zero")
    assert told == "/dev/zero must be at most 1048576 bytes of TOML, and has more"

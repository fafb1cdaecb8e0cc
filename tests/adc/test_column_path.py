import numpy as np
import pytest

from racelet.golden.adc.cell_sampling import sample_cells
from racelet.golden.adc.column_path import ColumnPath
from racelet.golden.adc.config import PRESETS, AdcConfig
from racelet.golden.adc.error import Error
from racelet.golden.adc.macro_config import MacroConfig
from racelet.sim.adc.path_model import Inputs, PathModel
from racelet.sim.adc.tb_column_path import SHAPES, dot_beats, random_beats, table_entries, verify


@pytest.mark.simulation
def test_sums_errors_calibrations_and_cycles_match_golden() -> None:
    verify(PRESETS["tiny"], seed=1)


def test_the_model_of_the_bench_has_sums_and_errors_of_golden() -> None:
    # The bench's config outside a simulator.
    config = AdcConfig()
    macro = MacroConfig(offset_spread=0.5)
    cells = sample_cells(config, macro, 1)
    beats = random_beats(25, np.random.default_rng(1))
    path = ColumnPath(config, cells, scale=150)
    path.tables[0, 3, 4:6] = path.tables[0, 3, 5], path.tables[0, 3, 4]
    count = sum(beat["last"] for beat in beats)
    inputs = Inputs(
        beats=beats,
        offered=[3000] * len(beats),
        taken=range(4000, 4000 + 40 * count, 40),
        writes=list(enumerate(table_entries(path.tables))),
        scale=150,
    )
    model = PathModel(inputs, cells, config)
    np.testing.assert_array_equal(model.sums, path.dot_products(dot_beats(beats)))
    assert path.errors == Error.NON_MONOTONIC
    assert {each for each in model.happens.values() if each} == {Error.NON_MONOTONIC}


def test_the_bench_has_more_than_one_kind_of_converter() -> None:
    kinds = {config.kind for config in (PRESETS["tiny"], *(config for config, _ in SHAPES.values()))}
    assert kinds == {"sar", "flash"}

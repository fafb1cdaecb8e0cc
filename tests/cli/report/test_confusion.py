"""Counts of true and predicted classes."""

import numpy as np

from racelet.cli.report.confusion import MOST_CLASSES, confusion


def test_rows_are_true_classes_and_sums_are_the_inputs() -> None:
    rng = np.random.default_rng(5)
    truth, predicted = rng.integers(0, 7, 500), rng.integers(0, 7, 500)
    found = confusion(predicted, truth, 7)
    matrix = np.array(found["matrix"])
    assert matrix.sum() == 500
    assert matrix.sum(1).tolist() == found["inputs"] == np.bincount(truth, minlength=7).tolist()
    assert matrix.sum(0).tolist() == np.bincount(predicted, minlength=7).tolist()
    assert np.diag(matrix).tolist() == found["correct"]
    assert sum(found["correct"]) == np.count_nonzero(truth == predicted)


def test_a_label_beyond_the_classes_is_a_row_of_mistakes() -> None:
    found = confusion(np.array([0, 1]), np.array([0, 3]), 2)
    assert found == {
        "classes": 4,
        "inputs": [1, 0, 0, 1],
        "correct": [1, 0, 0, 0],
        "matrix": [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0]],
    }


def test_many_classes_have_no_matrix_but_their_counts() -> None:
    classes = MOST_CLASSES + 1
    found = confusion(np.arange(classes), np.arange(classes), classes)
    assert found["matrix"] is None
    assert found["correct"] == found["inputs"] == [1] * classes

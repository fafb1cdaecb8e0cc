from collections import Counter

import numpy as np
import pytest

from racelet.golden.racetrack.config import RacetrackConfig
from racelet.golden.racetrack.odometer import stored
from racelet.golden.racetrack.operations import Counts
from racelet.golden.racetrack.transposes import BERT_BASE, Encoder, moved, transposes, viewed


def test_transposes_of_bert_are_those_of_the_specification() -> None:
    found = transposes(BERT_BASE, 512)
    assert len(found) == 60
    assert sum(each.elements for each in found) == 23_592_960
    counts = moved(found, RacetrackConfig(word_bits=32))
    # 23.59 M words; 3.07 G and 1.51 G.
    assert counts == Counts(shift=23_592_960 * (64 + 66), detect=23_592_960 * (32 + 32))
    assert (round(counts.shift / 1e9, 2), round(counts.detect / 1e9, 2)) == (3.07, 1.51)
    assert viewed(found) == Counts()


@pytest.mark.parametrize("encoder", [Encoder(layers=2, heads=3, hidden=12), Encoder(layers=1, heads=1, hidden=4)])
def test_a_view_is_the_transposed_tensor_with_every_word_where_it_was(encoder: Encoder) -> None:
    for each in transposes(encoder, 5):
        before, after = stored(each.shape, 1), each.view()
        # The same strides from the same place: nothing lies elsewhere.
        assert Counter(before.dimensions) == Counter(after.dimensions)
        assert sorted(before.places()) == sorted(after.places())
        tensor = np.random.default_rng(1).permutation(each.elements).reshape(each.shape)
        memory = tensor.reshape(each.shape[0], -1)
        found = [int(memory[place]) for place in after.places()]
        assert found == tensor.transpose(each.order).ravel().tolist()


def test_attention_over_views_is_attention_over_moved_tensors() -> None:
    """What a head multiplies: its queries by its transposed keys, and by its values; and what is put back together."""
    encoder, tokens = Encoder(layers=1, heads=3, hidden=12), 5
    queries, keys, values, turned, context = transposes(encoder, tokens)
    rng = np.random.default_rng(2)
    tensors = {name: rng.integers(-9, 9, (tokens, 12)) for name in ("queries", "keys", "values")}

    def seen(memory: np.ndarray, view: tuple[int, ...], places: list[tuple[int, int]]) -> np.ndarray:
        return np.array([memory[place] for place in places]).reshape(view)

    heads = {
        each.tensor: seen(tensors[each.tensor], each.view().shape, list(each.view().places()))
        for each in (queries, keys, values)
    }
    across = seen(heads["keys"].reshape(3, -1), turned.view().shape, list(turned.view().places()))
    mixed = heads["queries"] @ across @ heads["values"]
    together = seen(mixed.reshape(3, -1), context.view().shape, list(context.view().places())).reshape(tokens, 12)
    for head in range(3):
        part = slice(4 * head, 4 * head + 4)
        q, k, v = (tensors[name][:, part] for name in ("queries", "keys", "values"))
        np.testing.assert_array_equal(together[:, part], q @ k.T @ v)
    # The keys' two transposes are one view of where they were written.
    both = keys.view().permute(turned.order)
    np.testing.assert_array_equal(seen(tensors["keys"], both.shape, list(both.places())), across)

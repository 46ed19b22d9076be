"""What sentences teach: the shipped weights are theirs, the same sentences teach the same, limits reach their aims."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forbear.language import learning, load_book
from forbear.language.book import FOLDER
from forbear.language.meaning import sense
from forbear.language.network import UNITS
from forbear.language.opinion import made
from forbear.packs.files import packs_root

RETOLD, ALIKE = (
    400,
    0.98,
)  # sentences; how like the scores of weights learned anew must be to the shipped ones


@pytest.mark.parametrize("speaker", ["collector", "debtor"])
def test_the_shipped_weights_are_those_that_the_shipped_sentences_teach(speaker: str) -> None:
    with np.load(packs_root().joinpath(*FOLDER, f"{speaker}.weights.npz")) as held:
        shipped = {name: held[name] for name in held.files}
    first = {name: values[..., :UNITS] for name, values in shipped.items()}
    one_of = shipped | {name: first[name] for name in ("pulls", "scales", "offsets")}
    one_of["heads"] = shipped["heads"][:UNITS] * learning.NETS
    shown, names = learning.examples(speaker)
    fresh = learning.trained(shown, names, nets=1)  # the first of the networks, to be quick
    asked = shown[:: len(shown) // RETOLD]
    told, retold = (
        np.array([list(made(arrays).opinion(one.features).scores.values()) for one in asked])
        for arrays in (one_of, fresh)
    )

    assert bytes(shipped["digest"]).decode() == learning.sentences_digest(speaker)
    assert bytes(shipped["names"]) == bytes(fresh["names"])
    assert bytes(shipped["features"]) == bytes(fresh["features"])
    assert np.corrcoef(told.ravel(), retold.ravel())[0, 1] > ALIKE  # another processor may round otherwise


def test_the_same_sentences_teach_the_same_weights_and_a_wrong_label_others() -> None:
    shown, names = learning.examples("collector")
    few = shown[::20]
    turned = [replace(one, belongs=frozenset(names) - one.belongs) for one in few]
    once, again, other = (learning.trained(part, names, nets=1) for part in (few, few, turned))

    assert all(np.array_equal(once[key], again[key]) for key in once)
    assert not np.array_equal(once["heads"], other["heads"])


@pytest.mark.parametrize("speaker", ["collector", "debtor"])
def test_the_meaning_was_taught_by_the_shipped_sentences(speaker: str) -> None:
    with np.load(packs_root().joinpath(*FOLDER, f"{speaker}.meaning.npz")) as held:
        assert bytes(held["digest"]).decode() == learning.sentences_digest(speaker)
        assert bytes(held["names"]).decode().split() == sorted(load_book(speaker).categories)


def test_the_same_sentences_teach_the_same_meaning() -> None:
    shown, names = learning.examples("collector")
    few = shown[::200]
    senses = {one.said: sense(one.said) for one in few}
    once, again = (learning.taught(few, names, senses) for _ in range(2))

    assert all(np.array_equal(once[key], again[key]) for key in once)


def test_limits_reach_both_aims_where_they_can_and_keep_quiet_where_not() -> None:
    right, wrong = np.linspace(1, 3, 101), np.linspace(-3, -1, 101)
    apart, mixed = learning.chosen("threat", right, wrong), learning.chosen("threat", right, right)

    assert wrong.max() < apart.found < right.min()
    assert (right >= mixed.found).mean() <= 0.05 < (right >= apart.found).mean()
    assert learning.chosen("self_harm", right, right).found < mixed.found

"""Which users are shown as helped or hurt."""

from dataclasses import replace

import numpy as np

from evaluate.conftest import evaluation
from seesay.evaluate.contrasts import Contrast, choose_pair, contrast
from seesay.evaluate.outcomes import Outcome

WITH = Outcome("sasrec", "described", {0: evaluation([1, 10, 400, 9, 500, 2, 11])})
WITHOUT = Outcome("sasrec", "id", {0: evaluation([900, 20, 3, 8, 600, 950, 7])})


def test_the_widest_differences_by_hand():
    found = contrast(WITH, WITHOUT, np.array([5, 6, 7, 8, 9, 5, 1]), count=2)
    assert (found.both, found.only_with, found.only_without, found.neither) == (1, 3, 2, 1)
    # The sixth user is helped as much, but is about the item of the first one.
    assert found.helped == (Contrast(0, 1, 900), Contrast(1, 10, 20))
    assert found.hurt == (Contrast(2, 400, 3), Contrast(6, 11, 7))


def test_ranks_are_medians_over_seeds():
    three = {seed: evaluation([rank]) for seed, rank in enumerate([3, 5, 900])}
    found = contrast(
        replace(WITH, evaluations=three), Outcome("s", "id", {0: evaluation([40])}), np.array([0])
    )
    assert found.helped == (Contrast(0, 5, 40),)


def test_descriptions_go_before_better_figures_of_titles():
    title = Outcome("sasrec", "title", {0: evaluation([1] * 7)})
    assert choose_pair([WITHOUT, title, WITH]) == (WITH, WITHOUT)
    assert choose_pair([WITHOUT, title]) == (title, WITHOUT)


def test_a_placebo_stands_in_for_ids():
    random = replace(WITHOUT, features="random")
    assert choose_pair([random, WITH, replace(random, features="id+shuffled")])[1] == random
    assert choose_pair([WITH]) is None
    assert choose_pair([random, WITHOUT]) is None
    assert choose_pair([Outcome("popularity", "-", WITH.evaluations)]) is None

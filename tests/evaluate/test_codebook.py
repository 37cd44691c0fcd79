"""Semantic IDs as runs tell of them."""

import numpy as np

from seesay.evaluate.codebook import Codebook, Collisions, codebook_of, codebooks_of
from seesay.recommend.semantic_ids import CodebookUse, describe_ids

TOLD = {
    "epochs": 3,
    "codebooks": [{"codes": 4, "used": 3, "perplexity": 2.5}],
    "collisions": {"items": 6, "groups": 2, "largest": 4},
}


def test_a_summary_that_tells_of_codes():
    expected = Codebook((CodebookUse(4, 3, 2.5),), Collisions(6, 2, 4))
    assert codebook_of(TOLD) == expected
    other = {**TOLD, "collisions": {"items": 0, "groups": 0, "largest": 1}}
    runs = [("a", {"epochs": 1}), ("b", TOLD), ("b", other), ("c", other)]
    assert codebooks_of(runs) == {
        "b": expected,
        "c": Codebook((CodebookUse(4, 3, 2.5),), Collisions(0, 0, 1)),
    }


def test_others_tell_of_none():
    assert codebook_of({}) is None
    assert codebook_of({"codebooks": "many", "collisions": 3}) is None


def test_what_tiger_says_is_understood():
    ids = np.array([[0, 1, 0], [0, 1, 1], [2, 0, 0], [1, 0, 0]])
    found = codebook_of(describe_ids(ids, [4, 2]))
    assert [level.used for level in found.codebooks] == [3, 2]
    assert found.collisions == Collisions(2, 1, 2)

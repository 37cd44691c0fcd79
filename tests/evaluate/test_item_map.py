"""Where items stand on the map, and what is said of their tags."""

import numpy as np
import polars as pl
import pytest

from seesay.evaluate.item_map import MOST_ITEMS, make_map, shorten, tag_column

WORDS = {"i0": "a  cat\nsits", "i1": "word " * 100}


def catalogue(count, tags=("cat", "dog")):
    return pl.DataFrame(
        {
            "item_id": [f"i{row}" for row in range(count)],
            "title": [f"title {row}" if row else None for row in range(count)],
            "topic": [tags[row % len(tags)] for row in range(count)],
        }
    )


def clouds(count, sides=2):
    random = np.random.default_rng(0)
    vectors = random.normal(0, 0.05, (count, 8)).astype(np.float32)
    vectors[np.arange(count), np.arange(count) % sides] += 1
    return vectors


@pytest.mark.parametrize("count", [20, 150])
def test_the_tags_stand_apart(count):
    items = catalogue(count)
    found = make_map("title", clouds(count), items["item_id"].to_list(), items, WORDS)
    assert (found.total, found.by, set(found.tags)) == (count, "topic", {"cat", "dog"})
    spots = np.array([(place.x, place.y) for place in found.places])
    assert (spots.min(axis=0), spots.max(axis=0)) == (
        pytest.approx([0, 0]),
        pytest.approx([1, 1]),
    )
    sides = np.array([place.tag == "cat" for place in found.places])
    middles = spots[sides].mean(axis=0), spots[~sides].mean(axis=0)
    within = np.linalg.norm(spots[sides] - middles[0], axis=1).mean()
    assert np.linalg.norm(middles[0] - middles[1]) > 1.5 * within
    assert [fact.alike for fact in found.facts] == [1.0, 1.0]
    assert found.facts[0].chance == pytest.approx((count / 2 - 1) / (count - 1))


def test_titles_words_and_colours():
    items = catalogue(12, tags=[f"tag {row}" for row in range(11)] + [None])
    found = make_map("title", clouds(12), items["item_id"].to_list(), items, WORDS)
    assert found.places[0].title == "i0"
    assert found.places[0].words == "a cat sits"
    assert len(found.places[1].words) < 185
    assert [place.colour for place in found.places] == [*range(9), -1, -1, -1]
    assert found.places[-1].tag == ""


def test_endless_titles_and_tags_are_cut():
    items = catalogue(12, tags=["a " * 500, "b"]).with_columns(title=pl.lit("x\n" * 5_000))
    found = make_map("title", clouds(12), items["item_id"].to_list(), items, {})
    assert len(found.places[0].title) < 130
    assert "\n" not in found.places[0].title
    assert len(found.places[0].tag) < 50
    assert found.places[0].tag in found.tags


def test_many_items_are_a_sample_that_the_seed_decides():
    count = MOST_ITEMS + 500
    items = catalogue(count)
    ids = items["item_id"].to_list()
    same = np.ones((count, 3), np.float32)
    found = make_map("title", same, ids, items, {})
    assert len(found.places) == MOST_ITEMS
    assert found.total == count
    assert found == make_map("title", same, ids, items, {})
    assert found != make_map("title", same, ids, items, {}, seed=1)


def test_two_items_are_no_map():
    assert make_map("title", clouds(2), ["i0", "i1"], catalogue(2), {}) is None


def test_a_column_of_tags_has_a_few_values():
    items = catalogue(200, tags=[str(row) for row in range(100)])
    assert tag_column(items) == ""
    assert tag_column(items.with_columns(tag=pl.Series([1, 2] * 100))) == "tag"
    assert tag_column(items.with_columns(tag=pl.Series([0.5, 2.5] * 100))) == ""


def test_texts_are_cut_between_words():
    assert shorten("one two  three", 8) == "one two …"
    assert shorten("one\ntwo", 8) == "one two"

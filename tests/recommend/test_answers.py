"""What is recommended and why, on a log whose answer can be read off."""

import numpy as np
import polars as pl
import pytest

from seesay.core.errors import SeesayError
from seesay.encode.features import FeatureTable
from seesay.recommend.answers import Answers, by_content, explaining_feature
from seesay.recommend.base import FeatureSet, FeatureSpec
from seesay.recommend.content_knn import ContentKNN
from seesay.recommend.interactions import Interactions, Vocabulary
from seesay.recommend.item_knn import ItemKNN
from seesay.recommend.popularity import Popularity
from seesay.recommend.reasons import Quote

ITEMS = ("ant", "bee", "cat", "dog", "eel")
ROWS = [
    *[("ann", "ant"), ("ann", "bee")],
    *[("bob", "ant"), ("bob", "bee"), ("bob", "cat")],
    *[("cid", "bee"), ("cid", "cat")],
    *[("dan", "dog")],
]
VECTORS = np.array([[1, 0], [0.9, 0.1], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
NAMES = FeatureSpec.parse


def log() -> pl.DataFrame:
    users, items = zip(*ROWS, strict=True)
    return pl.DataFrame({"user_id": users, "item_id": items, "timestamp": range(len(ROWS))})


def answers(recommender, spec: str, **more) -> Answers:
    vocabulary = Vocabulary(ITEMS)
    parsed = NAMES(spec)
    features = FeatureSet(parsed, dict.fromkeys(parsed.content, VECTORS))
    recommender.fit(Interactions.from_table(log(), vocabulary)[0], features)
    return Answers(recommender, "the-run", vocabulary, log(), **more)


def test_company_explains_an_id() -> None:
    found = answers(ItemKNN(), "id").for_user("ann", 3, explain=True)
    assert {one.item_id for one in found} == {"cat", "dog", "eel"}
    assert {one.by for one in found} == {"the-run"}
    first = found[0]
    assert first.item_id == "cat"
    assert (first.reason.because, first.reason.other, first.reason.value) == ("together", "bee", 2)
    assert found[-1].reason.because == "unknown"


def test_likeness_explains_content_and_is_quoted() -> None:
    asked = []

    def quote(one: str, other: str) -> Quote:
        asked.append((one, other))
        return Quote("It is small.", "It is tiny.", 0.8)

    content = answers(ContentKNN(), "title", feature="title", vectors=VECTORS, quote=quote)
    first = content.for_user("dan", 1, explain=True)[0]
    assert first.item_id == "cat"
    assert first.reason.because == "similar"
    assert first.reason.value == pytest.approx(0.6)
    assert asked == [("cat", "dog")]
    assert first.reason.quote.other == "It is tiny."


def test_without_explaining_there_is_no_reason() -> None:
    assert answers(ItemKNN(), "id").for_user("ann", 1)[0].reason is None


def test_popularity_counts_and_knows_no_likeness() -> None:
    popular = answers(Popularity(), "id")
    first = popular.for_user("dan", 1, explain=True)[0]
    assert (first.item_id, first.reason.because, first.reason.value) == ("bee", "popular", 3)
    with pytest.raises(SeesayError, match="knows nothing of likeness"):
        popular.like_item("ant", 1)


def test_like_an_item_by_content_and_by_company() -> None:
    content = answers(ItemKNN(), "title", feature="title", vectors=VECTORS)
    assert [one.item_id for one in content.like_item("ant", 2)] == ["bee", "cat"]
    assert answers(ItemKNN(), "id").like_item("cat", 1)[0].item_id == "bee"


@pytest.mark.parametrize("ask", ["for_user", "like_item"])
def test_who_or_what_is_not_known(ask: str) -> None:
    with pytest.raises(SeesayError, match=r"There is no .* 'zoe'"):
        getattr(answers(ItemKNN(), "id"), ask)("zoe", 1)


def test_more_than_there_are() -> None:
    assert len(answers(ItemKNN(), "id").for_user("bob", 99)) == 2


def test_the_feature_that_explains_is_never_a_placebo() -> None:
    def chosen(spec: str) -> str:
        parsed = NAMES(spec)
        return explaining_feature(FeatureSet(parsed, dict.fromkeys(parsed.content, VECTORS)))

    assert chosen("id+title+described") == "described"
    assert chosen("random+title") == "title"
    assert chosen("id+random+shuffled") == ""


def test_by_content_leaves_the_item_itself_out() -> None:
    table = FeatureTable("title", list(ITEMS), VECTORS, {})
    found = by_content(table, VECTORS[0], 2, explain=True, item_id="ant")
    assert [one.item_id for one in found] == ["bee", "cat"]
    assert found[0].reason.other == "ant"
    fits = by_content(table, VECTORS[0], 1, explain=True)[0]
    assert (fits.item_id, fits.by, fits.reason.because) == ("ant", "title", "fits")


def test_an_item_without_a_vector_explains_nothing_and_is_like_nothing() -> None:
    lacking = VECTORS.copy()
    lacking[ITEMS.index("cat")] = 0
    by_id = answers(ItemKNN(), "id", feature="title", vectors=lacking)
    reasons = {one.item_id: one.reason for one in by_id.for_user("ann", 3, explain=True)}
    assert reasons["cat"].because == "unknown"
    assert reasons["dog"].because == "similar"
    assert "cat" not in {one.other for one in reasons.values()}
    with pytest.raises(SeesayError, match="'cat' has no vector"):
        by_id.like_item("cat", 2)

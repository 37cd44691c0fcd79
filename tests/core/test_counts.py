import pytest

from seesay.core.counts import counted


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (counted(1, "item"), "1 item"),
        (counted(0, "item"), "0 items"),
        (counted(2000, "item"), "2,000 items"),
        (counted(1, "address", "addresses"), "1 address"),
        (counted(2, "address", "addresses"), "2 addresses"),
    ],
)
def test_a_noun_is_in_the_singular_where_there_is_one(told: str, wanted: str) -> None:
    assert told == wanted

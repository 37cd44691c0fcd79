from __future__ import annotations

from seesay.core.errors import SeesayError, unknown_name


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    error = SeesayError("It is broken.", "Mend it.")
    assert str(error) == "It is broken. Mend it."


def test_an_unknown_name_comes_with_the_nearest_and_all_that_are_known() -> None:
    error = str(unknown_name("recommender", "sasrek", ["sasrec", "item-knn"]))
    assert "no recommender called 'sasrek'" in error
    assert "Did you mean 'sasrec'?" in error
    assert "item-knn, sasrec" in error


def test_nothing_near_is_not_guessed() -> None:
    assert "Did you mean" not in str(unknown_name("encoder", "zzzz", ["title"]))

from __future__ import annotations

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.encode.base import LACKS, Reads, Source, check_batch, lacking, unit_rows


@pytest.mark.parametrize("reads", LACKS)
def test_an_empty_item_lacks_everything(reads: Reads) -> None:
    assert lacking(Source(""), reads) == LACKS[reads]


def test_blank_text_is_no_text() -> None:
    assert lacking(Source("a", title=" \n"), "title")
    assert lacking(Source("a", words="\t"), "words")
    assert not lacking(Source("a", title="x"), "title")


def test_a_known_reason_is_told_instead_of_the_general_one() -> None:
    assert lacking(Source("a", missing="it is a text file"), "media") == "it is a text file"
    assert not lacking(Source("a", words="x", missing="it is a text file"), "words")


def test_a_batch_with_a_bare_item_names_it_and_says_what_to_do() -> None:
    check_batch([Source("a", words="x")], "words")
    with pytest.raises(SeesayError) as caught:
        check_batch([Source("a", words="x"), Source("b")], "words")
    assert "'b'" in caught.value.problem
    assert caught.value.remedy == "Describe it first: seesay describe"


def test_unit_rows_by_hand() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [0.0, -2.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0], [0, -1]], atol=1e-7)
    assert rows.dtype == np.float32

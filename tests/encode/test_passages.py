from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seesay.core.weights import minilm_folder
from seesay.encode.passages import split_texts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LONG = " ".join(f"In scene {at} a dog runs through garden number {at}." for at in range(80))


@pytest.fixture(scope="module")
def model() -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(minilm_folder()), local_files_only=True)


def test_a_text_that_fits_is_its_only_part(model: SentenceTransformer) -> None:
    assert split_texts(model, ["hello world"]) == [[("hello world", 2)]]


@pytest.mark.parametrize("prefix", ["", "passage of a video: "])
@pytest.mark.parametrize("text", [LONG, "word " * 700, "你好。" * 300, "ab-" * 500])
def test_parts_of_a_long_text_fit_the_model_and_lose_nothing(
    model: SentenceTransformer, text: str, prefix: str
) -> None:
    (parts,) = split_texts(model, [text.strip()], prefix)
    assert len(parts) > 1
    for part, size in parts:
        tokens = model.tokenizer(prefix + part, truncation=False)["input_ids"]
        assert len(tokens) <= model.max_seq_length
        assert size == len(model.tokenizer(part, add_special_tokens=False)["input_ids"])
    spaceless = "".join("".join(part for part, _ in parts).split())
    assert spaceless == "".join(text.split())


def test_parts_end_where_sentences_end(model: SentenceTransformer) -> None:
    (parts,) = split_texts(model, [LONG])
    assert all(part.startswith("In scene") and part.endswith(".") for part, _ in parts)

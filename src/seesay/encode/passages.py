"""Texts longer than a model reads, cut into passages where sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*\s+|[。！？]+|\n+")


def split_texts(
    model: SentenceTransformer, texts: list[str], prefix: str = ""
) -> list[list[tuple[str, int]]]:
    """Split each text into parts that the model can read whole, each with its number of tokens.

    A part ends where a sentence ends, else between two words, else anywhere. A text that fits is
    its only part.
    """
    tokenizer = model.tokenizer
    longest = model.max_seq_length
    if not longest or not getattr(tokenizer, "is_fast", False):
        return [[(text, 1)] for text in texts]
    own = tokenizer(prefix, verbose=False)["input_ids"]
    room = max(1, longest - len(own))
    tokens = tokenizer(
        texts,
        add_special_tokens=False,
        return_offsets_mapping=True,
        verbose=False,
        truncation=False,
    )
    return [
        [(text, max(1, len(spans)))] if len(spans) <= room else list(_passages(text, spans, room))
        for text, spans in zip(texts, tokens["offset_mapping"], strict=True)
    ]


def _passages(text: str, spans: list[tuple[int, int]], room: int) -> Iterator[tuple[str, int]]:
    starts = np.array([start for start, _ in spans])
    sentences = np.array([match.end() for match in SENTENCE_END.finditer(text)], np.int64)
    after_sentence = set(np.searchsorted(starts, sentences).tolist())
    after_space = {row for row, start in enumerate(starts) if start and text[start - 1].isspace()}
    first = 0
    while first < len(spans):
        last = min(first + room, len(spans))
        if last < len(spans):
            cuts = range(last, first, -1)
            last = next(
                (cut for among in (after_sentence, after_space) for cut in cuts if cut in among),
                last,
            )
        yield text[spans[first][0] : spans[last - 1][1]], last - first
        first = last

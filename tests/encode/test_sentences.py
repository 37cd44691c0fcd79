from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.core.weights import minilm_folder
from seesay.encode.base import Source
from seesay.encode.passages import split_texts
from seesay.encode.sentences import (
    DescribedEncoder,
    SentenceSettings,
    TagEncoder,
    TitleEncoder,
)

TITLES = ["a small dog runs home", "the puppy is running", "baking a chocolate cake"]
LONG = " ".join(f"In scene {at} a dog runs through garden number {at}." for at in range(80))
# What a slow machine is told.
QUIET = {"", "Loading the sentence model; the first time takes longest.\n"}
OFFLINE = """
import json, sys
reached = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        reached.append(str(args[-1] if event == "socket.connect" else args[0]))
sys.addaudithook(watch)
from seesay.encode.base import Source
from seesay.encode.sentences import SentenceSettings, TitleEncoder
for model in ("", sys.argv[1]):
    TitleEncoder(SentenceSettings(model=model)).encode([Source("a", title="hello")])
print(json.dumps(reached))
"""
UNREACHED = """
from seesay.core.errors import SeesayError
from seesay.encode.sentences import SentenceSettings, TitleEncoder
try:
    TitleEncoder(SentenceSettings(model="nobody/no-such-model")).encode_texts(["hello"])
except SeesayError as error:
    print(error.problem, "|", error.remedy)
"""


@pytest.fixture(scope="module")
def encoder() -> TitleEncoder:
    return TitleEncoder()


def items(*titles: str) -> list[Source]:
    return [Source(str(row), title=title, words="w") for row, title in enumerate(titles)]


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=200
    )


def test_like_titles_are_near_each_other(encoder: TitleEncoder) -> None:
    vectors = encoder.encode(items(*TITLES))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    near = vectors @ vectors.T
    assert near[0, 1] > near[0, 2] + 0.3


def test_a_query_lands_near_the_title_that_answers_it(encoder: TitleEncoder) -> None:
    (query,) = encoder.encode_texts(["recipe for dessert"])
    assert (encoder.encode(items(*TITLES)) @ query).argmax() == 2
    assert encoder.encode_texts([]).shape == (0, 384)


def test_an_empty_query_is_an_error(encoder: TitleEncoder) -> None:
    with pytest.raises(SeesayError, match="nothing to search for"):
        encoder.encode_texts(["  "])


def test_one_reads_titles_and_the_other_words(encoder: TitleEncoder) -> None:
    source = Source("a", title=TITLES[0], words=TITLES[2])
    title, words = encoder.encode(items(TITLES[0], TITLES[2]))
    np.testing.assert_allclose(encoder.encode([source])[0], title, atol=1e-6)
    np.testing.assert_allclose(DescribedEncoder().encode([source])[0], words, atol=1e-6)


def test_a_tag_is_read_as_a_title_is(encoder: TitleEncoder) -> None:
    source = Source("a", title=TITLES[0], words=TITLES[1], tag=TITLES[2])
    (tag,) = encoder.encode(items(TITLES[2]))
    np.testing.assert_allclose(TagEncoder().encode([source])[0], tag, atol=1e-6)


def test_equal_texts_and_many_lengths_keep_their_rows(encoder: TitleEncoder) -> None:
    titles = [f"{'very ' * (at % 7)}good day {at % 5}" for at in range(40)]
    together = encoder.encode(items(*titles))
    for row in (0, 5, 17, 35, 39):
        np.testing.assert_allclose(together[row], encoder.encode(items(titles[row]))[0], atol=1e-5)
    np.testing.assert_array_equal(together[0], together[35])


def test_without_normalising_the_model_speaks_for_itself(encoder: TitleEncoder) -> None:
    plain = TitleEncoder(SentenceSettings(normalize=False))
    np.testing.assert_allclose(
        plain.encode(items(TITLES[0])), encoder.encode(items(TITLES[0])), atol=1e-5
    )
    assert np.linalg.norm(plain.encode(items(LONG))[0]) < 0.999


def test_a_long_text_is_the_mean_of_its_parts_weighted_by_tokens(encoder: TitleEncoder) -> None:
    (parts,) = split_texts(encoder._model(), [LONG])
    vectors = encoder.encode(items(*(part for part, _ in parts)))
    weights = np.array([size for _, size in parts])
    mean = (vectors * weights[:, None]).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(
        encoder.encode(items(LONG))[0], mean / np.linalg.norm(mean), atol=1e-5
    )


def test_the_end_of_a_long_text_counts_unless_it_is_cut(encoder: TitleEncoder) -> None:
    other_end = LONG + " Then a cake with chocolate is baked in a hot oven." * 20
    split = encoder.encode(items(LONG, other_end))
    cut = TitleEncoder(SentenceSettings(split_long=False)).encode(items(LONG, other_end))
    assert split[0] @ split[1] < 0.98
    np.testing.assert_allclose(cut[0], cut[1], atol=1e-6)


def test_a_prefix_goes_before_items_and_the_other_before_queries(encoder: TitleEncoder) -> None:
    asked = TitleEncoder(SentenceSettings(prefix="passage: ", query_prefix="query: "))
    by_hand = encoder.encode(items("passage: a dog", "query: a dog"))
    np.testing.assert_allclose(asked.encode(items("a dog"))[0], by_hand[0], atol=1e-5)
    np.testing.assert_allclose(asked.encode_texts(["a dog"])[0], by_hand[1], atol=1e-5)


def test_a_folder_is_a_model_known_by_its_files(tmp_path: Path, encoder: TitleEncoder) -> None:
    moved = []
    for name in ("one", "two"):
        shutil.copytree(minilm_folder(), tmp_path / name)
        moved.append(TitleEncoder(SentenceSettings(model=str(tmp_path / name))))
    assert moved[0].dim == 384
    np.testing.assert_allclose(
        moved[0].encode(items(*TITLES)), encoder.encode(items(*TITLES)), atol=1e-6
    )
    assert moved[0].fingerprint() == moved[1].fingerprint()
    (tmp_path / "two" / "config.json").write_text("{}")
    assert moved[0].fingerprint() != moved[1].fingerprint()


def test_a_folder_without_a_model_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(SeesayError, match="cannot be loaded") as caught:
        TitleEncoder(SentenceSettings(model=str(tmp_path))).encode(items("a"))
    assert "embedded MiniLM" in caught.value.remedy


def test_what_does_not_change_vectors_is_not_in_the_fingerprint() -> None:
    plain = TitleEncoder().fingerprint()
    assert TitleEncoder(SentenceSettings(batch_size=3, device="cpu")).fingerprint() == plain
    assert TitleEncoder(SentenceSettings(split_long=False)).fingerprint() != plain
    assert TitleEncoder(SentenceSettings(model="a/b", revision="c")).fingerprint() == {
        **plain,
        "model": "a/b",
        "revision": "c",
        "files": {},
    }


def test_an_embedded_model_or_a_folder_asks_no_network_and_says_nothing(tmp_path: Path) -> None:
    shutil.copytree(minilm_folder(), tmp_path / "model")
    done = run(OFFLINE, str(tmp_path / "model"))
    assert json.loads(done.stdout) == []
    assert done.stderr in QUIET


def test_a_hub_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hub = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = run(UNREACHED, HF_ENDPOINT=hub, HF_HOME=str(tmp_path))
    assert "'nobody/no-such-model' cannot be loaded" in done.stdout
    assert "leave `model` empty for the embedded MiniLM" in done.stdout
    assert done.stdout.count("\n") == 1
    assert done.stderr in QUIET

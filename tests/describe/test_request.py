from __future__ import annotations

import json
import random

from hypothesis import given
from hypothesis import strategies as st

from seesay.describe.request import media_plan, request_key
from seesay.media.base import MediaSettings

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
values = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
fingerprints = st.dictionaries(
    st.text(max_size=8), values | st.dictionaries(st.text(max_size=4), values, max_size=3)
)
medias = st.builds(
    MediaSettings,
    plan=st.sampled_from(["uniform", "keyframes"]),
    count=st.integers(1, 9),
    frame_pixels=st.integers(64, 999),
    max_audio_seconds=st.floats(1, 999),
)
requests = st.fixed_dictionaries(
    {
        "content_sha256": hashes,
        "media": medias,
        "title": st.text(max_size=20),
        "transcript": st.text(max_size=20),
        "fingerprint": fingerprints,
    }
)


def as_json(value) -> str:
    """In Python, True equals 1; in JSON they differ, and so do their keys."""
    return json.dumps(value, sort_keys=True, default=lambda media: media.model_dump())


def shuffled(value, seed):
    if not isinstance(value, dict):
        return value
    pairs = [(key, shuffled(inner, seed)) for key, inner in value.items()]
    random.Random(seed).shuffle(pairs)
    return dict(pairs)


@given(request=requests, seed=st.integers())
def test_the_key_does_not_depend_on_the_order_of_keys(request, seed):
    other = {**request, "fingerprint": shuffled(request["fingerprint"], seed)}
    assert request_key(**shuffled(other, seed)) == request_key(**request)
    assert len(request_key(**request)) == 64


@given(one=requests, other=requests)
def test_the_key_changes_when_any_part_changes(one, other):
    for part in one:
        changed = {**one, part: other[part]}
        same = as_json(other[part]) == as_json(one[part])
        assert (request_key(**changed) == request_key(**one)) == same


@given(request=requests, name=st.text(max_size=8), value=values)
def test_the_key_changes_with_any_value_of_the_fingerprint(request, name, value):
    before = request["fingerprint"]
    after = {**before, name: [value]}
    assert request_key(**{**request, "fingerprint": after}) != request_key(**request)


@given(request=requests)
def test_words_do_not_slip_from_one_part_into_another(request):
    moved = {**request, "title": request["title"] + "x"}
    other = {**request, "transcript": request["transcript"] + "x"}
    assert request_key(**moved) != request_key(**other)


def key(media: MediaSettings) -> str:
    return request_key(content_sha256="0" * 64, media=media, title="", fingerprint={})


def test_limits_that_only_refuse_a_file_cost_no_second_description():
    same = MediaSettings(max_bytes=7, max_seconds=7, max_pixels=7, max_decode_seconds=7, rate=7)
    assert key(same) == key(MediaSettings())


def test_the_rate_matters_where_the_plan_reads_it():
    assert key(MediaSettings(plan="fps", rate=1)) != key(MediaSettings(plan="fps", rate=2))


def test_the_usual_length_of_a_piece_is_no_new_request_and_another_one_is():
    usual = MediaSettings(segment_seconds=120)
    assert "segment_seconds" not in media_plan(usual)
    assert key(usual) == key(MediaSettings())
    others = [key(MediaSettings(segment_seconds=seconds)) for seconds in (60, None)]
    assert len({key(usual), *others}) == 3

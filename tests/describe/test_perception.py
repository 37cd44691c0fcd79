from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from seesay.core.errors import SeesayError
from seesay.core.plugins import require
from seesay.describe.base import Description, Failure, Video
from seesay.describe.perception import PerceptionDescriber, PerceptionSettings
from seesay.describe.render import render
from seesay.media.base import SAMPLE_RATE, Media, MediaManifest, MediaSettings
from seesay.media.decode import decode

CLIPS = Path(__file__).parents[3] / "shared" / "data" / "clips"
NO_SOUND = np.empty(0, np.float32)


def video(frames: list[np.ndarray], audio: np.ndarray = NO_SOUND, title: str = "") -> Video:
    times = tuple(0.5 + number for number in range(len(frames)))
    manifest = MediaManifest(
        len(frames), len(frames), float(len(frames)), "h264", 320, 180, 0, len(audio) > 0, False
    )
    return Video("it", title, Media(Path("it.mp4"), tuple(frames), times, audio, manifest))


def described(perception: PerceptionDescriber, subject: Video) -> Description:
    (outcome,) = perception.describe([subject])
    assert isinstance(outcome, Description), outcome
    return outcome


def test_a_cat_is_seen_without_being_named(perception: PerceptionDescriber) -> None:
    facets = described(perception, video([data.chelsea()] * 2)).facets
    assert "cat" in facets.people_and_things
    assert facets.summary.startswith("It seems to show a cat")
    assert facets.actions == ["the picture hardly moves"]
    assert facets.sound == "No sound track"
    assert facets.mood == facets.intent == facets.humour == ""


def test_text_and_speech_are_in_the_words(
    perception: PerceptionDescriber,
    write: Callable[..., np.ndarray],
    say: Callable[..., np.ndarray],
) -> None:
    spoken = say("Today we bake a loaf of bread in the oven.")
    one = described(perception, video([write("Fresh bread daily")] * 3, spoken))
    assert one.facets.on_screen_text == ["Fresh bread daily"]
    assert "loaf of bread" in one.facets.speech
    assert "Fresh bread daily" in one.text
    assert one.text == render(one.facets)
    assert one.facets == type(one.facets).model_validate_json(one.raw)
    assert one.error == ""
    assert one.usage.requests == 0


def test_music_is_heard_and_no_words_with_it(
    perception: PerceptionDescriber, music: np.ndarray
) -> None:
    facets = described(perception, video([data.coffee()], music)).facets
    assert facets.speech == ""
    assert facets.sound.startswith("Music or a melody")
    assert "espresso" in facets.people_and_things


def test_sound_without_a_picture_is_described(
    perception: PerceptionDescriber, music: np.ndarray
) -> None:
    assert "melody" in described(perception, video([], music)).text


def test_the_owners_title_is_not_used(perception: PerceptionDescriber) -> None:
    named = described(perception, video([data.coffee()], title="My zebra holiday"))
    assert named.text == described(perception, video([data.coffee()])).text
    assert "zebra" not in named.text


def test_one_bad_video_fails_alone(perception: PerceptionDescriber) -> None:
    good = video([data.coffee()])
    nothing = video([])
    broken = video([np.zeros((0, 40, 3), np.uint8)])
    deaf = video([data.coffee()], np.full(SAMPLE_RATE, np.nan, np.float32))
    ids = ["a", "b", "c", "d", "e"]
    subjects = [good, nothing, broken, deaf, good]
    outcomes = perception.describe(
        [replace(subject, item_id=name) for subject, name in zip(subjects, ids, strict=True)]
    )
    assert [outcome.item_id for outcome in outcomes] == ids
    assert isinstance(outcomes[1], Failure)
    assert isinstance(outcomes[2], Failure)
    assert "\n" not in outcomes[2].error
    assert isinstance(outcomes[0], Description)
    assert isinstance(outcomes[3], Description)
    assert outcomes[3].facets.sound == "A silent sound track"
    assert isinstance(outcomes[4], Description)
    assert outcomes[0].text == outcomes[4].text


def test_settings_change_the_fingerprint_and_threads_do_not() -> None:
    plain = PerceptionDescriber().fingerprint()
    other = PerceptionDescriber(PerceptionSettings(language="de")).fingerprint()
    threads = PerceptionDescriber(PerceptionSettings(threads=7)).fingerprint()
    assert plain != other
    assert plain == threads


def test_check_passes_here_and_names_the_extra_elsewhere() -> None:
    PerceptionDescriber().check()
    with pytest.raises(SeesayError, match=r"pip install 'seesay\[embedded\]'"):
        require("no_such_package", "embedded")


def test_it_is_imported_without_its_models() -> None:
    program = (
        "import sys, seesay.describe.perception; "
        "heavy = {'torch', 'rapidocr', 'faster_whisper', 'onnxruntime', 'cv2'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the real clips are not on this machine")
@pytest.mark.parametrize(
    ("clip", "words"),
    [
        ("askanything_playing_guitar.mp4", "musical instrument"),
        ("pytorchvideo_archery.mp4", "hunting bow"),
        ("pllava_1917.mp4", "military uniform"),
        ("videollava_sample_demo_3.mp4", "pacs away from children"),
        ("microlens_10040_DailySharing.mp4", "In Chinese"),
    ],
)
def test_real_clips(perception: PerceptionDescriber, clip: str, words: str) -> None:
    media = decode(CLIPS / clip, MediaSettings())
    assert words in described(perception, Video(clip, "", media)).text

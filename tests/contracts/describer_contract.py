"""What every describer must keep to; a plug-in of your own can be put through the same checks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seesay.core.errors import SeesayError
from seesay.core.hashing import value_sha256
from seesay.core.plugins import build_plugin, plugin_class
from seesay.describe.base import Describer, Description, Failure, Video
from seesay.describe.render import render
from seesay.media.base import Media, MediaManifest


@dataclass(frozen=True)
class Case:
    """A describer under test.

    Attributes:
        options: settings with which it works here.
        broken: settings with which its `check` must fail, each with a word of the remedy.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    broken: Sequence[tuple[dict[str, Any], str]] = ()

    def build(self) -> Describer:
        built: Describer = build_plugin("describer", self.name, self.options)
        return built


def video(item_id: str, shade: int, title: str = "", sound: bool = True) -> Video:
    """Return a video of two frames with a bright square that moves, and a tone."""
    frames = []
    for step in (0, 1):
        frame = np.full((90, 120, 3), shade, np.uint8)
        frame[30:60, 20 + 40 * step : 50 + 40 * step] = (250, 240, 30)
        frames.append(frame)
    seconds = np.arange(16_000 if sound else 0) / 16_000
    audio = (0.3 * np.sin(2 * np.pi * 330 * seconds)).astype(np.float32)
    manifest = MediaManifest(2, 2, 1.0, "h264", 120, 90, 0, sound, False)
    return Video(
        item_id, title, Media(Path(f"{item_id}.mp4"), tuple(frames), (0.25, 0.75), audio, manifest)
    )


def nothing(item_id: str) -> Video:
    """Return a video of which neither a frame nor a sound came out."""
    manifest = MediaManifest(2, 0, 0.0, "h264", 0, 0, 0, False, True)
    media = Media(Path(f"{item_id}.mp4"), (), (), np.empty(0, np.float32), manifest)
    return Video(item_id, "", media)


class DescriberContract:
    """The checks; a subclass gives the fixture `case`."""

    def test_it_builds_from_defaults_under_its_own_name(self, case: Case) -> None:
        built = build_plugin("describer", case.name)
        assert built.name == case.name
        assert built.settings == type(built).Settings()
        assert built.batch_size >= 1
        assert built.in_flight >= 1

    def test_its_settings_survive_a_round_trip(self, case: Case) -> None:
        settings = case.build().settings
        text = settings.model_dump_json()
        again = build_plugin("describer", case.name, json.loads(text))
        assert again.settings == settings
        assert again.fingerprint() == case.build().fingerprint()

    def test_a_setting_that_it_does_not_know_is_an_error_with_a_remedy(self, case: Case) -> None:
        with pytest.raises(SeesayError, match="Known keys"):
            build_plugin("describer", case.name, {"no_such_setting": 1})

    def test_its_fingerprint_is_json_and_does_not_change(self, case: Case) -> None:
        described = case.build()
        before = value_sha256(described.fingerprint())
        described.describe([video("a", 40)])
        assert value_sha256(described.fingerprint()) == before
        assert value_sha256(case.build().fingerprint()) == before
        assert isinstance(described.fingerprint().get("model", ""), str)

    def test_one_outcome_a_video_in_order(self, case: Case) -> None:
        videos = [video("a", 10), video("b", 120, "a title"), video("c", 230, sound=False)]
        outcomes = case.build().describe(videos)
        assert [outcome.item_id for outcome in outcomes] == ["a", "b", "c"]
        assert all(isinstance(outcome, Description) for outcome in outcomes)
        assert case.build().describe([]) == []

    def test_the_text_is_rendered_from_the_facets(self, case: Case) -> None:
        for outcome in case.build().describe([video("a", 10), video("b", 120, "a title")]):
            assert isinstance(outcome, Description)
            assert outcome.text == render(outcome.facets) != ""

    def test_a_bad_video_is_a_failure_and_its_neighbours_are_described(self, case: Case) -> None:
        outcomes = case.build().describe([video("a", 10), nothing("bad"), video("c", 230)])
        assert [outcome.item_id for outcome in outcomes] == ["a", "bad", "c"]
        assert [isinstance(outcome, Failure) for outcome in outcomes] == [False, True, False]
        assert isinstance(outcomes[1], Failure)
        assert outcomes[1].error.strip()
        assert "\n" not in outcomes[1].error

    def test_the_same_input_gives_the_same_words(self, case: Case) -> None:
        videos = [video("a", 10, "one"), video("b", 120, "two")]
        same = case.build()
        first, second, fresh = same.describe(videos), same.describe(videos), case.build()
        assert first == second == fresh.describe(videos)
        assert fresh.describe(videos[1:]) == first[1:]

    def test_check_passes_where_it_works(self, case: Case) -> None:
        case.build().check()

    def test_check_says_what_to_do_where_it_does_not(self, case: Case) -> None:
        for options, remedy in case.broken:
            with pytest.raises(SeesayError) as caught:
                build_plugin("describer", case.name, {**case.options, **options}).check()
            assert remedy in caught.value.remedy

    def test_it_has_a_settings_class_of_its_own(self, case: Case) -> None:
        settings = plugin_class("describer", case.name).Settings
        assert settings.__doc__
        assert settings.model_config["extra"] == "forbid"

"""All of seesay.toml, and the commented file that a new workspace starts with."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from seesay.catalog.paths import VideosSettings
from seesay.catalog.split import SplitSettings
from seesay.catalog.tables import ColumnSettings
from seesay.core.settings import Section
from seesay.describe.duplicates import DuplicatesSettings
from seesay.describe.review import ReviewSettings
from seesay.media.base import MediaSettings
from seesay.serve.settings import ServeSettings

SETTINGS = "seesay.toml"
ABOUT = {
    "columns": "What the columns of your own tables are called.",
    "videos": "Where your videos lie, if not beside the tables that name them.",
    "media": "How a video is sampled, and the limits past which it is refused.",
    "duplicates": "When two videos count as one; a distance of 0 compares nothing.",
    "review": "What descriptions are graded by.",
    "split": "How the log is cut into what is trained on, what decides when to stop, and the test.",
    "defaults": "What commands do where nothing else is said.",
    "serve": "How a service listens and what it lets in.",
}
PLUGINS = """\
# Each describer, encoder and recommender has a section of its own, such as:
# [describers.openai]
# model = "the-model"
# base_url = "http://127.0.0.1:8000/v1"
#
# [recommenders.sasrec]
# dim = 128
"""


class Defaults(Section):
    """What commands do where nothing else is said.

    Attributes:
        missing: an item that a feature does not cover is an error (`refuse`), or gets the mean of
            the feature's vectors, which says nothing about it (`mean`).
    """

    describer: str = "perception"
    missing: Literal["refuse", "mean"] = "refuse"


class WorkspaceSettings(Section):
    """All of seesay.toml; the last three hold a section for each plug-in, by its name."""

    columns: ColumnSettings = ColumnSettings()
    videos: VideosSettings = VideosSettings()
    media: MediaSettings = MediaSettings()
    duplicates: DuplicatesSettings = DuplicatesSettings()
    review: ReviewSettings = ReviewSettings()
    split: SplitSettings = SplitSettings()
    defaults: Defaults = Defaults()
    serve: ServeSettings = ServeSettings()
    describers: dict[str, dict[str, Any]] = Field(default_factory=dict)
    encoders: dict[str, dict[str, Any]] = Field(default_factory=dict)
    recommenders: dict[str, dict[str, Any]] = Field(default_factory=dict)


def template() -> str:
    """Return a seesay.toml that names every key with its default, all of them commented out."""
    parts = ["# The settings of this workspace. What is commented out is the default.\n"]
    defaults = WorkspaceSettings().model_dump(mode="json")
    for section, line in ABOUT.items():
        keys = [f"# {key} = {json.dumps(value)}" for key, value in defaults[section].items()]
        parts.append("\n".join([f"# {line}", f"# [{section}]", *keys, ""]))
    return "\n".join([*parts, PLUGINS])

import json
import time

import pytest
from pydantic import ValidationError

from seesay.media.base import Deadline, MediaError, MediaManifest, MediaSettings


def test_a_deadline_passes_and_then_raises():
    Deadline(60).check()
    deadline = Deadline(1e-6)
    time.sleep(1e-3)
    with pytest.raises(MediaError, match="max_decode_seconds"):
        deadline.check()


def test_the_manifest_is_json():
    manifest = MediaManifest(4, 3, 2.5, "h264", 16, 9, 90, True, False, "a note", 12)
    assert json.loads(json.dumps(manifest.as_dict()))["frames_got"] == 3


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"rate": 0}, {"frame_pixels": 0}, {"plan": "every"}, {"max_bytes": 0}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        MediaSettings(**wrong)

"""The request key: the hash of everything that decides a description, so none is paid for twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seesay.core.hashing import value_sha256
from seesay.media.base import SEGMENT_SECONDS, MediaSettings

KEY_VERSION = 1


def media_plan(media: MediaSettings) -> dict[str, Any]:
    """Return the settings that change which frames and samples come out of a file.

    The limits that only refuse a file are left out, and so is the rate where no plan reads it:
    to change those must not cost a second description. So is the usual length of a piece, so that
    what was paid for before there were pieces is known again.
    """
    plan: dict[str, Any] = {
        "plan": media.plan,
        "count": media.count,
        "frame_pixels": media.frame_pixels,
        "max_audio_seconds": media.max_audio_seconds,
    }
    if media.plan == "fps":
        plan["rate"] = media.rate
    if media.segment_seconds != SEGMENT_SECONDS:
        plan["segment_seconds"] = media.segment_seconds
    return plan


def request_key(
    *,
    content_sha256: str,
    media: MediaSettings,
    title: str,
    fingerprint: Mapping[str, Any],
    transcript: str = "",
) -> str:
    """Return the SHA-256 in hex of what is asked of whom about which file.

    Args:
        content_sha256: of the file's bytes; its name and folder do not matter.
        fingerprint: the describer's: model, revision, prompt, decoding parameters, rendering.

    Raises:
        TypeError: the fingerprint holds something that JSON does not know.
    """
    return value_sha256(
        {
            "version": KEY_VERSION,
            "content": content_sha256,
            "media": media_plan(media),
            "title": title,
            "transcript": transcript,
            "describer": fingerprint,
        }
    )

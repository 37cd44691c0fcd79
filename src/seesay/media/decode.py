"""A video file becomes frames, sound and a manifest, within limits of size and time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer

from seesay.media.audio import Sound, read_sound
from seesay.media.base import Deadline, Media, MediaError, MediaManifest, MediaSettings
from seesay.media.picture import Orientation, upright
from seesay.media.plan import by_change, plan_times, segments_of, thin
from seesay.media.shots import Film, check_pixels, take
from seesay.media.survey import key_times, sound_stream, survey, video_stream

# Only formats whose one file holds the media itself: playlists and image sequences would make the
# decoder open whatever other files and addresses they name.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,m4v,h264,hevc,vvc,av1,obu,ivf,"
    "avi,asf,flv,live_flv,ogg,rm,mxf,gxf,nut,wtv,dv,vob,swf,yuv4mpegpipe,mjpeg,gif,apng,h263,h261,"
    "vc1,mp3,aac,flac,wav,w64,aiff,ac3,eac3,amr,caf,ape,tta,wv,dts,au"
)


@dataclass
class Shots:
    """The frames that were taken, by the second at which each came on."""

    asked: int = 0
    decoded: int = 0
    frames: dict[float, np.ndarray] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    turn: Orientation = field(default_factory=Orientation)
    note: str = ""


def decode(
    path: Path, settings: MediaSettings, *, sound: bool = True, frames: bool = True
) -> Media:
    """Decode the frames that `settings` plan, and the sound, of one file.

    Args:
        path: the video file.
        settings: the plan and the limits.
        sound: read the sound; without it `audio` is empty.
        frames: read the frames; without it `frames` and `times` are empty.

    Raises:
        MediaError: the file cannot be decoded, or is past a limit; one line, file name first.
    """
    try:
        size = _checked_size(path, settings)
        deadline = Deadline(settings.max_decode_seconds)
        with _opened(path, deadline) as container:
            return _decoded(path, container, size, settings, deadline, sound, frames)
    except MediaError as error:
        raise MediaError(f"{path.name}: {error}") from error
    except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
        raise MediaError(f"{path.name}: it cannot be decoded ({_why(error)})") from error


def _decoded(
    path: Path,
    container: InputContainer,
    size: int,
    settings: MediaSettings,
    deadline: Deadline,
    sound: bool,
    frames: bool,
) -> Media:
    video = video_stream(container)
    check_pixels(video.width, video.height, settings)
    track = sound_stream(container)
    timeline = survey(container, video, size, deadline)
    _check_seconds(timeline.seconds, settings)
    segments = segments_of(timeline.seconds, settings.segment_seconds)
    of_all = settings.model_copy(update={"count": settings.count * segments})
    reopen = partial(_opened, path, deadline)
    film = Film(container, video, timeline, of_all, deadline, reopen)
    shots = _take(film, frames)
    heard = Sound(np.zeros(0, np.float32))
    if sound and track is not None:
        heard = read_sound(container, track, timeline.origin, settings.max_audio_seconds, deadline)
    cut = f"only the first {settings.max_audio_seconds:g} s of sound were read" if heard.cut else ""
    manifest = MediaManifest(
        frames_asked=shots.asked,
        frames_got=len(shots.frames),
        seconds=round(timeline.seconds, 3),
        codec=video.codec_context.codec.canonical_name,
        width=shots.size[0],
        height=shots.size[1],
        rotation=shots.turn.rotation,
        sound=heard.samples.size > 0 if sound else track is not None,
        truncated=timeline.truncated,
        note="; ".join(note for note in (shots.note, heard.fault, cut) if note),
        frames_decoded=shots.decoded,
        segments=segments,
    )
    times = tuple(sorted(shots.frames))
    return Media(path, tuple(shots.frames[when] for when in times), times, heard.samples, manifest)


def _take(film: Film, wanted: bool) -> Shots:
    """Take the planned frames, all of them turned as the first one says."""
    timeline, settings = film.timeline, film.settings
    wants_keys = wanted and settings.plan == "keyframes"
    keys: tuple[float, ...] = ()
    if wants_keys and timeline.timed:
        keys = key_times(film.container, film.video, timeline.origin, film.deadline)
    targets = plan_times(settings, timeline.start, timeline.end, keys) if wanted else ()
    shots = Shots(asked=len(targets))
    if wants_keys and not keys:
        shots.note = "no key frame has a time, so frames were spread evenly"
    if not timeline.timed:
        shots.note = f"it holds no times; frames were counted at {timeline.rate:g} a second"
    # Without frames to take, one still has to be looked at to know which way is up.
    taken = take(film, targets or (timeline.start,), keys_only=bool(keys))
    if not taken.by_second:
        raise MediaError("not one of its pictures can be decoded; it is damaged or cut short")
    first = next(iter(taken.by_second.values()))
    shots.decoded, shots.turn = taken.decoded, first.turn
    shots.size = first.size[::-1] if first.turn.swap else first.size
    if wanted:
        for when, shot in taken.by_second.items():
            shots.frames[when] = upright(shot.picture, first.turn)
    if settings.plan == "adaptive":
        _keep_by_change(shots, settings.count)
    return shots


def _keep_by_change(shots: Shots, count: int) -> None:
    """Keep as many of the frames as were asked for, where the picture changes."""
    shots.asked = min(shots.asked, count)
    times = sorted(shots.frames)
    if len({shots.frames[when].shape for when in times}) > 1:
        kept = thin(range(len(times)), count)
    else:
        kept = by_change([shots.frames[when] for when in times], count)
    shots.frames = {times[at]: shots.frames[times[at]] for at in kept}


@contextmanager
def _opened(path: Path, deadline: Deadline) -> Iterator[InputContainer]:
    """Open a file of a known media format, and close it whatever happens."""
    try:
        container = av.open(
            str(path.resolve()),
            container_options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
            metadata_errors="replace",
            timeout=deadline.seconds,
        )
    except av.ExitError:
        deadline.check()
        raise
    except (av.InvalidDataError, av.ArgumentError, av.EOFError) as error:
        raise MediaError(
            f"it is not a video that can be read ({_why(error)}): "
            "another kind of file, or one cut short before its index"
        ) from error
    with container:
        yield container


def _checked_size(path: Path, settings: MediaSettings) -> int:
    if not path.exists():
        raise MediaError("there is no such file; check the item's path")
    if not path.is_file():
        raise MediaError("it is not a file; give the path of a video file")
    size = path.stat().st_size
    if size == 0:
        raise MediaError("it is empty (0 bytes); fetch it again")
    if size > settings.max_bytes:
        raise MediaError(
            f"it has {size:,} bytes, and max_bytes is {settings.max_bytes:,}; "
            "raise max_bytes, or give a smaller file"
        )
    return size


def _check_seconds(seconds: float, settings: MediaSettings) -> None:
    if seconds > settings.max_seconds:
        raise MediaError(
            f"it is {seconds:.0f} s long, and max_seconds is {settings.max_seconds:g}; "
            "raise max_seconds, or give a shorter one"
        )


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__

"""How long `perception` takes for a clip of 10 s and more, beside how long the clip plays.

Clips are made on the spot from those of the demo, longer and with more to read and to hear; the
real clips of the shared folder join them where it is there. Decoding counts, loading models not.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from measuring import SHARED, Cost, Row, arguments, clock, load, middle, report
from seesay.catalog.datasets.demo import write_clips
from seesay.catalog.datasets.demo_shots import SIZES, TOPICS, Shot
from seesay.catalog.datasets.demo_viewers import Clip
from seesay.describe.base import Description, Video
from seesay.describe.perception import PerceptionDescriber
from seesay.media.base import MediaSettings
from seesay.media.decode import decode

LEAST_SECONDS = 10.0
TALK = (
    "This is what I have been working on since the end of the summer. "
    "Nobody believed that it could be done in one afternoon, and they were nearly right. "
    "First of all, look at the light on the left side, because it changes everything. "
    "Then wait for about a minute, count the colours, and write the numbers down. "
    "If you have a question, ask me below, and I will answer it tomorrow evening."
)


@dataclass(frozen=True)
class Measured:
    """One clip: how long it plays, and what describing it cost."""

    name: str
    plays: float
    cost: Cost


def main() -> None:
    parser = arguments(__doc__, repeats=3)
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of data/clips")
    asked = parser.parse_args()
    busy = load()
    describer = PerceptionDescriber()
    with tempfile.TemporaryDirectory() as folder:
        made = make_clips(Path(folder))
        # The talk loads Whisper too.
        describe(describer, made["made, 12 s, talk"])
        measured = [measure(describer, name, path, asked.repeats) for name, path in made.items()]
    real = sorted((asked.shared / "data" / "clips").glob("*.mp4"))
    taken = [measure(describer, path.stem, path, asked.repeats) for path in real]
    long_enough = [one for one in taken if one.plays >= LEAST_SECONDS]
    for one in [one for one in taken if one.plays < LEAST_SECONDS]:
        print(f"no goal for {one.name}: {one.plays:.1f} s of video in {one.cost.seconds:.1f} s")
    if not real:
        print(f"no real clips: {asked.shared / 'data' / 'clips'} is not there")
    rows = [_row(f"describe {one.name}", one, busy) for one in [*measured, *long_enough]]
    rows.append(_all("describe, median of the made clips", measured, busy))
    if long_enough:
        rows.append(_all("describe, median of the real clips", long_enough, busy))
    report(rows, asked.json)


def make_clips(folder: Path) -> dict[str, Path]:
    """Write clips of three kinds in two lengths."""
    bases: dict[str, Shot] = {
        "captions and music": replace(
            TOPICS[1].shots[2], captions=("3... 2... 1...", "lift off!", "see you", "in space")
        ),
        "talk": replace(TOPICS[0].shots[1], speech=TALK, captions=("do not", "miss the end")),
        "captions, no sound": TOPICS[3].shots[3],
    }
    planned: list[tuple[Clip, Shot]] = []
    for seconds in (12, 30):
        for name, shot in bases.items():
            # About 2.6 words a second are spoken; what does not fit is cut off.
            clip = Clip(f"made, {seconds} s, {name}", "bench", "bench", "music")
            planned.append((clip, replace(shot, seconds=float(seconds))))
    assert all(shot.shape in SIZES for _, shot in planned)
    write_clips(planned, folder)
    return {clip.item_id: folder / f"{clip.item_id}.mp4" for clip, _ in planned}


def describe(describer: PerceptionDescriber, path: Path) -> float:
    """Decode and describe one clip; return how many seconds it plays.

    Raises:
        SystemExit: it could not be described, so that its time means nothing.
    """
    media = decode(path, MediaSettings())
    outcome = describer.describe([Video(path.stem, "", media)])[0]
    if not isinstance(outcome, Description):
        raise SystemExit(f"{path.name} was not described: {outcome.error}")
    return media.manifest.seconds


def measure(describer: PerceptionDescriber, name: str, path: Path, repeats: int) -> Measured:
    """Describe one clip several times."""
    runs = [clock(lambda: describe(describer, path)) for _ in range(repeats)]
    return Measured(name, runs[0][1], middle([cost for cost, _ in runs]))


def _row(figure: str, one: Measured, busy: float) -> Row:
    return Row(figure, one.cost.seconds, "seconds it plays", one.plays, busy, one.cost.cpu)


def _all(figure: str, measured: list[Measured], busy: float) -> Row:
    """Return the median of seconds a second of video."""
    share = median(one.cost.seconds / one.plays for one in measured)
    cpu = median(one.cost.cpu / one.plays for one in measured)
    return Row(f"{figure}, seconds a second", share, "limit", 1.0, busy, cpu)


if __name__ == "__main__":
    main()

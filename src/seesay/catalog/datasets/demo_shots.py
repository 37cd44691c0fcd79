"""What each clip of the demo shows, says and sounds like: twelve topics with four shots each.

The photographs are those that scikit-image's package holds and documents as CC0 or released into
the public domain. Left out are those that it says less of (coins, moon, page, motorcycle, the
stained tissue: no known restrictions, or nothing said), and scikit-learn's two (CC BY). Titles are
as short and vague as real ones often are; captions and speech say more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seesay.catalog.datasets.demo_camera import Grade, Move, Place
from seesay.catalog.datasets.demo_file import Codec
from seesay.catalog.datasets.demo_sound import Music

Shape = Literal["wide", "tall", "square"]

SIZES: dict[Shape, tuple[int, int]] = {
    "wide": (640, 360),
    "tall": (360, 640),
    "square": (480, 480),
}


@dataclass(frozen=True)
class Shot:
    """One clip: what is filmed, how, with which words and sounds.

    Attributes:
        captions: shown one after another, each for an equal part of the clip.
        speech: a sentence to be spoken; it has to fit into `seconds`.
        music: None where there is none; a clip without music and speech has no sound track.
        rate: frames a second; 29.97 stands for 30000/1001.
        quarter_turns: how often the stored frames are turned, with the display matrix set.
    """

    photo: str
    title: str
    captions: tuple[str, ...] = ()
    speech: str = ""
    music: Music | None = None
    move: Move = "zoom_in"
    grade: Grade = "plain"
    focus: tuple[float, float] = (0.5, 0.5)
    shape: Shape = "wide"
    seconds: float = 3.0
    rate: float = 15
    codec: Codec = "h264"
    place: Place = "bottom"
    boxed: bool = False
    quarter_turns: int = 0


@dataclass(frozen=True)
class Topic:
    """Four shots of the same thing; viewers who like it may like others of its world."""

    name: str
    world: str
    shots: tuple[Shot, Shot, Shot, Shot]


# A row a shot reads better than a line an argument.
# fmt: off
_CAT = Topic("cat", "home", (
    Shot("chelsea.png", "you have to see this", ("my cat heard", "the fridge open"), music="bells",
         focus=(0.47, 0.45), move="pull"),
    Shot("chelsea.png", "Ginger cat, close up", shape="tall", music="chords", grade="warm",
         speech="Look at those green eyes. She is a very calm cat.", seconds=3.8, move="tilt",
         focus=(0.4, 0.4)),
    Shot("chelsea.png", "day 12", ("this kitten is not impressed",), shape="square", music="bells",
         move="shake", place="top", focus=(0.55, 0.5), rate=24, seconds=2.4),
    Shot("chelsea.png", "monday mood", ("cat says no",), move="cut", grade="faded", boxed=True,
         focus=(0.4, 0.3), seconds=2.5),
))

_COFFEE = Topic("coffee", "home", (
    Shot("coffee.png", "How I make my espresso", ("espresso at home",), shape="tall",
         speech="This is how I make a good cup of coffee.", seconds=3.2,
         move="zoom_out", place="top"),
    Shot("coffee.png", "wait for it", ("first coffee of the morning",), music="chords", move="pan",
         grade="warm", boxed=True, seconds=2.6),
    Shot("coffee.png", "POV: it is 6 am", ("do not talk to me", "before my coffee"), move="zoom_in",
         grade="night", focus=(0.5, 0.4), codec="hevc"),
    Shot("coffee.png", "this changed everything", music="chords", shape="square",
         speech="Taste your coffee before you put in sugar.", seconds=3.0, move="turn"),
))

_GARDEN = Topic("garden", "home", (
    Shot("grass.png", "My lawn after the rain", ("mow the lawn on sunday",), grade="green",
         music="chords", move="pan", seconds=2.5),
    Shot("gravel.png", "before and after", ("a gravel path", "for the garden"), grade="plain",
         shape="tall", music="arpeggio", move="tilt", place="middle", boxed=True, rate=12),
    Shot("gravel.png", "weekend project", music="bells", grade="warm", move="zoom_out",
         speech="Rake the gravel in the garden, then water the grass.", seconds=3.6),
    Shot("grass.png", "asmr", ("walking on grass",), grade="green", shape="square", move="shake",
         rate=24, seconds=2.2, place="top"),
))

_ROCKET = Topic("rocket", "space", (
    Shot("rocket.jpg", "Rocket on the launch pad at dusk", music="drone", move="zoom_in",
         speech="Ten minutes to launch. The rocket is ready.", seconds=3.2, focus=(0.47, 0.6),
         rate=24),
    Shot("rocket.jpg", "part 3", ("the night before the launch",), music="drone", move="pan",
         grade="night", place="top"),
    Shot("rocket.jpg", "no way", ("3... 2... 1...", "lift off!"), shape="tall", music="drums",
         move="shake", focus=(0.47, 0.6), rate=29.97, seconds=2.4),
    Shot("rocket.jpg", "goosebumps", ("the tallest rocket I have seen",), shape="square",
         music="drone", move="tilt", focus=(0.47, 0.55), grade="cold", boxed=True),
))

_GALAXIES = Topic("galaxies", "space", (
    Shot("hubble_deep_field.jpg", "sound on", ("every dot is a galaxy",), music="drone",
         move="zoom_in", boxed=True, seconds=3.2),
    Shot("hubble_deep_field.jpg", "I feel so small", music="drone", move="pan", shape="tall",
         speech="Each of these lights is a galaxy with billions of stars.", seconds=3.8),
    Shot("hubble_deep_field.jpg", "Galaxies seen by the Hubble telescope",
         ("light that is billions of years old",), move="turn", shape="square", music="bells",
         rate=12, place="middle"),
    Shot("hubble_deep_field.jpg", "zoom in until the end", ("deep space",), grade="vivid",
         move="zoom_out", focus=(0.7, 0.55), music="arpeggio", codec="hevc", seconds=2.6),
))

_ASTRONAUT = Topic("astronaut", "space", (
    Shot("astronaut.png", "Meet the astronaut", ("ready to fly to space",), shape="tall",
         music="arpeggio", move="zoom_out", focus=(0.45, 0.3)),
    Shot("astronaut.png", "her first day at work", ("orange suit, big smile",), move="tilt",
         grade="vivid", music="drone", focus=(0.45, 0.25), rate=24, seconds=2.3),
    Shot("astronaut.png", "she did it", shape="square", move="zoom_in", music="drone",
         speech="She trained for years to pilot the space shuttle.", seconds=3.4,
         focus=(0.44, 0.25)),
    Shot("astronaut.png", "dream job", ("how to become", "an astronaut"), move="pan_back",
         grade="faded", boxed=True, focus=(0.5, 0.35)),
))

_CELLS = Topic("cells", "science", (
    Shot("cell.png", "A living cell under the microscope", music="arpeggio", move="zoom_in",
         focus=(0.78, 0.57), grade="cold", seconds=2.5),
    Shot("cell.png", "it moves", ("one cell", "seen by microscope"), shape="square",
         music="arpeggio", move="shake", focus=(0.75, 0.55), grade="green"),
    Shot("cell.png", "so cool", move="pan", focus=(0.7, 0.55), grade="cold", codec="hevc",
         speech="This is a single cell, floating under the microscope.", seconds=3.6),
    Shot("cell.png", "day 4", ("waiting for the cell to divide",), shape="tall", grade="rose",
         move="tilt", focus=(0.78, 0.57), boxed=True, place="top", rate=12),
))

_EYE = Topic("eye", "science", (
    Shot("retina.jpg", "guess what this is", ("planet?", "no: the back of an eye"), music="bells",
         move="zoom_out", shape="square", boxed=True),
    Shot("retina.jpg", "What the doctor sees in your eye", music="arpeggio", move="pan",
         speech="This is the back of your eye. The bright spot is the nerve.", seconds=4.0),
    Shot("retina.jpg", "not a planet", ("blood vessels of the retina",), shape="tall",
         music="arpeggio", move="turn", grade="warm", place="top", seconds=2.5),
    Shot("retina.jpg", "get checked", ("book your eye test today",), move="cut", focus=(0.35, 0.5),
         grade="faded", place="middle", rate=24, seconds=2.4),
))

_MATHS = Topic("maths", "science", (
    Shot("text.png", "Solving it step by step", ("algebra on paper",), music="arpeggio", move="pan",
         grade="sepia", boxed=True, seconds=2.8),
    Shot("text.png", "nobody taught me this", ("a maths trick", "in 3 seconds"), music="drums",
         move="shake", shape="square", place="top", rate=29.97, seconds=2.2),
    Shot("text.png", "study with me", move="pan_back", grade="cold", music="chords",
         speech="Write down the equation. Then solve it line by line.", seconds=3.9),
    Shot("text.png", "3 am again", ("homework: the last equation",), move="zoom_in", grade="night",
         boxed=True, music="arpeggio", seconds=2.5),
))

_HORSE = Topic("horse", "outdoors", (
    Shot("horse.png", "listen", music="drums", move="pan", grade="warm", focus=(0.7, 0.25),
         speech="A horse can sleep while it is standing up.", seconds=3.4),
    Shot("horse.png", "Horse silhouette", ("a horse standing still",), shape="square",
         music="chords", move="zoom_out", grade="plain", boxed=True, rate=24, seconds=2.4),
    Shot("horse.png", "so elegant", ("my horse, my best friend",), grade="rose", music="drums",
         move="zoom_in", focus=(0.8, 0.2), place="bottom"),
    Shot("horse.png", "guess the animal", ("four legs, a long tail", "it is a horse"), shape="tall",
         move="pan_back", grade="sepia", place="top", focus=(0.3, 0.5)),
))

_PHOTOGRAPHER = Topic("photographer", "outdoors", (
    Shot("camera.png", "behind the scenes", ("camera, tripod, patience",), shape="tall",
         music="drums", move="tilt", grade="sepia", focus=(0.45, 0.4), quarter_turns=1),
    Shot("camera.png", "old school", ("shooting on film today",), music="drums", move="zoom_in",
         focus=(0.45, 0.3), codec="hevc", seconds=2.4),
    Shot("camera.png", "How to hold a camera steady", move="zoom_out", shape="square",
         speech="Put the camera on a tripod and breathe out slowly.", seconds=3.6,
         focus=(0.5, 0.35)),
    Shot("camera.png", "he waited 3 hours", ("the photographer waits", "for the light"),
         music="chords", move="pan", grade="cold", boxed=True, focus=(0.5, 0.3), rate=24,
         seconds=2.5),
))

_BRICKS = Topic("bricks", "outdoors", (
    Shot("brick.png", "satisfying", ("perfect rows of brick",), shape="square", move="turn",
         grade="warm", rate=24, seconds=2.4),
    Shot("brick.png", "so straight", ("brick wall,", "day one"), music="drums", grade="sepia",
         move="pan", boxed=True, place="middle"),
    Shot("brick.png", "Building a brick wall", music="drums", grade="warm", move="tilt",
         speech="Lay the bricks in rows, and fill the gaps with mortar.", seconds=3.8),
    Shot("brick.png", "would you walk here?", ("our brick path is finished",), shape="tall",
         music="drums", move="zoom_out", grade="cold", place="top", quarter_turns=3),
))

# One of each world in turn, so that a few clips already show several.
TOPICS = (
    _CAT, _ROCKET, _CELLS, _HORSE,
    _COFFEE, _GALAXIES, _EYE, _PHOTOGRAPHER,
    _GARDEN, _ASTRONAUT, _MATHS, _BRICKS,
)
# fmt: on

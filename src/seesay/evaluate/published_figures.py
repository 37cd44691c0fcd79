"""Figures that others published, to be read beside ours and never as the same experiment."""

from __future__ import annotations

from dataclasses import dataclass

MICROLENS = "MicroLens, table of benchmarks (Ni et al. 2023, arXiv 2309.15379)"
PAPER = "Describe What You See (De Nadai et al. 2025, arXiv 2508.09789)"
PROTOCOLS = {
    MICROLENS: "MicroLens-100K, leave-one-out, full ranking",
    PAPER: "MicroLens-100K; its own split, describers, encoders and training",
}
PRESETS = frozenset({"paper"})
PROTOCOL = (
    "Another protocol: other users and items, another split and training, one run each and no "
    "intervals. These figures cannot be subtracted from ours; how features rank within one source "
    "can be compared with how they rank here."
)


@dataclass(frozen=True)
class Published:
    """A row as it was printed; None where the source gives no figure, or we have not seen it."""

    source: str
    recommender: str
    features: str
    hr: float | None
    ndcg: float | None

    @property
    def protocol(self) -> str:
        """On what it was measured, as far as that is known here."""
        return PROTOCOLS[self.source]


FIGURES = (
    Published(MICROLENS, "DSSM", "id", 0.0394, 0.0193),
    Published(MICROLENS, "SASRec", "id", 0.0909, 0.0517),
    Published(MICROLENS, "GRU4Rec", "id", 0.0782, 0.0423),
    Published(MICROLENS, "NextItNet", "id", 0.0805, 0.0442),
    Published(MICROLENS, "SASRec", "raw video, trained end to end", 0.0948, 0.0515),
    Published(MICROLENS, "SASRec", "id + frozen video", 0.0799, 0.0415),
    Published(PAPER, "two-tower", "title", 0.0414, None),
    Published(PAPER, "two-tower", "video", 0.0393, None),
    Published(PAPER, "two-tower", "described video", 0.0489, None),
    Published(PAPER, "two-tower", "audio", 0.0253, 0.0130),
    Published(PAPER, "two-tower", "described audio", 0.0405, 0.0214),
)


def published_for(preset: str) -> tuple[Published, ...]:
    """Return what to show beside a comparison of this preset; nothing for others."""
    return FIGURES if preset in PRESETS else ()

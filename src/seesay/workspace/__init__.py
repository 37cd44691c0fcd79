"""The folder on disk that ties the stages together, and the public Python API.

Each module adds what one stage can do to the class of the stage before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seesay.workspace.evaluate import EvaluateStage
from seesay.workspace.recommend import check_fits, no_run

__all__ = ["Workspace"]


class Workspace(EvaluateStage):
    """A catalogue, its descriptions, its features and its trained recommenders, in one folder."""

    def bundle(self, run: str | None = None, *, with_videos: bool = False) -> Path:
        """Put all that a service needs of a run into `bundle/`; return the new folder in it.

        A service that runs on `bundle/` takes it up by itself.

        Args:
            run: by default the one with the best validation nDCG@10.
            with_videos: copy the videos too, so that the bundle can go to another machine.

        Raises:
            SeesayError: there is no such run, or what it was made from has changed.
        """
        from seesay.evaluate.choice import best_run
        from seesay.serve.gathering import gather
        from seesay.serve.making import make_bundle

        bench = self.bench()
        chosen = self._run(run) if run else best_run(bench)
        if chosen is None:
            raise no_run()
        check_fits(chosen, bench)
        search = self._search().feature
        encoders = {*chosen.spec.content, *filter(None, [search])}
        describer = self.settings.defaults.describer
        ways = {
            "describer": [describer, self.settings.describers.get(describer, {})],
            "encoders": {name: self.settings.encoders.get(name, {}) for name in sorted(encoders)},
            "media": self.settings.media.model_dump(mode="json"),
        }
        contents = gather(
            bench, chosen, self._journalled(), self.review(), search, self._features().encoder, ways
        )
        return make_bundle(self.folder / "bundle", contents, with_videos=with_videos)

    def export(
        self,
        formats: Sequence[str],
        to: Path | str,
        features: Sequence[str] | None = None,
        *,
        split: str | None = None,
    ) -> dict[str, Any]:
        """Write items, log, descriptions and vectors for other libraries; see `exchange.export`.

        Args:
            formats: of `parquet`, `npy`, `recbole`, `rectools`, `huggingface`.
            to: a folder that is not there yet, or holds an earlier export.
            features: whose vectors; by default of all that there are but the placebos.
            split: also write the split of this kind that comparisons use.

        Returns:
            The manifest: what was written, and what it was made from.

        Raises:
            SeesayError: a name or the kind of split is unknown, the folder holds something else,
                or a format cannot hold what there is.
        """
        from seesay.exchange.export import export

        cut = self.bench(split).split if split else None
        return export(self.catalog, Path(to), formats, features, cut)

"""Making a bundle: everything that a service needs of a workspace, in one folder, whole or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seesay.core.files import MANIFEST, replacing_file, replacing_folder, write_json
from seesay.core.hashing import file_sha256, value_sha256
from seesay.core.progress import say
from seesay.encode.base import Encoder, Source
from seesay.recommend.answers import explaining_feature
from seesay.recommend.base import DotProduct, FeatureSet
from seesay.recommend.interactions import Interactions, Vocabulary
from seesay.recommend.reasons import rarity_of, sentences
from seesay.recommend.run import Run, load_recommender, takes_of
from seesay.serve import bundle as layout
from seesay.serve.bm25 import BM25
from seesay.serve.forward import FORWARDS, NumpyUsers, agrees
from seesay.serve.index import ASKED, LEAST_ITEMS, Approximate
from seesay.serve.making_items import Described, write_items
from seesay.serve.places import places_of

KEPT = 2


@dataclass(frozen=True)
class Contents:
    """What goes into a bundle.

    Attributes:
        items: `item_id`, `title`, `path` and whatever else; those of the run's vocabulary first,
            in its order, then those that the run does not know.
        known: how many of them the run knows.
        features: the run's, [known, dim] each.
        search: the feature in which words are looked up, and its vectors [items, dim], zeros where
            an item has none; an empty name for none.
        log: `user_id`, `item_id`, `timestamp`, sorted.
        encoder: encodes sentences of descriptions for quotes; None where nothing is quoted.
        ways: how a new video is described and encoded: settings by name.
    """

    run: Run
    items: pl.DataFrame
    known: int
    features: FeatureSet
    search: tuple[str, np.ndarray]
    log: pl.DataFrame
    described: Mapping[str, Described]
    simulated: bool
    quality: Mapping[str, Any]
    encoder: Encoder | None = None
    ways: Mapping[str, Any] = field(default_factory=dict)


def make_bundle(root: Path, contents: Contents, *, with_videos: bool = False) -> Path:
    """Write a bundle and make it the current one; return its folder.

    Args:
        root: the folder of bundles; the last two are kept in it.
        with_videos: copy the videos too, so that the folder can go to another machine.
    """
    made = datetime.now(UTC).isoformat(timespec="milliseconds")
    name = f"{made[:19].replace(':', '').replace('-', '')}-{value_sha256([made])[:6]}"
    before = layout.current_name(root)
    with replacing_folder(root / name) as folder:
        items = write_items(
            folder,
            contents.items,
            contents.described,
            root / before if before else None,
            with_videos,
        )
        counts = {**_write_log(folder, contents), **_counts(items)}
        bm25 = BM25.build(_texts(items))
        bm25.save(folder / layout.WORDS)
        _write_vectors(folder, contents)
        _write_sentences(folder, contents, root / before if before else None)
        shutil.copytree(contents.run.folder / "model", folder / layout.MODEL)
        index = _write_item_vectors(folder, contents)
        write_json(folder / layout.QUALITY, dict(contents.quality))
        manifest = {
            "format": layout.FORMAT,
            "made": made,
            "run": contents.run.id,
            **{key: contents.run.plan[key] for key in ("recommender", "features", "options")},
            "version": contents.run.plan["version"],
            "simulated": contents.simulated,
            "metrics": {
                key: value
                for key, value in contents.run.metrics.items()
                if key in ("validation", "test")
            },
            "counts": counts,
            "known": contents.known,
            "layers": dict(contents.features.layers),
            "search": contents.search[0],
            "index": index,
            "bm25": {"n_docs": bm25.n_docs, "mean_length": bm25.mean_length},
            "ways": dict(contents.ways),
            "seesay": version("seesay"),
            "files": {file: file_sha256(folder / file) for file in layout.files_of(folder)},
        }
        write_json(folder / MANIFEST, manifest)
    with replacing_file(root / layout.CURRENT) as pointer:
        pointer.write_text(name + "\n", "utf-8")
    _remove_old(root)
    return root / name


def _remove_old(root: Path) -> None:
    """Keep the last bundles: a service may still be reading the one before."""
    bundles = sorted(manifest.parent for manifest in root.glob(f"[!.]*/{MANIFEST}"))
    for old in bundles[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def _write_log(folder: Path, contents: Contents) -> dict[str, int]:
    vocabulary = Vocabulary(tuple(contents.items["item_id"].to_list()))
    known = contents.log.filter(pl.col("item_id").is_in(list(vocabulary.item_ids)))
    log, users = Interactions.from_table(known, vocabulary)
    pl.DataFrame(
        {"user_id": users, "start": log.offsets[:-1]}, schema_overrides={"user_id": pl.String}
    ).write_parquet(folder / layout.USERS)
    np.save(folder / layout.LOG, log.items)
    wanted = takes_of(contents.run.plan["recommender"]) != "nothing"
    if wanted and not explaining_feature(contents.features):
        _write_together(folder / layout.TOGETHER, log)
    return {"users": len(users), "interactions": len(log.items)}


def _write_together(folder: Path, log: Interactions) -> None:
    """Count for each two items the users that watched both."""
    matrix = log.matrix()
    both = (matrix.T @ matrix).tocsr()
    both.setdiag(0)
    both.eliminate_zeros()
    both.sort_indices()
    folder.mkdir()
    np.save(folder / "starts.npy", both.indptr.astype(np.int64))
    np.save(folder / "others.npy", both.indices.astype(np.int32))
    np.save(folder / "counts.npy", both.data.astype(np.int32))


def _counts(items: pl.DataFrame) -> dict[str, int]:
    return {
        "items": items.height,
        "described": int((items["words"] != "").sum()),
        "posters": int((items["poster_frames"] > 0).sum()),
    }


def _texts(items: pl.DataFrame) -> list[str]:
    rows = items.select("title", "words").iter_rows()
    return [f"{title or ''}\n{words}" for title, words in rows]


def _write_vectors(folder: Path, contents: Contents) -> None:
    vectors = folder / layout.VECTORS
    vectors.mkdir()
    for name, matrix in contents.features.content.items():
        later = np.zeros((contents.items.height - contents.known, matrix.shape[1]), np.float32)
        np.save(vectors / f"{name}.npy", np.vstack([matrix, later]))
    name, matrix = contents.search
    if name and not (vectors / f"{name}.npy").exists():
        np.save(vectors / f"{name}.npy", np.ascontiguousarray(matrix, np.float32))
    chosen = explaining_feature(contents.features) or name
    shown = np.load(vectors / f"{chosen}.npy") if chosen else np.zeros((contents.items.height, 1))
    np.save(folder / layout.MAP, places_of(shown))


def _write_item_vectors(folder: Path, contents: Contents) -> dict[str, Any]:
    """Write what a recommender made of its items, where numpy alone can do the rest.

    Returns:
        What the manifest says of the index, which there is for more than a million items.
    """
    plan, many = contents.run.plan, contents.known >= LEAST_ITEMS
    if plan["recommender"] not in FORWARDS and not many:
        return {}
    recommender = load_recommender(contents.run, contents.features)
    if not isinstance(recommender, DotProduct):
        return {}
    items = np.ascontiguousarray(recommender.item_vectors(), np.float32)
    if plan["recommender"] in FORWARDS:
        users = NumpyUsers(
            plan["recommender"], plan["options"], folder / layout.MODEL, items, lambda: recommender
        )
        if agrees(users, recommender, np.random.default_rng(0)):
            np.save(folder / layout.ITEM_VECTORS, items)
        else:
            say(f"{plan['recommender']} needs torch: numpy comes to other vectors.")
    return _write_index(folder, items, recommender, contents) if many else {}


def _write_index(
    folder: Path, items: np.ndarray, recommender: DotProduct, contents: Contents
) -> dict[str, Any]:
    index = Approximate.build(items)
    index.save(folder / layout.INDEX)
    log, _ = Interactions.from_table(
        contents.log.filter(pl.col("item_id").is_in(contents.items["item_id"][: contents.known])),
        Vocabulary(tuple(contents.items["item_id"].to_list())),
    )
    chosen = np.random.default_rng(0).choice(log.n_users, min(ASKED, log.n_users), replace=False)
    users = recommender.user_vectors([log.history(user) for user in chosen])
    recall = index.recall(items, users)
    say(f"approximate search finds {recall:.1%} of the exact first 10")
    return {"recall@10": recall}


def _write_sentences(folder: Path, contents: Contents, before: Path | None) -> None:
    """Encode every sentence that may be quoted; those of the bundle before are known already."""
    encoder = contents.encoder
    if encoder is None or not contents.described:
        return
    words = [one.words for one in contents.described.values()]
    said = list(dict.fromkeys(sentence for text in words for sentence in sentences(text)))
    if not said:
        return
    way = value_sha256(encoder.fingerprint())
    known = _known_sentences(before, way)
    missing = [sentence for sentence in said if sentence not in known]
    if missing:
        say(f"encoding {len(missing)} sentences, to quote them")
        vectors = encoder.encode([Source(text, words=text) for text in missing])
        known.update(zip(missing, vectors, strict=True))
    rarity = rarity_of(words)
    target = folder / layout.SENTENCES
    target.mkdir()
    table = {"sentence": said, "rarity": [rarity(sentence) for sentence in said]}
    pl.DataFrame(table).write_parquet(target / "sentences.parquet")
    np.save(target / "vectors.npy", np.stack([known[sentence] for sentence in said]))
    write_json(target / "way.json", way)


def _known_sentences(before: Path | None, way: str) -> dict[str, np.ndarray]:
    folder = before / layout.SENTENCES if before else None
    if folder is None or not folder.is_dir():
        return {}
    if json.loads((folder / "way.json").read_text("utf-8")) != way:
        return {}
    said = pl.read_parquet(folder / "sentences.parquet")["sentence"].to_list()
    return dict(zip(said, np.load(folder / "vectors.npy", allow_pickle=False), strict=True))

from __future__ import annotations

from pathlib import Path

import polars as pl

from exchange.awkward import IDS, TITLES, ask, log, peer, vectors


def test_datasets_loads_every_configuration(exported: Path, tmp_path: Path) -> None:
    found = ask(peer("datasets"), "read_datasets.py", exported / "huggingface", tmp_path)
    assert found.pop("") == found["descriptions"]
    assert set(found) == {
        *("items", "interactions", "descriptions", "split", "histories"),
        *("feature-title", "feature-described-video"),
    }
    items = found["items"]["train"]
    assert {row["item_id"]: row["title"] for row in items} == TITLES
    assert found["interactions"]["train"] == log().to_dicts()
    assert {part: len(rows) for part, rows in found["split"].items()} == {
        "train": 15,
        "validation": 5,
        "test": 5,
    }
    first = found["descriptions"]["train"][0]
    assert first["moments"] == [{"start": 0.0, "end": 1.5, "what": "it starts"}]
    assert first["actions"] == ["runs", "jumps"]
    rows = found["feature-title"]["train"]
    assert [row["item_id"] for row in rows] == IDS[::-1]
    assert [row["vector"] for row in rows] == vectors()[::-1].tolist()


def test_the_card(exported: Path) -> None:
    card = (exported / "huggingface/README.md").read_text("utf-8")
    assert card.startswith("---\n")
    assert "**The interactions are simulated.**" in card
    assert "| `feature-title` | train | 8 | item_id, vector |" in card
    for path in (exported / "huggingface").rglob("*.parquet"):
        assert pl.read_parquet_schema(path)
        assert f"{path.parts[-3]}/{path.parts[-2]}/*.parquet" in card

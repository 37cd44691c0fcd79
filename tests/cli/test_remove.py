"""`seesay remove items`: what is told, and what is refused."""

from __future__ import annotations

import json


def test_items_are_removed_and_come_back_when_they_are_added_again(workspace, seesay):
    here = workspace.parent
    done = seesay("-w", "work", "remove", "items", "i1", "i3", cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 items and 14 interactions removed; 18 items left.\n"
    refused = seesay("-w", "work", "remove", "items", "i5", "i1", cwd=here)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "seesay: The catalogue has no item 'i1'. "
        "Nothing was removed: write the IDs as they were added.\n"
    )
    again = seesay("-w", "work", "add", "items", "items.csv", cwd=here)
    assert again.stdout.startswith("2 items added, 18 replaced; 20 in all.")
    told = seesay("-w", "work", "--json", "remove", "items", "i1", cwd=here)
    assert json.loads(told.stdout) == {"items": 1, "interactions": 0, "left": 19}

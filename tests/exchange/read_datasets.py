"""Loads an export by Hugging Face's `datasets` and prints it. Runs in `.venvs/datasets`."""

import json
import sys

from datasets import get_dataset_config_names, load_dataset

folder, cache = sys.argv[1:]
found = {"": {part: rows.to_list() for part, rows in load_dataset(folder, cache_dir=cache).items()}}
for name in get_dataset_config_names(folder):
    parts = load_dataset(folder, name, cache_dir=cache)
    found[name] = {part: rows.to_list() for part, rows in parts.items()}
json.dump(found, sys.stdout, default=str)

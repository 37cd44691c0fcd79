from __future__ import annotations

import subprocess
import sys

import numpy as np

from seesay.encode.sentences import DescribedEncoder
from seesay.serve.minilm import MiniLM

TEXTS = ["a cat at the fridge", "Katze 猫 🐈", "x", "so many words " * 30]


def test_its_vectors_are_those_of_the_encoder() -> None:
    ours = np.stack([MiniLM()(text) for text in TEXTS])
    theirs = DescribedEncoder().encode_texts(TEXTS)
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_it_needs_no_torch() -> None:
    script = (
        "import sys; from seesay.serve.minilm import MiniLM; MiniLM()('cat'); "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=100)

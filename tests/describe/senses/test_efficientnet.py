from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data

from seesay.core.errors import SeesayError
from seesay.core.weights import efficientnet_file
from seesay.describe.senses import efficientnet
from seesay.describe.senses.labels import label_table


@pytest.fixture(scope="module")
def model() -> efficientnet.EfficientNetLite0:
    return efficientnet.load()


def likeliest(model: efficientnet.EfficientNetLite0, picture: np.ndarray, whole: bool) -> list[str]:
    batch = efficientnet.preprocess([picture], whole=whole)
    order = efficientnet.features(model, batch)[1][0].argsort(descending=True)
    return [label_table()[int(place)][0] for place in order[:3]]


@pytest.mark.parametrize("whole", [False, True])
def test_it_knows_a_cat_and_a_cup(model: efficientnet.EfficientNetLite0, whole: bool) -> None:
    assert {"tabby cat", "tiger cat"} <= set(likeliest(model, data.chelsea(), whole))
    assert likeliest(model, data.coffee(), whole)[0] == "espresso"


def test_shapes_and_no_gradients(model: efficientnet.EfficientNetLite0) -> None:
    batch = efficientnet.preprocess([data.chelsea(), data.coffee()])
    penultimate, logits = efficientnet.features(model, batch)
    assert batch.shape == (2, 3, 224, 224)
    assert penultimate.shape == (2, 1280)
    assert logits.shape == (2, 1000)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_a_frame_gives_the_same_alone_and_in_a_batch(model: efficientnet.EfficientNetLite0) -> None:
    frames = [data.chelsea(), data.coffee()]
    together = efficientnet.features(model, efficientnet.preprocess(frames))[0]
    alone = efficientnet.features(model, efficientnet.preprocess(frames[1:]))[0]
    torch.testing.assert_close(together[1:], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (223, 225), (720, 33)])
@pytest.mark.parametrize("whole", [False, True])
def test_any_size_of_frame_is_prepared(shape: tuple[int, int], whole: bool) -> None:
    white = np.full((*shape, 3), 255, np.uint8)
    prepared = efficientnet.preprocess([white], whole=whole)
    assert prepared.shape == (1, 3, 224, 224)
    torch.testing.assert_close(prepared, torch.ones_like(prepared), rtol=0, atol=1e-5)


def test_the_middle_is_seven_eighths_of_the_shorter_side() -> None:
    frame = np.zeros((256, 512, 3), np.uint8)
    frame[16:240, 144:368] = 255
    assert efficientnet.preprocess([frame]).min() == 1.0
    assert efficientnet.preprocess([frame], whole=True).min() == -1.0


def test_padding_puts_the_odd_pixel_last_as_tensorflow_does() -> None:
    conv = efficientnet.SameConv(1, 1, 3, stride=2)
    torch.nn.init.ones_(conv.weight)
    ones = torch.ones(1, 1, 4, 4)
    # With one row and column of zeros after the picture: 9 and 6 ones, 6 and 4 ones under it.
    assert conv(ones).tolist() == [[[[9.0, 6.0], [6.0, 4.0]]]]


def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = efficientnet_file().parent.parent
    copied = shutil.copytree(package, tmp_path / package.name)
    file = copied / "models" / efficientnet_file().name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SeesayError, match="SHA-256 differs"):
        efficientnet.load()

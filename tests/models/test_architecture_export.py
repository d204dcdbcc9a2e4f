from __future__ import annotations

import hashlib
from pathlib import Path
from string import ascii_lowercase

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (an extra, for training)")
pytest.importorskip("litert_torch", reason="litert-torch is not installed (for training)")

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from edge.recognize.bundle import Bundle, Tensors  # noqa: E402
from edge.recognize.decode import DecoderCosts  # noqa: E402
from edge.recognize.model import StreamingModel  # noqa: E402
from models.training.architecture import Form, Model  # noqa: E402
from models.training.architecture.export import (  # noqa: E402
    Player,
    convert,
    convert_window,
    operators,
    ports,
    quantise,
)
from tests.models.test_architecture import sequences, settled  # noqa: E402

EDGE_TPU = {"CONV_2D", "DEPTHWISE_CONV_2D", "ADD"}


def smooth(model: Model, count: int, ticks: int) -> NDArray[np.float32]:
    x = model.blank(sequences(model, count, ticks)).numpy()
    return np.clip(x, -2.5, 2.5)  # type: ignore[no-any-return]


def played(graph: bytes, window: NDArray[np.float32]) -> NDArray[np.float32]:
    player = Player(graph)
    return np.stack([player.step(tick) for tick in window])


@pytest.fixture(scope="module", params=[True, False], ids=["attention", "without attention"])
def exported(request: pytest.FixtureRequest) -> tuple[Model, bytes]:
    model = settled(attention=request.param, num_conv_per_block=1)
    return model, convert(model)


def test_the_step_graph_gives_what_the_window_gives(exported: tuple[Model, bytes]) -> None:
    model, graph = exported
    windows = smooth(model, 1, 40)
    with torch.no_grad():
        expected = model(torch.from_numpy(windows))[0].numpy()
    np.testing.assert_allclose(played(graph, windows[0]), expected, atol=1e-4)


def test_the_step_graph_has_no_other_operators(exported: tuple[Model, bytes]) -> None:
    model, graph = exported
    states = {"CONCATENATION", "SLICE"}
    attention = {
        "MUL", "SUB", "LOGISTIC", "SOFTMAX", "BATCH_MATMUL", "RESHAPE", "TRANSPOSE",
        "AVERAGE_POOL_2D",
    }  # fmt: skip
    extra = attention if model.shape.attention else set()
    assert set(operators(graph)) == EDGE_TPU | states | extra


def test_int8_steps_keep_one_scale_for_each_state(exported: tuple[Model, bytes]) -> None:
    model, graph = exported
    windows = smooth(model, 6, 40)
    small = quantise(graph, windows[1:])
    player = Player(small)
    for into, out in player.states:
        assert into["dtype"] == np.int8
        assert into["quantization"] == out["quantization"]
        assert tuple(into["shape"]) == tuple(out["shape"])
    with torch.no_grad():
        expected = model(torch.from_numpy(windows[:1]))[0].numpy()
    noise = ((played(small, windows[0]) - expected) ** 2).mean()
    assert 10 * np.log10((expected**2).mean() / noise) > 18


def test_the_recogniser_runs_int8_steps(exported: tuple[Model, bytes], tmp_path: Path) -> None:
    model, graph = exported
    windows = smooth(model, 3, 30)
    small = quantise(graph, windows[1:])
    (tmp_path / "model.tflite").write_bytes(small)
    names = ports(small)
    bundle = Bundle(
        tmp_path, "made here", "streaming-ctc", tmp_path / "model.tflite",
        hashlib.sha256(small).hexdigest(), "hand-1",
        model.shape.width, 30.0, ascii_lowercase + " ", 2,
        Tensors(names.features, names.scores, names.states), DecoderCosts(), None, {}, {},
    )  # fmt: skip
    live = StreamingModel(bundle)
    for _ in range(2):  # the second time after a reset
        steps = np.stack([live.step(tick) for tick in windows[0]])
        logits = torch.from_numpy(played(small, windows[0]))
        np.testing.assert_allclose(steps, logits.log_softmax(1).numpy(), atol=1e-4)
        live.reset()


def test_without_attention_a_window_is_all_convolutions() -> None:
    model = settled(attention=False, num_conv_per_block=1)
    graph = convert_window(model, Form.FULL, 24)
    assert set(operators(graph)) == EDGE_TPU | {"PAD"}


def test_for_an_edge_tpu_all_of_an_attention_free_step_is_int8() -> None:
    model = settled(attention=False, num_conv_per_block=1)
    windows = smooth(model, 4, 30)
    graph = convert(model)
    whole = quantise(graph, windows[1:], whole=True)
    assert not {"QUANTIZE", "DEQUANTIZE"} & set(operators(whole))
    player = Player(whole)
    details = player.run.get_tensor_details()
    assert not [d["name"] for d in details if d["dtype"] == np.float32 and d["name"]]
    with torch.no_grad():
        expected = model(torch.from_numpy(windows[:1]))[0].numpy()
    noise = ((played(whole, windows[0]) - expected) ** 2).mean()
    assert 10 * np.log10((expected**2).mean() / noise) > 10

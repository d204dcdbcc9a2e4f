from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (an extra, for training)")

import numpy as np  # noqa: E402

from models.training.evaluation.metrics import distance  # noqa: E402
from models.training.net import Net, Shape, Step, greedy  # noqa: E402

SHAPE = Shape(width=63, symbols=28, dim=16, blocks=3, kernel=5)


@pytest.fixture
def net() -> Net:
    """Random weights and random statistics, so that nothing cancels."""
    torch.manual_seed(0)
    made = Net(SHAPE)
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.5)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    return made.eval()


def steps(net: Net, window: torch.Tensor) -> torch.Tensor:
    live = Step(net)
    states, out = live.silence(), []
    for tick in window:
        scores, *states = live(tick.reshape(1, -1, 1, 1), *states)
        out.append(scores.flatten())
    return torch.stack(out)


def test_steps_give_what_the_window_gives(net: Net) -> None:
    window = torch.randn(80, SHAPE.width)
    with torch.no_grad():
        assert torch.allclose(steps(net, window), net(window[None])[0], atol=1e-4)


def test_the_net_is_causal_and_sees_as_far_as_it_says(net: Net) -> None:
    window = torch.randn(1, 60, SHAPE.width)
    changed = window.clone()
    changed[0, 30] += 1
    with torch.no_grad():
        same = (net(window) == net(changed))[0].all(-1)
    reach = [t for t in range(60) if not same[t]]
    assert (reach[0], reach[-1]) == (30, 30 + SHAPE.sees - 1)


def test_the_float_step_graph_gives_what_the_window_gives(net: Net) -> None:
    pytest.importorskip("litert_torch", reason="litert-torch is not installed (for training)")
    from ai_edge_litert.interpreter import Interpreter

    from models.training.export import convert, operators, ports

    model = convert(net)
    assert set(operators(model)) == {
        "CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "CONCATENATION", "SLICE",
    }  # fmt: skip
    run = Interpreter(model_content=model)
    run.allocate_tensors()
    features, scores, states = ports(model)
    into = {d["name"]: d for d in run.get_input_details()}
    out = {d["name"]: d for d in run.get_output_details()}
    for name, _ in states:
        run.set_tensor(into[name]["index"], np.zeros(into[name]["shape"], np.float32))
    window = torch.randn(50, SHAPE.width)
    with torch.no_grad():
        expected = net(window[None])[0].numpy()
    for tick, answer in zip(window.numpy(), expected, strict=True):
        run.set_tensor(into[features]["index"], tick.reshape(1, 1, 1, -1))
        run.invoke()
        got = run.get_tensor(out[scores]["index"]).flatten()
        np.testing.assert_allclose(got, answer, atol=1e-4)
        for name, after in states:
            run.set_tensor(into[name]["index"], run.get_tensor(out[after]["index"]))


def test_greedy_reads_ctc() -> None:
    path = [0, 1, 1, 0, 1, 2, 2, 0, 3]
    logits = torch.nn.functional.one_hot(torch.tensor([path]), 4).float()
    assert greedy(logits, "ab ") == ["aab "]


def test_distance_is_levenshtein() -> None:
    assert distance("kitten", "sitting") == 3
    assert distance("", "abc") == 3
    assert distance("abc", "abc") == 0

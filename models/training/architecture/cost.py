"""What a model costs: parameters, operators, bytes, and the time of a step, float and int8.

    python -m models.training.architecture.cost --dim 128
    python -m models.training.architecture.cost --dim 128 --no-attention

Random weights; the norms have seen random walks, which also calibrate. Times are of one thread,
medians over steps of both graphs in turn; say beside them on which machine.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np
import torch
from torch import nn

from models.training.architecture import HAND, HOLISTIC, Form, Model, get_model
from models.training.architecture.export import Floats, Player, convert, operators, quantise


def walks(model: Model, count: int, ticks: int) -> Floats:
    """Features [count, ticks, width] that drift, every set absent for ten ticks."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 0.3, (count, ticks, model.shape.width)).cumsum(1)
    x = np.clip(x - x.mean(1, keepdims=True), -2.5, 2.5)
    column = 0
    for landmarks in model.shape.sets:
        x[:, :, column + landmarks.width - 1] = 1
        away = rng.integers(ticks - 10)
        x[:, away : away + 10, column : column + landmarks.width] = 0
        column += landmarks.width
    return np.asarray(x, np.float32)


def settle(model: Model, windows: Floats) -> Model:
    """``model``, its norms with the statistics of ``windows``."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        for form in Form:
            model.train()(torch.from_numpy(windows), form=form)
    return model.eval()


def latency(graphs: dict[str, bytes], window: Floats, rounds: int) -> dict[str, dict[str, float]]:
    """Median milliseconds: the graph alone, and a step with its states carried in Python."""
    players = {name: Player(graph) for name, graph in graphs.items()}
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in graphs}
    for n in range(rounds):
        for name, player in players.items():
            begun = time.perf_counter()
            player.step(window[n % len(window)])
            done = time.perf_counter()
            player.run.invoke()
            spent[name].append((time.perf_counter() - done, done - begun))
    medians = {name: np.median(times[rounds // 10 :], 0) * 1e3 for name, times in spent.items()}
    return {n: {"graph_ms": round(a, 3), "step_ms": round(b, 3)} for n, (a, b) in medians.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--blocks", type=int, nargs=2, default=(2, 2), help="squeeze, conform")
    parser.add_argument("--kernels", type=int, nargs="+", default=(11, 5, 3))
    parser.add_argument("--per-block", type=int, default=3)
    parser.add_argument("--no-attention", action="store_true")
    parser.add_argument("--holistic", action="store_true", help="both hands, face and pose")
    parser.add_argument("--rounds", type=int, default=1000)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = get_model(
        args.dim, args.blocks[0], args.blocks[1], args.kernels, args.per_block, 0.0,
        sets=HOLISTIC if args.holistic else HAND, attention=not args.no_attention,
    )  # fmt: skip
    windows = walks(model, 16, 120)
    settle(model, windows)
    graph = convert(model)
    small = quantise(graph, windows[1:5])
    with torch.no_grad():
        expected = model(torch.from_numpy(windows[:1]))[0].numpy()
    player = Player(graph)
    off = np.abs(np.stack([player.step(tick) for tick in windows[0]]) - expected).max()
    report = {
        "sees_ticks": model.shape.sees,
        "states": len(player.states),
        "float_error": float(f"{off / expected.std():.1e}"),
        "bytes": {"float": len(graph), "int8": len(small)},
        "operators": {"float": operators(graph), "int8": operators(small)},
        **latency({"float": graph, "int8": small}, windows[0], args.rounds),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

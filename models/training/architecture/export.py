"""The step graph of a model as TFLite: float, and int8 with one scale for each state."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.training.architecture.model import Model, Step, Whole
from models.training.architecture.time import Form

Floats = NDArray[np.float32]

_MOVES = {"CONCATENATION", "SLICE", "RESHAPE", "TRANSPOSE"}
"""What comes out of these is what went in, elsewhere: it keeps its scale."""
_FLOAT = ("BATCH_MATMUL", "SOFTMAX", "ADD", "MUL", "SUB", "RESHAPE", "TRANSPOSE")
"""Of `attention.Heads`: slow or too coarse in int8, or as wide as the mask."""


@dataclass(frozen=True)
class Ports:
    """Names of the step graph's tensors; ``states`` are pairs (in, out)."""

    features: str
    scores: str
    states: tuple[tuple[str, str], ...]


def convert(model: Model) -> bytes:
    """The float step graph. Images are channels last: the tick is [1, 1, 1, width]."""
    import litert_torch

    state = model.silence()
    images = [0, *(1 + n for n in state.images)]
    step = Step(copy.deepcopy(model)).eval()
    step = litert_torch.to_channel_last_io(step, args=images, outputs=images)
    example = [torch.zeros(1, model.shape.width, 1, 1), *state.tensors]
    for n in images:
        example[n] = example[n].permute(0, 2, 3, 1).contiguous()
    content = litert_torch.convert(step.eval(), tuple(example)).model_content
    return bytes(content() if callable(content) else content)


def convert_window(model: Model, form: Form, ticks: int) -> bytes:
    """The float graph of a window: [1, 1, ticks, width] to logits [1, 1, ticks, symbols]."""
    import litert_torch

    whole = Whole(copy.deepcopy(model), form).eval()
    whole = litert_torch.to_channel_last_io(whole, args=[0], outputs=[0])
    example = torch.zeros(1, 1, ticks, model.shape.width)
    content = litert_torch.convert(whole.eval(), (example,)).model_content
    return bytes(content() if callable(content) else content)


def ports(graph: bytes) -> Ports:
    """The names, by the order of the signature."""
    from ai_edge_litert.interpreter import Interpreter

    signature = Interpreter(model_content=graph).get_signature_runner()
    into = {k: str(d["name"]) for k, d in signature.get_input_details().items()}
    out = {k: str(d["name"]) for k, d in signature.get_output_details().items()}
    states = tuple((into[f"args_{n}"], out[f"output_{n}"]) for n in range(1, len(into)))
    return Ports(into["args_0"], out["output_0"], states)


def operators(graph: bytes) -> dict[str, int]:
    from ai_edge_litert.interpreter import Interpreter

    ops = Interpreter(model_content=graph)._get_ops_details()
    return dict(Counter(op["op_name"] for op in ops if op["op_name"] != "DELEGATE"))


class Player:
    """A step graph, float or int8, that keeps its state.

    Args:
        keep: keep every tensor of the graph to be read, which is slow.
    """

    def __init__(self, graph: bytes, keep: bool = False) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.run = Interpreter(
            model_content=graph, num_threads=1, experimental_preserve_all_tensors=keep
        )
        self.run.allocate_tensors()
        names = ports(graph)
        into = {str(d["name"]): d for d in self.run.get_input_details()}
        out = {str(d["name"]): d for d in self.run.get_output_details()}
        self._features, self._scores = into[names.features], out[names.scores]
        self.states = [(into[a], out[b]) for a, b in names.states]
        self.reset()

    def reset(self) -> None:
        for into, _ in self.states:
            silence = into["quantization"][1] if into["quantization"][0] else 0
            self.run.set_tensor(into["index"], np.full(into["shape"], silence, into["dtype"]))

    def step(self, tick: Floats) -> Floats:
        """Logits [symbols] of a tick [width]."""
        scale, zero = self._features["quantization"]
        x: NDArray[Any] = tick.reshape(self._features["shape"])
        if scale:
            x = np.clip(np.rint(x / np.float32(scale)) + zero, -128, 127).astype(np.int8)
        self.run.set_tensor(self._features["index"], x)
        self.run.invoke()
        for into, after in self.states:
            self.run.set_tensor(into["index"], self.run.get_tensor(after["index"]))
        y = self.run.get_tensor(self._scores["index"]).reshape(-1).astype(np.float32)
        scale, zero = self._scores["quantization"]
        if scale:
            y = (y - np.float32(zero)) * np.float32(scale)
        return y  # type: ignore[no-any-return]


def ranges(graph: bytes, windows: Floats) -> dict[str, dict[str, Floats]]:
    """Smallest and largest value of every tensor over ``windows`` [N, T, width], run as live.

    Tensors between which values only move share one range, and so do what a state is when it
    goes in and when it comes out: with scales of their own, each step would round it again.
    """
    player = Player(graph, keep=True)
    run = player.run
    details = [d for d in run.get_tensor_details() if d["dtype"] == np.float32 and d["name"]]
    low = {int(d["index"]): np.inf for d in details}
    high = {int(d["index"]): -np.inf for d in details}
    for window in windows:
        player.reset()
        for tick in window:
            player.step(tick)
            for n in low:
                try:
                    value = run.get_tensor(n)
                except ValueError:  # left out by the runtime: its range is never asked for
                    continue
                if value.size:
                    low[n] = min(low[n], float(value.min()))
                    high[n] = max(high[n], float(value.max()))
    for one in _alike(player, set(low)):
        least, most = min(low[n] for n in one), max(high[n] for n in one)
        for n in one:
            low[n], high[n] = least, most
    return {
        str(d["name"]): {
            "min": np.full((1,) * len(d["shape"]), min(low[d["index"]], 0.0), np.float32),
            "max": np.full((1,) * len(d["shape"]), max(high[d["index"]], 0.0), np.float32),
        }
        for d in details
        if np.isfinite(low[d["index"]])
    }


def _alike(player: Player, known: set[int]) -> list[set[int]]:
    groups: dict[int, set[int]] = {n: {n} for n in known}
    links = [{int(a["index"]), int(b["index"])} for a, b in player.states]
    links += [
        {int(n) for n in (*op["inputs"], *op["outputs"])} & known
        for op in player.run._get_ops_details()
        if op["op_name"] in _MOVES
    ]
    for link in links:
        union = set().union(*(groups[n] for n in link))
        for n in union:
            groups[n] = union
    return list({id(group): group for group in groups.values()}.values())


def quantise(graph: bytes, windows: Floats, whole: bool = False) -> bytes:
    """The graph in int8, its states too; the heart of each attention stays float.

    Args:
        windows: [N, T, width] that calibrate, from training signers.
        whole: all else in int8 as well, inputs and outputs too, as an Edge TPU asks. Otherwise
            the residual stream and the depthwise convolutions stay float: rounding the stream at
            each of its additions, and the few large taps together with the many small ones, cost
            0.6 points of CER half-way through a training, on development signers; the taps are 2 %
            of the multiplications.
    """
    from ai_edge_quantizer import qtyping, quantizer, recipe
    from ai_edge_quantizer.algorithm_manager import AlgorithmName

    made = quantizer.Quantizer(bytearray(graph))
    made.load_quantization_recipe(recipe.static_wi8_ai8())
    left = [("attention.Heads_heads;", name) for name in _FLOAT]
    if not whole:
        left += [(".*", "ADD"), (".*", "DEPTHWISE_CONV_2D")]
    for regex, name in left:
        made.update_quantization_recipe(
            regex=regex,
            operation_name=qtyping.TFLOperationName(name),
            algorithm_key=AlgorithmName.NO_QUANTIZE,
        )
    return bytes(made.quantize(ranges(graph, windows)).quantized_model)

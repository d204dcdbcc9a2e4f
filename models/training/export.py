"""A checkpoint into a bundle: the step graph, int8, and what the bundle says of it.

python -m models.training.export .runs/conv-ctc/checkpoint.pt --data ../shared/data
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edge.recognize.bundle import FILE, FORMAT, KIND
from edge.recognize.features import FEATURES, RATE, WIDTH
from models.training.data.hands import Floats, training
from models.training.net import Net, Shape, Step
from models.training.synthesis.bank import build
from models.training.synthesis.script import Writer
from models.training.synthesis.synth import batch
from models.training.synthesis.texts import Texts

BUNDLE = Path(__file__).parents[1] / "bundles" / "conv-ctc"
_WINDOWS = 48
_DATA = (
    "letters_images.train", "letters_static.train", "letter_clips.train", "other_signs",
    "phrase_frames",
)  # fmt: skip
LICENCES = {
    "letters_images, letters_static, letter_clips": "landmarks of photos and clips from public"
    " repositories; MIT: borisgraudt, Techyrushi; GPL-3: AmanRana10, Umanginigam,"
    " LakshmiBhavaniNekkanti; the other repositories state no licence",
    "other_signs, phrase_frames": "CC BY 4.0 at their origin (asl-signs, ASLFR)",
}


@dataclass(frozen=True)
class Trained:
    net: Net
    alphabet: str
    look_ahead: int
    command: str
    seed: int
    step: int
    minutes: float
    revision: str


def restore(checkpoint: Path) -> Trained:
    """The averaged weights of a checkpoint."""
    saved = torch.load(checkpoint)
    net = Net(Shape(**saved["shape"]))
    net.load_state_dict(saved["average"])
    return Trained(
        net.eval(), saved["alphabet"], saved["look_ahead"], saved["command"], saved["seed"],
        saved["step"], saved["spent"] / 60, saved["revision"],
    )  # fmt: skip


def convert(net: Net) -> bytes:
    """The float step graph: channels last, states as inputs and outputs."""
    import litert_torch

    step = Step(net).eval()
    ports = list(range(1 + net.shape.blocks))
    last = litert_torch.to_channel_last_io(step, args=ports, outputs=ports).eval()
    example = (torch.zeros(1, net.shape.width, 1, 1), *step.silence())
    example = tuple(x.permute(0, 2, 3, 1).contiguous() for x in example)
    content = litert_torch.convert(last, example).model_content
    return bytes(content() if callable(content) else content)


def ranges(model: bytes, windows: Floats) -> dict[str, dict[str, NDArray[np.float32]]]:
    """Smallest and largest value of every tensor over ``windows`` [N, T, WIDTH], run as live.

    The tensors that carry one state (state in, state joined with the new tick, state out) get one
    range together: with scales of their own, each step would round the state again.
    """
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_content=model, num_threads=1, experimental_preserve_all_tensors=True)
    run.allocate_tensors()
    inputs = sorted(run.get_input_details(), key=lambda d: d["name"])
    outputs = run.get_signature_runner().get_output_details()
    states = [outputs[f"output_{n}"]["index"] for n in range(1, len(inputs))]
    details = [d for d in run.get_tensor_details() if d["dtype"] == np.float32 and d["name"]]
    low = {d["index"]: np.inf for d in details}
    high = {d["index"]: -np.inf for d in details}
    for window in windows:
        for detail in inputs[1:]:
            run.set_tensor(detail["index"], np.zeros(detail["shape"], np.float32))
        for tick in window:
            run.set_tensor(inputs[0]["index"], tick.reshape(inputs[0]["shape"]))
            run.invoke()
            for detail in details:
                try:
                    value = run.get_tensor(detail["index"])
                except ValueError:  # left out by the runtime: its range is never asked for
                    continue
                if value.size:
                    low[detail["index"]] = min(low[detail["index"]], float(value.min()))
                    high[detail["index"]] = max(high[detail["index"]], float(value.max()))
            for detail, state in zip(inputs[1:], states, strict=True):
                run.set_tensor(detail["index"], run.get_tensor(state))
    for op in run._get_ops_details():
        if op["op_name"] == "CONCATENATION":
            one = [int(n) for n in (*op["inputs"], *op["outputs"])]
            for after in run._get_ops_details():
                if after["op_name"] == "SLICE" and after["inputs"][0] == one[-1]:
                    one += [int(n) for n in after["outputs"]]
            for n in one:
                low[n] = min(low[m] for m in one)
                high[n] = max(high[m] for m in one)
    found = {}
    for detail in details:
        a, b = low[detail["index"]], high[detail["index"]]
        if np.isfinite(a):
            shape = (1,) * len(detail["shape"])
            found[detail["name"]] = {
                "min": np.full(shape, min(a, 0.0), np.float32),
                "max": np.full(shape, max(b, 0.0), np.float32),
            }
    return found


def quantise(model: bytes, windows: Floats) -> bytes:
    """The same graph in int8, inputs and outputs too."""
    from ai_edge_quantizer import quantizer, recipe

    made = quantizer.Quantizer(bytearray(model))
    made.load_quantization_recipe(recipe.static_wi8_ai8())
    return bytes(made.quantize(ranges(model, windows)).quantized_model)


def calibration(trained: Trained, data: Path) -> Floats:
    """Windows of training signers, made as in training."""
    bank, texts = build(training(data), data, 0), Texts(data)
    rng = np.random.default_rng(99)
    writer = Writer(bank, texts, 160, rng)
    scores = [writer.any() for _ in range(_WINDOWS)]
    return batch(scores, bank, trained.alphabet, trained.look_ahead, rng).features


def ports(model: bytes) -> tuple[str, str, list[tuple[str, str]]]:
    """Names of the tensors: features, scores, states in and out, by the signature's order."""
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_content=model)
    signature = run.get_signature_runner()
    into = {k: str(d["name"]) for k, d in signature.get_input_details().items()}
    out = {k: str(d["name"]) for k, d in signature.get_output_details().items()}
    states = [(into[f"args_{n}"], out[f"output_{n}"]) for n in range(1, len(into))]
    return into["args_0"], out["output_0"], states


def operators(model: bytes) -> dict[str, int]:
    from ai_edge_litert.interpreter import Interpreter

    ops = Interpreter(model_content=model)._get_ops_details()
    return dict(Counter(op["op_name"] for op in ops if op["op_name"] != "DELEGATE"))


def write(
    folder: Path, model: bytes, trained: Trained, data: Path, figures: dict[str, Any]
) -> None:
    """``model.tflite`` and ``bundle.toml``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(model)
    features, scores, states = ports(model)
    shape = trained.net.shape
    hashes = {
        f.name: hashlib.sha256(f.read_bytes()).hexdigest()
        for name in _DATA
        for f in sorted(data.glob(f"{name}.*"))
    }
    top = {
        "format": FORMAT, "name": "conv-ctc", "kind": KIND, "model": "model.tflite",
        "sha256": hashlib.sha256(model).hexdigest(), "features": FEATURES, "width": WIDTH,
        "rate": RATE, "alphabet": trained.alphabet, "look_ahead": trained.look_ahead,
    }  # fmt: skip
    tables = {
        "tensors": {"features": features, "scores": scores, "states": [list(s) for s in states]},
        "provenance": {
            "command": trained.command, "revision": trained.revision, "seed": trained.seed,
            "steps": trained.step,
            "minutes": round(trained.minutes, 1),
            "parameters": sum(p.numel() for p in trained.net.parameters()),
            "sees_ticks": shape.sees, "operators": operators(model),
        },
        "provenance.data": hashes,
        "provenance.licences": LICENCES,
        **{f"figures.{name}": table for name, table in figures.items()},
    }  # fmt: skip
    lines = [f"{key} = {_toml(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{_key(k)} = {_toml(v)}" for k, v in table.items())]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else json.dumps(key)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value)  # numbers, strings and lists are written alike


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=BUNDLE)
    args = parser.parse_args()
    torch.set_num_threads(1)
    trained = restore(args.checkpoint)
    model = convert(trained.net)
    (args.checkpoint.parent / "step_float.tflite").write_bytes(model)
    small = quantise(model, calibration(trained, args.data))
    write(args.out, small, trained, args.data, {})
    print(f"{args.out}: {len(small)} bytes, {operators(small)}")


if __name__ == "__main__":
    main()

"""The second reader as the competition wants a model: one file that reads a whole phrase.

``inputs`` [N, columns] float32, N whatever comes, NaN where nothing was found, to ``outputs``
[characters, 59], by the signature ``serving_default``; beside it ``inference_args.json`` with the
columns and ``character_to_prediction_index.json``::

    python -m models.training.second competition .runs/second/two/checkpoint.pt --out my-model

The exporter has neither loops nor tensors that grow. So three graphs are exported, what comes
before the first symbol, one symbol, and whether another follows, and joined in the file: the first
ends in a WHILE of the other two, and in a SLICE that leaves as many rows as there are characters.
Nothing read is one row, a space: runtimes do not hand out a tensor without rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, cast, get_args

import torch
from torch import Tensor, nn

from edge.errors import UserError
from models.training.aslfr.characters import ALPHABET, COMPETITION, FILE
from models.training.aslfr.prepare import Sets
from models.training.second.checkpoint import Checkpoint
from models.training.second.columns import Columns, selected
from models.training.second.decoder import Memory
from models.training.second.graphs import Precision, paired, quantise
from models.training.second.layers import HIDDEN
from models.training.second.model import Model
from models.training.second.size import END

ARGUMENTS = "inference_args.json"
TICKS = 384
CHARACTERS = 48
"""The longest phrase of the competition has 31."""


class Begin(nn.Module):
    """From columns to the variables of the loop before its first turn."""

    def __init__(self, model: Model, sets: Sets, ticks: int, characters: int) -> None:
        super().__init__()
        self.model, self.columns, self.characters = model, Columns(sets, ticks), characters

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        model = self.model
        features, inside, any_hand = self.columns(inputs)
        frames, left = model.encoder(features, inside)
        memory = model.decoder.memory(frames, left)
        # Not constants, which the exporter would give no tensor of their own.
        nothing = any_hand * 0
        symbol = (nothing + model.size.forward_start).to(torch.int32)
        said = nothing.reshape(1, 1) + torch.zeros(self.characters, len(COMPETITION))
        read = [
            nothing.reshape(1, 1, 1, 1) + one
            for pair in model.decoder.nothing(1, self.characters + 1)
            for one in pair
        ]
        seen = [one for pair in memory.pairs for one in pair]
        return symbol, nothing + 0.0, any_hand, said, memory.bias, *seen, *read


class Turn(nn.Module):
    """One symbol: the variables of the loop to those after it."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        places = torch.zeros(len(ALPHABET), len(COMPETITION))
        for n, char in enumerate(ALPHABET):
            places[n, COMPETITION.index(char)] = 1
        self.register_buffer("places", places, persistent=False)
        never = HIDDEN * (1 - places.sum(0))
        self.register_buffer("never", never, persistent=False)
        self.places: Tensor
        self.never: Tensor

    def forward(
        self, symbol: Tensor, place: Tensor, goes_on: Tensor, said: Tensor, hidden: Tensor,
        *pairs: Tensor,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        model, joined = self.model, paired(pairs)
        half = len(joined) // 2
        memory = Memory(joined[:half], hidden)
        state, after = model.decoder.step(symbol, place, memory, joined[half:])
        scores = model.next(state)
        best = scores.argmax(-1).to(torch.int32)
        char = (best != END).float()
        at = torch.arange(said.shape[0], dtype=torch.float32)
        here = (1 - (at - place).abs()).clamp(min=0)[:, None] * char[:, None]
        said = said + here * (scores[:, 1:] @ self.places + self.never)
        seen = pairs[: 2 * half]
        read = [one for pair in after for one in pair]
        return best, place + char, char, said, hidden * 1.0, *(one * 1.0 for one in seen), *read


class GoesOn(nn.Module):
    """Whether another symbol follows."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self.characters = characters

    def forward(self, *variables: Tensor) -> Tensor:
        _, place, goes_on, *_ = variables
        return (goes_on > 0.5) & (place < self.characters - 0.5)


def convert(model: Model, sets: Sets, precision: Precision = "dynamic", ticks: int = TICKS,
            characters: int = CHARACTERS) -> bytes:  # fmt: skip
    """The whole file."""
    import litert_torch

    model = model.eval()
    begin = Begin(model, sets, ticks, characters).eval()
    example = torch.zeros(ticks // 4, len(selected(sets)))
    with torch.no_grad():
        variables = tuple(one.clone() for one in begin(example))
    made: Any = litert_torch
    made = made.signature("begin", begin, (example,))
    made = made.signature("turn", Turn(model).eval(), variables)
    made = made.signature("goes_on", GoesOn(characters).eval(), variables)
    content = made.convert().model_content
    return _joined(quantise(bytes(content() if callable(content) else content), precision))


def _joined(graph: bytes) -> bytes:
    """The three graphs as one that loops."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(graph, 0))
    by_key = {one.signatureKey.decode(): one for one in model.signatureDefs}
    graphs = {key: model.subgraphs[one.subgraphIndex] for key, one in by_key.items()}
    numbers = {key: one.subgraphIndex for key, one in by_key.items()}
    for key, one in by_key.items():  # in the order of the arguments, as the loop hands them over
        graphs[key].inputs = _ordered(one.inputs, "args_")
        graphs[key].outputs = _ordered(one.outputs, "output_")
    begin, turn, goes_on = (graphs[key] for key in ("begin", "turn", "goes_on"))
    if len(goes_on.inputs) != len(turn.inputs):
        raise ValueError("the condition lost variables that it does not need")
    loop = schema.WhileOptionsT()
    loop.condSubgraphIndex, loop.bodySubgraphIndex = numbers["goes_on"], numbers["turn"]
    after = [_copied(schema, begin, number) for number in begin.outputs]
    _operator(schema, model, begin, schema.BuiltinOperator.WHILE, begin.outputs, after,
              schema.BuiltinOptions.WhileOptions, loop)  # fmt: skip
    place, said = after[1], after[3]
    count = _tensor(schema, begin, b"count", [1], schema.TensorType.INT32)
    cast_ = schema.CastOptionsT()
    cast_.inDataType, cast_.outDataType = schema.TensorType.FLOAT32, schema.TensorType.INT32
    _operator(schema, model, begin, schema.BuiltinOperator.CAST, [place], [count],
              schema.BuiltinOptions.CastOptions, cast_)  # fmt: skip
    least = _constant(schema, model, begin, b"least", [1])
    rows = _tensor(schema, begin, b"rows", [1], schema.TensorType.INT32)
    greater = schema.BuiltinOptions.MaximumMinimumOptions, schema.MaximumMinimumOptionsT()
    _operator(schema, model, begin, schema.BuiltinOperator.MAXIMUM, [count, least], [rows],
              *greater)  # fmt: skip
    columns = _constant(schema, model, begin, b"columns", [len(COMPETITION)])
    size = _tensor(schema, begin, b"size", [2], schema.TensorType.INT32)
    joined = schema.BuiltinOptions.ConcatenationOptions, schema.ConcatenationOptionsT()
    _operator(schema, model, begin, schema.BuiltinOperator.CONCATENATION, [rows, columns], [size],
              *joined)  # fmt: skip
    origin = _constant(schema, model, begin, b"origin", [0, 0])
    outputs = _tensor(schema, begin, b"outputs", [1, len(COMPETITION)], schema.TensorType.FLOAT32)
    begin.tensors[outputs].shapeSignature = [-1, len(COMPETITION)]
    _operator(schema, model, begin, schema.BuiltinOperator.SLICE, [said, origin, size], [outputs],
              schema.BuiltinOptions.SliceOptions, schema.SliceOptionsT())  # fmt: skip
    (inputs,) = begin.inputs
    begin.tensors[inputs].shapeSignature = [-1, *begin.tensors[inputs].shape[1:]]
    begin.tensors[inputs].name = b"inputs"
    begin.outputs = [outputs]
    served = by_key["begin"]
    served.signatureKey = b"serving_default"
    served.inputs, served.outputs = served.inputs[:1], served.outputs[:1]
    served.inputs[0].name, served.outputs[0].name = b"inputs", b"outputs"
    served.outputs[0].tensorIndex = outputs
    model.signatureDefs = [served]
    builder = flatbuffers.Builder(len(graph))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _ordered(named: list[Any], prefix: str) -> list[int]:
    places = {int(one.name.decode().removeprefix(prefix)): one.tensorIndex for one in named}
    return [places[n] for n in sorted(places)]


def _copied(schema: Any, graph: Any, number: int) -> int:
    """A tensor like tensor ``number``, with nothing in it."""
    like, made = graph.tensors[number], schema.TensorT()
    made.shape, made.type, made.buffer = like.shape, like.type, 0
    made.name = b"after/" + like.name
    graph.tensors.append(made)
    return len(graph.tensors) - 1


def _tensor(schema: Any, graph: Any, name: bytes, shape: list[int], kind: int) -> int:
    made = schema.TensorT()
    made.shape, made.type, made.buffer, made.name = shape, kind, 0, name
    graph.tensors.append(made)
    return len(graph.tensors) - 1


def _constant(schema: Any, model: Any, graph: Any, name: bytes, values: list[int]) -> int:
    number = _tensor(schema, graph, name, [len(values)], schema.TensorType.INT32)
    buffer = schema.BufferT()
    buffer.data = list(b"".join(value.to_bytes(4, "little") for value in values))
    model.buffers.append(buffer)
    graph.tensors[number].buffer = len(model.buffers) - 1
    return number


def _operator(
    schema: Any, model: Any, graph: Any, code: int, inputs: list[int], outputs: list[int],
    kind: int, options: Any,
) -> None:  # fmt: skip
    known = [n for n, one in enumerate(model.operatorCodes) if one.builtinCode == code]
    if not known:
        new = schema.OperatorCodeT()
        new.builtinCode, new.version = code, 1
        new.deprecatedBuiltinCode = min(code, 127)
        model.operatorCodes.append(new)
        known = [len(model.operatorCodes) - 1]
    made = schema.OperatorT()
    made.opcodeIndex, made.inputs, made.outputs = known[0], list(inputs), list(outputs)
    made.builtinOptionsType, made.builtinOptions = kind, options
    graph.operators.append(made)


def write(folder: Path, graph: bytes, sets: Sets) -> None:
    """``model.tflite`` and the two files that the competition asks for."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(graph)
    arguments = {"selected_columns": selected(sets)}
    (folder / ARGUMENTS).write_text(json.dumps(arguments), encoding="utf-8")
    table = {char: n for n, char in enumerate(COMPETITION)}
    (folder / FILE).write_text(json.dumps(table), encoding="utf-8")


def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.training.second competition")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", choices=get_args(Precision), default="dynamic")
    options = parser.parse_args(given)
    torch.set_num_threads(1)
    try:
        saved = Checkpoint.load(options.checkpoint)
        sets = cast(Sets, saved.config.sets)
        graph = convert(saved.model(), sets, options.weights)
        write(options.out, graph, sets)
    except UserError as error:
        sys.exit(f"competition: {error}")
    print(f"{options.out}: {len(graph)} bytes, {len(selected(sets))} columns")

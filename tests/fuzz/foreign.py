"""The lists of a model that others trained: ``inference_args.json``, or the characters."""

from __future__ import annotations

import json
from random import Random

from edge.recognize.foreign import folder

from .grammar import altered, as_json
from .target import Target

_COLUMNS = ["x_face_0", "y_left_hand_20", "z_pose_11", "x_right_hand_4", "frame"]
_CHARACTERS = {char: number for number, char in enumerate(folder.COMPETITION)}


class ForeignLists(Target):
    """By its first byte one list or the other, beside one that is whole."""

    name, share, usual = "foreign", 0.05, False
    seeds = (
        b"a" + json.dumps({"selected_columns": _COLUMNS, "missing": "nan"}).encode(),
        b"c" + json.dumps(_CHARACTERS).encode(),
    )
    words = (
        '"selected_columns": [', '"missing":', "NaN", "0", "1e999", '"x_face_467"', '"y_pose_33"',
        "\\u0000", "\\ud800", "{", "[[[[[[[[", "}", ",",
    )  # fmt: skip

    def run(self, data: bytes) -> bool:
        (self.folder / folder.MODEL).write_bytes(b"a model")
        arguments, characters = (seed[1:] for seed in self.seeds)
        if data[:1] == b"c":
            characters = data[1:]
        else:
            arguments = data[1:]
        (self.folder / folder.ARGUMENTS).write_bytes(arguments)
        (self.folder / folder.CHARACTERS).write_bytes(characters)
        found = folder.load(self.folder)
        assert found.columns.nothing(2).shape == (2, len(found.columns.names))
        assert found.columns.parts.hands in (1, 2)
        assert len(set(found.alphabet)) == len(found.alphabet) > 0
        return True

    def made(self, rng: Random) -> bytes:
        seed = rng.choice(self.seeds)
        return seed[:1] + as_json(altered(json.loads(seed[1:]), rng))

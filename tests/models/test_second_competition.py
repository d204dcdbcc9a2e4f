"""The second reader as a model of the competition: it says the same as through its own path."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (an extra, for training)")

from models.training.aslfr import COMPETITION, Characters, Landmarks, selected_columns  # noqa: E402
from models.training.aslfr.characters import FILE  # noqa: E402
from models.training.aslfr.prepare import READ, SETS_OF, Sets, prepare  # noqa: E402
from models.training.augment import HandSequences  # noqa: E402
from models.training.second import Model, batches  # noqa: E402
from models.training.second.batches import Segments, text_of  # noqa: E402
from models.training.second.columns import Columns, selected  # noqa: E402
from models.training.second.config import Config  # noqa: E402
from tests.models.test_aslfr_format import REASON, make  # noqa: E402

pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)

CASES = ((40, "right_hand"), (41, "left_hand"), (77, "right_hand"))


def landmarks(sets: Sets, number: int, frames: int, side: str) -> Landmarks:
    made = make(number, 1, "a", frames, side)
    points = [made.parts[s.part][:, list(s.points)] for s in READ[sets]]
    return Landmarks(READ[sets], np.concatenate(points, 1).astype(np.float32), np.arange(frames))


def rows(phrase: Landmarks) -> np.ndarray:
    """As a program gives them to a competition model: columns x, then y, then z."""
    return np.ascontiguousarray(phrase.points.transpose(0, 2, 1).reshape(len(phrase), -1))


def own(phrase: Landmarks, sets: Sets) -> Segments:
    ready = prepare(phrase, sets)
    lengths = np.array([len(ready.points)])
    one = ready.points[None], ready.present[None], lengths, ["x"], [None], ["1"], SETS_OF[sets]
    return batches.of(HandSequences(*one))


@pytest.mark.parametrize("sets", ["hand", "holistic"])
def test_columns_become_the_features_of_training(sets: Sets) -> None:
    columns = Columns(sets, 96)
    for number, (frames, side) in enumerate(CASES):
        phrase = landmarks(sets, number, frames, side)
        features, inside, hand = columns(torch.from_numpy(rows(phrase)))
        wanted = own(phrase, sets)
        count = int(wanted.lengths[0])
        assert (hand.item(), inside.sum().item()) == (1, count)
        np.testing.assert_allclose(features[0, :count].numpy(), wanted.features[0], atol=1e-4)
    empty = rows(landmarks(sets, 9, 20, "none"))
    assert columns(torch.from_numpy(empty))[2].item() == 0


def test_selected_columns_are_those_of_the_folder(tmp_path: Path) -> None:
    from models.training.second.competition import ARGUMENTS, write

    write(tmp_path, b"", "holistic")
    assert list(selected_columns(tmp_path / ARGUMENTS)) == selected("holistic")
    assert len(selected("holistic")) == 3 * (21 + 21 + 40 + 10)
    assert Characters.load(tmp_path / FILE).table == COMPETITION
    assert len(json.loads((tmp_path / FILE).read_text())) == 59


def test_the_file_reads_what_the_model_reads() -> None:
    pytest.importorskip("litert_torch", reason="litert-torch is not installed (for training)")
    from ai_edge_litert.interpreter import Interpreter

    from models.training.second.competition import convert

    torch.manual_seed(3)
    model = Model(Config(dim=32, blocks=1, heads=2).size()).eval()
    with torch.no_grad():
        model.next.weight.mul_(6)
    graph = convert(model, "hand", "float", ticks=96, characters=12)
    interpreter = Interpreter(model_content=graph)
    assert interpreter.get_signature_list() == {
        "serving_default": {"inputs": ["inputs"], "outputs": ["outputs"]}
    }
    run = interpreter.get_signature_runner("serving_default")
    said = []
    for number, (frames, side) in enumerate(CASES):
        phrase = landmarks("hand", number, frames, side)
        outputs = run(inputs=rows(phrase))["outputs"]
        made = own(phrase, "hand")
        (wanted,) = model.read(
            torch.from_numpy(made.features), torch.from_numpy(made.lengths), longest=12
        )
        assert outputs.shape[1] == 59
        said.append(Characters().decode(outputs.argmax(1).tolist()))
        assert said[-1] == text_of(wanted.symbols)
    assert len(set(said)) > 1
    nothing = run(inputs=rows(landmarks("hand", 9, 20, "none")))["outputs"]
    assert Characters().decode(nothing.argmax(1).tolist()).strip() == ""

"""Evaluation: what is read, transcribed, counted, drawn and written, without real hands."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the training extra (make test-training)")
pytest.importorskip("matplotlib", reason="needs the training extra (make test-training)")

from edge.recognize.bundle import FILE, load  # noqa: E402
from edge.recognize.decode import BeamDecoder  # noqa: E402
from edge.recognize.hand_features import RATE, WIDTH  # noqa: E402
from edge.recognize.inspect import shipped  # noqa: E402
from edge.recognize.model import StreamingModel  # noqa: E402
from models.training.architecture import Form, Model, get_model  # noqa: E402
from models.training.data.hands import DEVELOPMENT_SIGNERS, EVALUATION_ONLY, kept_out_signs  # noqa: E402
from models.training.evaluation import clips, negatives, pictures, samples  # noqa: E402
from models.training.evaluation.card import card  # noqa: E402
from models.training.evaluation.figures import calibrated, figures, key, written  # noqa: E402
from models.training.evaluation.inference import (  # noqa: E402
    bundle_predictor,
    float_predictor,
    graph_predictor,
    log_softmax,
)
from models.training.evaluation.measurements import Measurements, SampleCounts  # noqa: E402
from models.training.evaluation.metrics import confusions, since  # noqa: E402
from models.training.evaluation.samples import Sample  # noqa: E402
from models.training.evaluation.signers import signer_letters, validation_signers  # noqa: E402
from models.training.evaluation.transcripts import (  # noqa: E402
    Transcript,
    decode_sample,
    make_decoders,
    transcribe,
)
from models.training.synthesis.pose_library import PoseLibrary  # noqa: E402
from models.training.synthesis.texts import Texts  # noqa: E402

ALPHABET = "abc "


@pytest.fixture(scope="module")
def net() -> Model:
    """As if trained: an untrained one reads alike in either form."""
    torch.manual_seed(3)
    net = get_model(16, 1, 1, (3,), 1, 0.1, symbols=5, attention=False, reach=4, block_kernel=3)
    with torch.no_grad():
        for weights in net.parameters():
            weights += 0.1 * torch.randn_like(weights)
    return net


def shown(script: str) -> np.ndarray:
    """Log-probabilities [T, symbols] that say one character a tick, `_` for blank."""
    probs = np.full((len(script), 1 + len(ALPHABET)), 0.01, np.float32)
    for tick, char in enumerate(script):
        probs[tick, 0 if char == "_" else 1 + ALPHABET.index(char)] = 0.96
    return np.log(probs)


def sample(truth: str, signer: str = "ann", kind: str = "words") -> Sample:
    """A character every ten ticks, held for five."""
    spans = tuple((char, 10.0 * n, 10.0 * n + 5) for n, char in enumerate(truth))
    speed = RATE / 10 if len(truth) > 1 else math.nan
    return Sample(truth, signer, speed, kind, np.zeros((10 * len(truth), WIDTH)), spans)


def transcript(truth: str, script: str, signer: str = "ann", kind: str = "words") -> Transcript:
    return decode_sample(BeamDecoder(ALPHABET, 1), shown(script), sample(truth, signer, kind))


# Readers


def test_windows_are_read_in_eval_mode_and_either_form(net: Model) -> None:
    features = np.random.default_rng(0).normal(size=(2, 30, WIDTH)).astype(np.float32)
    features[..., -1] = 1
    net.train()
    stream, full = float_predictor(net)(features), float_predictor(net, Form.FULL)(features)
    assert net.training
    np.testing.assert_allclose(np.exp(stream).sum(-1), 1, rtol=1e-5)
    assert np.abs(stream - full).max() > 1e-3
    later = features.copy()
    later[:, 20:] += 1
    np.testing.assert_allclose(float_predictor(net)(later)[:, :20], stream[:, :20], atol=1e-5)
    assert np.abs(float_predictor(net, Form.FULL)(later)[:, :20] - full[:, :20]).max() > 1e-4


def test_the_float_graph_reads_as_the_window(net: Model) -> None:
    pytest.importorskip("litert_torch", reason="needs the training extra (make test-training)")
    from models.training.architecture.export import convert

    features = np.random.default_rng(1).normal(size=(2, 20, WIDTH)).astype(np.float32)
    features[..., -1] = 1
    read = graph_predictor(convert(net.eval()))(features)
    np.testing.assert_allclose(read, float_predictor(net)(features), atol=1e-3)


def test_a_bundle_is_read_from_silence_each_time() -> None:
    reader = bundle_predictor(StreamingModel(load(shipped()[0])))
    features = np.random.default_rng(2).normal(size=(1, 12, WIDTH)).astype(np.float32)
    read = reader(np.concatenate([features, features]))
    np.testing.assert_array_equal(read[0], read[1])
    assert np.ptp(read[0], axis=0).max() > 0.1


def test_log_softmax_leaves_log_probabilities_as_they_are() -> None:
    once = log_softmax(np.array([[300.0, 0, -300]], np.float32))
    np.testing.assert_allclose(once, [[0, -300, -600]])
    np.testing.assert_allclose(log_softmax(once), once)


# Samples


def test_the_same_seed_gives_the_same_phrases(library: PoseLibrary, texts: Texts) -> None:
    first, again = (samples.phrases(library, texts, 3, seed=4) for _ in range(2))
    assert [s.truth for s in first] == [s.truth for s in again]
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.features, b.features)
    other = samples.phrases(library, texts, 3, seed=5)
    assert [s.truth for s in first] != [s.truth for s in other]


def test_phrases_are_whole_and_by_every_signer(library: PoseLibrary, texts: Texts) -> None:
    made = samples.phrases(library, texts, 4, seed=1)
    assert Counter(s.signer for s in made) == {"one": 4, "two": 4}
    assert Counter(s.kind for s in made) == {"words": 4, "random letters": 4}
    for s in made:
        assert "".join(char for char, _, _ in s.spans) == s.truth
        assert len(s.features) >= int(s.spans[-1][2]) + samples.AFTER
        assert math.isnan(s.speed) if len(s.truth) == 1 else 1 < s.speed < 25


def test_stills_stand_for_a_second_between_nothing(library: PoseLibrary) -> None:
    made = samples.static_poses(library, "abjz", count=2)
    assert Counter((s.signer, s.truth) for s in made) == {
        (who, letter): 2 for who in ("one", "two") for letter in "abjz"
    }
    present = made[0].features[:, -1]
    assert present.sum() == pytest.approx(RATE, abs=1)
    assert present[: samples.BEFORE].sum() == present[-5:].sum() == 0
    inside = made[0].features[samples.BEFORE + 2 : samples.BEFORE + 25]
    assert np.ptp(inside, axis=0).max() < 1e-5


def test_real_clips_are_those_no_training_uses(data: Path) -> None:
    made = clips.moving(data)
    assert {(s.signer, s.truth) for s in made} <= set(clips.MOVING)
    assert len(made) > 20
    assert all(s.features[:, -1].sum() > 10 for s in made)
    digits = clips.digits(data)
    assert Counter(s.truth for s in digits) == dict.fromkeys("0123456789", 4)


# Transcripts


def test_emissions_are_late_by_the_end_of_their_letter() -> None:
    found = transcript("ab c", "__aa______" + "___b______" + "______ __c".ljust(20, "_"))
    assert found.reading.read == "ab c"
    np.testing.assert_allclose(
        found.delays_s(), [(2 - 5) / RATE, (13 - 15) / RATE, (29 - 35) / RATE]
    )
    assert found.right() == [True] * 4


def test_what_is_wrong_has_no_delay_and_is_not_right() -> None:
    found = transcript("abc", "__a__b____" + "__________" + "___b______")
    assert found.reading.read == "abb"
    assert found.right() == [True, True, False]
    assert len(found.delays_s()) == 2
    added = transcript("a", "_a_b______")
    assert (added.right(), len(added.delays_s())) == ([True, False], 1)


def test_spaces_at_the_ends_are_left_out_with_their_times() -> None:
    found = transcript("a", "_ _ __a__ _".ljust(12, "_"))
    assert (found.reading.read, len(found.stable_s)) == ("a", 1)
    assert found.stable_s[0] == pytest.approx(6 / RATE)
    nothing = transcript("a", "_  _" + "_" * 6)
    assert (nothing.reading.read, nothing.stable_s, nothing.delays_s()) == ("", (), [])


def test_alike_samples_are_read_together_and_others_apart() -> None:
    shapes = []

    def reader(features: np.ndarray) -> np.ndarray:
        shapes.append(features.shape)
        script = "_a" + "_" * (features.shape[1] - 2)
        return np.stack([shown(script)] * len(features))

    done: list[int] = []
    some = [sample(t) for t in ("a", "b", "ab", "c")]
    out = transcribe(reader, some, make_decoders(ALPHABET), lambda: done.append(1))
    assert shapes == [(2, 10, WIDTH), (1, 20, WIDTH), (1, 10, WIDTH)]
    assert (set(out), len(done)) == ({"greedy", "beam"}, 4)
    assert [h.sample.truth for h in out["beam"]] == ["a", "b", "ab", "c"]
    assert {h.reading.read for h in out["greedy"]} == {"a"}


@given(st.lists(st.text("ab", max_size=5), min_size=1, max_size=8))
def test_since_against_brute_force(texts: list[str]) -> None:
    last = texts[-1]
    expected = [
        min(
            k
            for k in range(len(texts))
            if all(text[: n + 1] == last[: n + 1] for text in texts[k:])
        )
        for n in range(len(last))
    ]
    assert since(texts) == expected


# Other signs


class Talker:
    """Says ``a`` in the fifth tick of every hand it sees."""

    alphabet, rate, look_ahead = ALPHABET, RATE, 0

    def reset(self) -> None:
        self.seen = 0

    def step(self, features: np.ndarray) -> np.ndarray:
        self.seen = self.seen + 1 if features[-1] else 0
        return shown("a" if self.seen == 5 else "_")[0]

    def draft(self, features: np.ndarray) -> None:
        return None


def clip(left: str, right: str) -> np.ndarray:
    """Hands where there is an x."""
    hands = np.full((len(left), 2, 21, 3), np.nan, np.float32)
    for side, seen in enumerate((left, right)):
        for n, char in enumerate(seen):
            if char == "x":
                hands[n, side] = np.random.default_rng(side).random((21, 3))
    return hands


def test_a_tracker_of_one_hand_keeps_to_it() -> None:
    frames = list(negatives.tracked([clip("..xxxx.", ".xxx.xx"), clip("x", "x")]))
    assert len(frames) == 7 + 30 + 1 + 30
    np.testing.assert_allclose(np.diff([f.time for f in frames]), 1 / RATE)
    tracked = [(f.hands[0].right, f.hands[0].track) if f.hands else None for f in frames[:7]]
    assert tracked == [None, (1, 1), (1, 1), (1, 1), (0, 2), (0, 2), (1, 3)]
    assert not any(f.hands for f in frames[7:37])
    assert frames[37].hands[0].track == 4


def test_what_is_said_of_other_signs_is_counted() -> None:
    model = Talker()
    model.reset()
    some = [clip("." * 10, "x" * 10), clip("x" * 20, "." * 20), clip("...", "...")]
    found = negatives.read(model, BeamDecoder(ALPHABET), some)
    assert found.finals == ("a", "a")
    assert found.letters == 2
    assert found.minutes == pytest.approx(33 / RATE / 60)
    assert found.visible == pytest.approx(30 / RATE / 60)


def test_kept_out_signers_stay_the_same(data: Path) -> None:
    assert [p for p in (2044, 34503, 37055, 61333, 62590) if kept_out_signs(p)] == [
        34503, 37055, 61333,
    ]  # fmt: skip
    assert len(negatives.signs(data)) == 194
    assert len(negatives.signs(data, 1)) < len(negatives.signs(data))


# Figures, card, pictures


@pytest.fixture
def small() -> Measurements:
    good = transcript("ab", "__a______" + "__b________")
    bad = transcript("ab", "__a______" + "__c________", "bo", "random letters")
    phrases = {"greedy": [good, bad], "beam": [good, bad]}
    static = {"greedy": [good], "beam": [good]}
    jz = {"greedy": [transcript("a", "__c_______", "bo", "clip")] * 2}
    jz["beam"] = jz["greedy"]
    false_readings = negatives.FalseReadings(("a", "b c"), 2.0, 0.5)
    return Measurements(
        SampleCounts(1, 1, 1),
        {"float full": static, "int8 streaming": phrases},
        {"float full": static, "int8 streaming": static},
        jz, jz, {"greedy": [], "beam": []},
        {"greedy": false_readings, "beam": false_readings}, 90.0,
    )  # fmt: skip


def test_figures_are_worst_first_and_side_by_side(small: Measurements) -> None:
    tables = figures(small, "int8 streaming", "beam")
    assert list(tables["phrase_cer"]) == ["B", "A", "all"]
    assert tables["phrase_cer"]["B"]["int8_beam"] == 0.5
    assert tables["phrase_cer"]["all"] == {
        "float_full_greedy": 0.0, "float_full_beam": 0.0, "int8_greedy": 0.25, "int8_beam": 0.25,
    }  # fmt: skip
    assert tables["phrase_cer_by_kind"]["random letters"] == {"greedy": 0.5, "beam": 0.5}
    assert tables["phrase_cer_by_speed"] == {"2-4": {"cer": 0.25, "texts": 2}}
    assert next(iter(tables["phrase_letters"])) == "b"
    assert tables["phrase_letters"]["b"] == {"wrong": 0.5, "of": 2, "read": "c 1"}
    assert tables["moving_jz"] == {
        "A, signer B": {"clips": 2, "right": 0.0, "among_others": 0.0, "read": "c 2"}
    }
    summary = tables["summary"]
    assert summary["false_finals_per_minute"] == 1
    assert summary["false_finals_per_minute_of_hand"] == 4
    assert summary["false_letters_per_minute_of_hand"] == 6
    assert summary["letter_end_to_shown_n"] == 3
    assert "digits_right" not in summary
    assert key("int8 streaming", "lm") == "int8_lm"


def test_signers_get_letters_in_sorted_order(small: Measurements) -> None:
    assert validation_signers(small) == ["ann", "bo"]
    clip_of = transcript("j", "_" * 10, "Zoe", "clip")
    with_clip = replace(small, moving={"greedy": [clip_of], "beam": [clip_of]})
    assert signer_letters(with_clip) == {"ann": "A", "bo": "B", "Zoe": "C"}


def test_figures_replace_those_of_the_bundle_and_nothing_else(small: Measurements) -> None:
    before = (shipped()[0] / FILE).read_text(encoding="utf-8")
    tables = figures(small, "int8 streaming", "beam")
    once = written(before, tables)
    assert written(once, tables) == once
    new, old = tomllib.loads(once), tomllib.loads(before)
    assert repr(new.pop("figures")) == repr(tables)
    old.pop("figures", None)
    assert new == old
    in_the_middle = "a = 1\n[figures.x]\ny = 2\n[figures]\nz = 1\n[provenance]\nseed = 3\n"
    assert tomllib.loads(written(in_the_middle, {})) == {"a": 1, "provenance": {"seed": 3}}


def test_the_card_says_all_of_it(small: Measurements) -> None:
    bundle = load(shipped()[0])
    training = {
        "command": "python -m models.training.train", "revision": "abc", "steps": 7,
        "training_minutes": 3, "parameters": "1.20", "minutes": "2",
    }  # fmt: skip
    tables = figures(small, "int8 streaming", "beam")
    text = card(bundle, tables, training, validation_signers(small))
    assert text.startswith(f"# {bundle.name}\n")
    assert "|B|0.0|0.0|50.0|50.0|" in text.replace("nan", "0.0")
    assert "1.00 finals a minute, 4.00 a minute in which a hand was seen" in text
    assert "b 50.0 % of 2 (c 1)" in text
    assert "(none)" in text
    assert "AmanRana10 (GPL-3)" in text
    trained_on = text[text.index("## Data") : text.index("- Development")]
    assert not [
        name
        for name in (*EVALUATION_ONLY, *DEVELOPMENT_SIGNERS, clips.DIGITS_OF)
        if name in trained_on
    ]
    assert not {"ann", "bo"} & set(text[: text.index("## Data")].replace("|", " ").split())
    assert "ann, bo, grp1605, kevinjosethomas (MIT)." in text
    assert not {"{", "}"} & set(text)


def test_pictures_are_small_and_there(small: Measurements, tmp_path: Path) -> None:
    some = small.phrases["int8 streaming"]["beam"]
    file = tmp_path / "confusions.png"
    pictures.confusions(confusions(h.reading for h in some), ALPHABET, file, "title")
    pictures.calibration({"beam": calibrated(some)}, tmp_path / "calibration.png", "title")
    for picture in tmp_path.iterdir():
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert 5_000 < picture.stat().st_size < 150_000


def test_confidences_are_those_of_the_characters(small: Measurements) -> None:
    how = calibrated(small.phrases["int8 streaming"]["beam"])
    assert sum(b.count for b in how.bins) == 4
    assert how.error == pytest.approx(abs(0.75 - 0.96), abs=1e-3)

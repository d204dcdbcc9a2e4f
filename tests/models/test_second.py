"""The second reader's model: what it sees, what it is taught, and its two rounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from edge.errors import UserError  # noqa: E402
from models.training.architecture.shape import HOLISTIC  # noqa: E402
from models.training.augment import NONE, Augment, apply  # noqa: E402
from models.training.learning.config import TrainingConfig  # noqa: E402
from models.training.second import Model, Size, batches, rounds, scores, segments  # noqa: E402
from models.training.second.__main__ import main  # noqa: E402
from models.training.second.batches import Segments, Targets, text_of  # noqa: E402
from models.training.second.checkpoint import FILE, Checkpoint  # noqa: E402
from models.training.second.config import Config  # noqa: E402
from models.training.second.feed import Phrases  # noqa: E402
from models.training.second.folds import folds_of  # noqa: E402
from models.training.second.losses import losses  # noqa: E402
from models.training.synthesis.pose_library import PoseLibrary  # noqa: E402
from models.training.synthesis.targets import IGNORE  # noqa: E402
from models.training.synthesis.texts import Texts  # noqa: E402
from tests.models.test_aslfr_format import REASON, make, write_tiny_folder  # noqa: E402

TINY = Size(dim=32, blocks=1, heads=2, kernel=5, dropout=0.0)
SMALL = ["--dim", "32", "--blocks", "1", "--batch", "4", "--dropout", "0", "--workers", "0"]


def tiny(size: Size = TINY) -> Model:
    torch.manual_seed(0)
    return Model(size).eval()


def some(count: int, ticks: int, size: Size = TINY) -> torch.Tensor:
    return torch.randn(count, ticks, size.width, generator=torch.Generator().manual_seed(1))


# What it sees


@pytest.mark.parametrize("sets", [TINY.sets, HOLISTIC])
def test_padding_changes_nothing(sets: tuple) -> None:
    model = tiny(replace(TINY, sets=sets))
    features = some(2, 50, model.size)
    alone, memory = model.see(features[:1, :31], torch.tensor([31]))
    both, padded = model.see(features, torch.tensor([31, 50]))
    torch.testing.assert_close(both[:1, :31], alone, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        padded.pairs[1][0][:1, :, :16], memory.pairs[1][0], atol=1e-5, rtol=1e-4
    )
    one, (first, _) = (
        model.read(features[:1, :31], torch.tensor([31])),
        model.read(features, torch.tensor([31, 50])),
    )
    assert one[0].symbols == first.symbols
    assert one[0].log_probability == pytest.approx(first.log_probability, rel=1e-4)


def test_every_tick_sees_those_after_it() -> None:
    model, features = tiny(), some(1, 40)
    before, _ = model.see(features, torch.tensor([40]))
    features[0, 38] += 1
    after, _ = model.see(features, torch.tensor([40]))
    assert (before - after).abs().max(-1).values[0, 0] > 0


def test_an_absent_set_is_known_by_its_biases() -> None:
    model = tiny(replace(TINY, sets=HOLISTIC))
    features = some(1, 8, model.size)
    column = HOLISTIC[0].width
    features[..., :column] = 0
    there, _ = model.see(features, torch.tensor([8]))
    features[..., 0] = 0.5
    here, _ = model.see(features, torch.tensor([8]))
    assert (there - here).abs().max() > 0


def test_a_text_read_symbol_by_symbol_is_as_likely_as_at_once() -> None:
    model, features = tiny(), some(2, 40)
    lengths = torch.tensor([40, 25])
    for n, found in enumerate(model.read(features, lengths, longest=6)):
        given = torch.tensor([[model.size.forward_start, *found.symbols]])
        answer = model(
            features[n : n + 1, : lengths[n]], lengths[n : n + 1], torch.stack([given] * 2)
        )
        said = answer.forward.log_softmax(-1)[0]
        total = sum(said[k, s].item() for k, s in enumerate(found.symbols))
        if len(found.symbols) < 6:
            total += said[len(found.symbols), 0].item()
            assert total == pytest.approx(found.log_probability, abs=1e-3)
        assert answer.confidence.sigmoid().item() == pytest.approx(found.confidence, abs=1e-4)
        assert [int(s) for s in said.argmax(-1)[: len(found.symbols)]] == list(found.symbols)


def test_what_it_costs_grows_with_the_segment() -> None:
    size = Size()
    assert 50e6 < size.macs(150, 8) < 300e6
    assert size.macs(300, 8) > 1.9 * size.macs(150, 8)


@pytest.mark.parametrize("wrong", [{"dim": 33}, {"kernel": 4}, {"sets": ()}])
def test_sizes_that_cannot_be_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r".+"):
        replace(TINY, **wrong)


# What it is taught


def test_texts_are_given_from_both_ends() -> None:
    made = Targets.of(["ab", ""], TINY)
    start, end = TINY.forward_start, TINY.reversed_start
    assert made.given[0].tolist() == [[start, 1, 2], [start, 0, 0]]
    assert made.given[1].tolist() == [[end, 2, 1], [end, 0, 0]]
    assert made.wanted[0].tolist() == [[1, 2, 0], [0, IGNORE, IGNORE]]
    assert made.wanted[1].tolist() == [[2, 1, 0], [0, IGNORE, IGNORE]]
    hidden = made.masked(1.0, TINY.unknown, np.random.default_rng(0))
    assert hidden.given[0, 0].tolist() == [start, TINY.unknown, TINY.unknown]
    assert (hidden.wanted == made.wanted).all()


def of_text(*texts: str) -> Segments:
    count = len(texts)
    return Segments(
        some(count, 40).numpy(), np.full(count, 40), list(texts), ["a"] * count,
        np.full((count, 40), IGNORE), np.full(count, np.nan, np.float32),
    )  # fmt: skip


def test_a_part_left_out_is_not_learned() -> None:
    model, made = tiny(), of_text("ab", "c")
    targets = Targets.of(made.texts, TINY)
    answer = model(
        torch.from_numpy(made.features), torch.tensor([40, 40]), torch.from_numpy(targets.given)
    )
    found = losses(answer, made, targets, Config())
    assert set(found) == {"forward", "reversed", "frames", "ctc", "total"}
    assert found["frames"] == 0
    known = replace(made, scores=np.array([0.5, np.nan], np.float32))
    assert "confidence" in losses(answer, known, targets, Config())
    without = Config(without=("reversed", "frames", "ctc", "confidence"))
    assert set(losses(answer, known, targets, without)) == {"forward", "total"}


def test_it_learns_texts_by_heart() -> None:
    model, made = tiny().train(), of_text("abc", "d", "", "ef")
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    targets = Targets.of(made.texts, TINY)
    for _ in range(60):
        answer = model(
            torch.from_numpy(made.features),
            torch.from_numpy(made.lengths),
            torch.from_numpy(targets.given),
        )
        optimizer.zero_grad()
        losses(answer, made, targets, Config())["total"].backward()
        optimizer.step()
    read = scores.read(model.eval(), made)
    assert [text_of(one.symbols) for one in read] == made.texts


def test_segments_show_all_of_their_texts(library: PoseLibrary, texts: Texts) -> None:
    rng = np.random.default_rng(0)
    timelines = segments.written(library, texts, 160, 24, rng)
    made = segments.filmed(timelines, library, rng, TrainingConfig().camera())
    for text, spans, length, seen in zip(
        made.texts, made.spans, made.lengths, made.seen, strict=True
    ):
        assert "".join(char for char, _, _ in spans or []) == text
        assert text == text.strip()
        assert not seen[length:].any()
        assert all(start < length for _, start, _ in spans or [])
    assert sum(bool(text) for text in made.texts) > 12
    assert len(set(made.lengths.tolist())) > 8
    whole = batches.of(apply(made, Augment(), rng, 160))
    assert whole.features.shape[1] == whole.lengths.max()
    assert (whole.frames > 0).any()
    for row, length in zip(whole.frames, whole.lengths, strict=True):
        assert (row[length:] == IGNORE).all()


def test_folds_leave_nobody_out_and_are_even() -> None:
    names = [f"s{n}" for n in range(11)]
    found = folds_of(names, 3)
    assert set(found) == set(names)
    assert sorted(list(found.values()).count(n) for n in range(3)) == [3, 4, 4]
    assert folds_of(reversed(names), 3) == found


# The rounds, on the competition's folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if REASON:
        pytest.skip(REASON)
    signers, words = (1, 2, 3, 5), ("hello", "b c", "988")
    phrases = [make(100 + n, signers[n % 4], words[n % 3], 40) for n in range(9)]
    more = [make(400, 2, "this is fine", 40)]
    return write_tiny_folder(tmp_path_factory.mktemp("folder"), [phrases], [more])


def on(folder: Path, out: Path, *more: str) -> list[str]:
    cache = str(out.parent / "cache")
    return ["--aslfr", str(folder), "--cache", cache, "--out", str(out), *SMALL, *more]


def same(one: Path, other: Path) -> bool:
    a, b = Checkpoint.load(one / FILE), Checkpoint.load(other / FILE)
    return all(torch.equal(a.ema[name], b.ema[name]) for name in a.ema) and a.step == b.step


def test_the_second_round_learns_what_the_first_could_not_read(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    main(["one", *on(folder, out, "--folds", "2", "--steps", "4")])
    for fold in range(2):
        saved = Checkpoint.load(out / f"fold-{fold}" / FILE)
        assert (saved.step, saved.finished, saved.scored) == (2, True, False)
    main(["two", *on(folder, out, "--steps", "3")])
    found = scores.load(out / scores.FILE)
    assert len(found) == sum(who in (1, 2, 3) for who in (1, 2, 3, 5) * 2 + (1, 2))
    assert all(one.shape == (1,) and 0 <= one[0] <= 1 for one in found.values())
    saved = Checkpoint.load(out / "two" / FILE)
    assert (saved.step, saved.scored) == (3, True)
    assert str(tmp_path) not in saved.command
    header = (out / "two" / "log.csv").read_text().splitlines()
    assert float(header[-1].split(",")[header[0].split(",").index("confidence")]) > 0
    before = (out / "two" / FILE).stat().st_mtime_ns
    main(["two", *on(folder, out, "--steps", "3")])  # it is done
    assert (out / "two" / FILE).stat().st_mtime_ns == before


def test_no_model_of_the_first_round_sees_its_fold(folder: Path, tmp_path: Path) -> None:
    source = Phrases(folder, tmp_path / "cache", Config(batch=4))
    assert source.signers() == ("1", "2", "3")
    dealt = folds_of(source.signers(), 2)
    kept = rounds.without_fold(source, 0, 2)
    assert kept == tuple(sorted(name for name, fold in dealt.items() if fold == 1))
    part = replace(source, only=kept)
    seen = {signer for n in range(4) for signer in part.batch(n).signers}
    assert seen == set(kept)


def test_a_killed_run_ends_where_an_uninterrupted_one_does(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["--folds", "1", "--steps", "5"]
    main(["one", *on(folder, tmp_path / "once", *given)])
    monkeypatch.setattr("models.training.second.run.SAVE_EVERY_S", -1)
    stream = rounds.stream

    @contextmanager
    def dying(*args: object) -> Iterator[Iterator[Segments]]:
        def some_of(made: Iterator[Segments]) -> Iterator[Segments]:
            for _ in range(3):
                yield next(made)
            raise KeyboardInterrupt

        with stream(*args) as made:  # type: ignore[arg-type]
            yield some_of(made)

    monkeypatch.setattr(rounds, "stream", dying)
    with pytest.raises(KeyboardInterrupt):
        main(["one", *on(folder, tmp_path / "twice", *given)])
    assert Checkpoint.load(tmp_path / "twice" / "fold-0" / FILE).step == 3
    monkeypatch.setattr(rounds, "stream", stream)
    main(["one", *on(folder, tmp_path / "twice", *given)])
    assert same(tmp_path / "once" / "fold-0", tmp_path / "twice" / "fold-0")
    with pytest.raises(SystemExit, match="another configuration"):
        main(["one", *on(folder, tmp_path / "twice", *given, "--learning-rate", "0.1")])


def test_scores_that_are_there_are_not_made_again(folder: Path, tmp_path: Path) -> None:
    source = Phrases(folder, tmp_path / "cache", Config(batch=4, without=tuple(vars(NONE))))
    file = tmp_path / scores.FILE
    known = {source.feed.rows[0].sequence_id: np.float32([0.625])}
    scores.save(known, file)
    found = scores.of_phrases([tiny()], dict.fromkeys(source.signers(), 0), source, file, print)
    assert len(found) == len(source.feed.rows)
    assert set(scores.load(file)) == set(found)
    assert scores.of_phrases([], {}, source, file, print).keys() == found.keys()


@pytest.mark.parametrize(
    ("truth", "read", "wanted"),
    [
        ("abcd", "abcd", 1.0),
        ("abcd", "abd", 0.75),
        ("a", "bcd", 0.0),
        ("", "", 1.0),
        ("", "a", 0.0),
    ],
)
def test_the_score_is_the_share_that_was_read(truth: str, read: str, wanted: float) -> None:
    assert scores.score(truth, read) == wanted


def test_a_second_round_without_a_first_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="run `one` first"):
        main(["two", *on(folder, tmp_path / "none", "--steps", "1")])
    main(["one", *on(folder, tmp_path / "one", "--folds", "1", "--steps", "1")])
    with pytest.raises(SystemExit, match="left nobody out"):
        main(["two", *on(folder, tmp_path / "one", "--steps", "1")])


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    torch.save({"step": 1}, tmp_path / FILE)
    with pytest.raises(UserError, match="no checkpoint of a second reader"):
        Checkpoint.load(tmp_path / FILE)

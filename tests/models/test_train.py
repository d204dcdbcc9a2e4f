"""The training command: runs, stops, resumes, in one process and in several."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from models.training import weights  # noqa: E402
from models.training.learning.checkpoint import FILE, Checkpoint  # noqa: E402
from models.training.learning.config import TrainingConfig  # noqa: E402
from models.training.learning.curves import LOG, Curves  # noqa: E402
from models.training.learning.ema import EMA  # noqa: E402
from models.training.learning.precision import choose  # noqa: E402
from models.training.train import main, recorded_command  # noqa: E402
from tests.models.test_aslfr_format import REASON, make, write_tiny_folder  # noqa: E402

# Not 16 channels: in bfloat16 a depthwise convolution of those did not end within a minute
# (PyTorch 2.13).
SMALL = ["--dim", "32", "--blocks", "1", "1", "--batch", "4", "--full-every", "2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if REASON:
        pytest.skip(REASON)
    signers, texts = (1, 2, 3, 5), ("hello", "b c", "988")
    phrases = [make(100 + n, signers[n % 4], texts[n % 3], 40) for n in range(9)]
    more = [make(400, 2, "this is fine", 40)]
    return write_tiny_folder(tmp_path_factory.mktemp("folder"), [phrases], [more])


def on_real(folder: Path, out: Path, *more: str) -> list[str]:
    cache = str(out.parent / "cache")
    return ["--aslfr", str(folder), "--cache", cache, "--out", str(out), *SMALL, *more]


def test_it_trains_on_the_competitions_folder(folder: Path, tmp_path: Path) -> None:
    main(on_real(folder, tmp_path / "run", "--steps", "3"))
    saved = Checkpoint.load(tmp_path / "run" / FILE)
    assert saved.step == 3
    assert saved.config.dim == 32
    log = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert "development_cer" in log[0]
    assert log[-1].split(",")[1] == "3"


def test_it_trains_on_all_landmark_sets(folder: Path, tmp_path: Path) -> None:
    main(on_real(folder, tmp_path / "run", "--steps", "2", "--sets", "holistic", "--attention"))
    assert Checkpoint.load(tmp_path / "run" / FILE).config.sets == "holistic"


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(folder: Path, tmp_path: Path) -> None:
    dropout = ["--dropout", "0"]
    main(on_real(folder, tmp_path / "once", "--steps", "4", *dropout))
    main(on_real(folder, tmp_path / "twice", "--steps", "4", *dropout))
    whole = Checkpoint.load(tmp_path / "once" / FILE)
    again = Checkpoint.load(tmp_path / "twice" / FILE)
    assert all(torch.equal(whole.net[name], again.net[name]) for name in whole.net)
    half = Checkpoint.load(tmp_path / "twice" / FILE)
    main(on_real(folder, tmp_path / "twice", "--steps", "6", "--resume", *dropout))
    after = Checkpoint.load(tmp_path / "twice" / FILE)
    assert (half.step, after.step) == (4, 6)
    assert any(not torch.equal(half.net[name], after.net[name]) for name in half.net)


KILLED = """
import os, signal, sys, torch
from models.training import train
from models.training.learning import ema, loop
loop.SAVE_EVERY_S = -1
where, *given = sys.argv[1:]
update, save = ema.EMA.update, torch.save
def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)
def half_a_step(self, net):
    end() if self.steps == 4 else update(self, net)
def half_a_file(contents, file):
    if contents["step"] < 5:
        return save(contents, file)
    file.write(b"half")
    file.flush()
    end()
if where == "step":
    ema.EMA.update = half_a_step
else:
    torch.save = half_a_file
train.main(given)
"""


@pytest.mark.parametrize("where", ["step", "save"])
def test_a_killed_run_ends_where_an_uninterrupted_one_does(
    folder: Path, tmp_path: Path, where: str
) -> None:
    main(on_real(folder, tmp_path / "once", "--steps", "7"))
    killed = on_real(folder, tmp_path / "twice", "--steps", "7")
    ended = subprocess.run([sys.executable, "-c", KILLED, where, *killed], timeout=120)
    assert ended.returncode == -signal.SIGKILL
    assert Checkpoint.load(tmp_path / "twice" / FILE).step == 4
    main([*killed, "--resume"])
    once, twice = (Checkpoint.load(tmp_path / name / FILE) for name in ("once", "twice"))
    assert once.step == twice.step == 7
    for a, b in ((once.net, twice.net), (once.ema, twice.ema)):
        assert all(torch.equal(a[name], b[name]) for name in a)
    rates = [c.optimizer["param_groups"][0]["lr"] for c in (once, twice)]
    assert rates[0] == rates[1]
    for number, values in once.optimizer["state"].items():
        again = twice.optimizer["state"][number]
        assert all(torch.equal(values[name], again[name]) for name in values)


ORPHANED = """
import os, signal, sys
from pathlib import Path
from models.training.learning.config import TrainingConfig
from models.training.learning.feed import SyntheticFeed
if __name__ == "__main__":
    feed = SyntheticFeed(Path(sys.argv[1]), TrainingConfig(batch=4))
    next(iter(feed))
    print(feed._workers[0].pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_leaves_no_process_behind(data: Path, tmp_path: Path) -> None:
    script = tmp_path / "orphaned.py"
    script.write_text(ORPHANED)
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    with (tmp_path / "out").open("w") as out:  # a pipe would stay open in the worker
        subprocess.run([sys.executable, script, data], env=env, stdout=out, timeout=120)
    worker = Path("/proc", (tmp_path / "out").read_text().strip())
    try:
        deadline = time.monotonic() + 60
        while worker.exists() and "State:\tZ" not in (worker / "status").read_text():
            assert time.monotonic() < deadline, "the process that makes batches goes on"
            time.sleep(0.2)
    except FileNotFoundError:
        pass  # it ended between the two looks


def test_a_resumed_run_goes_on_with_its_time(folder: Path, tmp_path: Path) -> None:
    main(on_real(folder, tmp_path / "run", "--steps", "1"))
    saved = Checkpoint.load(tmp_path / "run" / FILE)
    replace(saved, elapsed_s=590.0).save(tmp_path / "run")
    main(on_real(folder, tmp_path / "run", "--minutes", "9.8", "--resume"))
    assert Checkpoint.load(tmp_path / "run" / FILE).step == 2
    assert Checkpoint.load(tmp_path / "run" / FILE).elapsed_s >= 590


def test_the_log_of_a_killed_run_goes_on_at_its_checkpoint(tmp_path: Path) -> None:
    first = Curves(tmp_path, 0)
    for step in (100, 200, 300):
        first.add({"step": step, "ctc": 1.0})
    Curves(tmp_path, 250).add({"step": 300, "ctc": 2.0})
    rows = (tmp_path / LOG).read_text().splitlines()[1:]
    assert [row.split(",")[1] for row in rows] == ["100", "200", "300"]
    assert "2.0" in rows[-1]


def test_a_run_begins_with_the_averaged_weights_of_another(folder: Path, tmp_path: Path) -> None:
    main(on_real(folder, tmp_path / "a", "--steps", "3"))
    begun = Checkpoint.load(tmp_path / "a" / FILE)
    name, value = next(iter(begun.ema.items()))
    begun.ema[name] = value + 1
    begun.save(tmp_path / "a")
    other = ["--from", str(tmp_path / "a" / FILE), "--seed", "5", "--learning-rate", "0"]
    main(on_real(folder, tmp_path / "b", "--steps", "1", *other))
    after = Checkpoint.load(tmp_path / "b" / FILE)
    assert (after.step, after.config.seed) == (1, 5)
    for state in (after.net, after.ema):
        assert torch.allclose(state[name], value + 1, atol=1e-4)
    assert f"{begun.command} && " in after.command
    assert f"--from {FILE}" in after.command
    assert str(tmp_path) not in after.command
    main(on_real(folder, tmp_path / "b", "--steps", "2", *other, "--resume"))
    resumed = Checkpoint.load(tmp_path / "b" / FILE)
    assert (resumed.step, resumed.command.count(" && ")) == (2, 1)


def test_weights_of_another_size_or_alphabet_do_not_begin_a_run(
    folder: Path, tmp_path: Path
) -> None:
    main(on_real(folder, tmp_path / "a", "--steps", "1"))
    file = tmp_path / "a" / FILE
    start = ["--steps", "1", "--from", str(file)]
    with pytest.raises(SystemExit, match=r"another size .*: dim 32 is not 64"):
        main(on_real(folder, tmp_path / "b", *start, "--dim", "64"))
    saved = Checkpoint.load(file)
    replace(saved, alphabet="ab").save(tmp_path / "a")
    with pytest.raises(SystemExit, match="other characters"):
        main(on_real(folder, tmp_path / "b", *start))
    replace(saved, ema=dict(list(saved.ema.items())[1:])).save(tmp_path / "a")
    with pytest.raises(SystemExit, match="other weights"):
        main(on_real(folder, tmp_path / "b", *start))
    with pytest.raises(SystemExit, match="no checkpoint"):
        main(on_real(folder, tmp_path / "b", "--steps", "1", "--from", str(tmp_path / "none.pt")))


@pytest.mark.parametrize(
    ("has", "name", "reason"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, "bf16", "has avx512_bf16"),
        ({"amx_bf16": True, "avx512_bf16": True}, "bf16", "has amx_bf16"),
        ({"avx512_f": True, "avx512_bf16": False}, "fp32", "neither amx_bf16 nor avx512_bf16"),
        ({}, "fp32", "neither"),
    ],
)
def test_a_processor_trains_in_bf16_where_it_has_the_instructions(
    monkeypatch: pytest.MonkeyPatch, has: dict[str, bool], name: str, reason: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    cpu = torch.device("cpu")
    assert choose(cpu).name == name
    assert reason in choose(cpu).reason
    assert choose(torch.device("cuda")).name == "bf16"
    assert choose(cpu, "fp32").name == "fp32"
    assert choose(cpu, "bf16").name == "bf16"
    with choose(cpu).autocast(cpu):
        assert torch.is_autocast_enabled("cpu") is (name == "bf16")


def test_a_run_says_its_precision_and_keeps_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(on_real(folder, tmp_path / "run", "--steps", "1", "--precision", "fp32"))
    assert "fp32: asked for" in capsys.readouterr().out
    assert Checkpoint.load(tmp_path / "run" / FILE).precision == "fp32"


def test_another_configuration_does_not_resume_a_run(folder: Path, tmp_path: Path) -> None:
    main(on_real(folder, tmp_path / "run", "--steps", "1"))
    with pytest.raises(SystemExit, match="another configuration"):
        main(on_real(folder, tmp_path / "run", "--steps", "2", "--resume", "--seed", "7"))


def test_several_processes_train_one_model(folder: Path, tmp_path: Path) -> None:
    run = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
    train = ["-m", "models.training.train", *on_real(folder, tmp_path / "run", "--steps", "2")]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    port = str(20000 + os.getpid() % 20000)
    ended = subprocess.run([*run, port, *train], env=env, capture_output=True, timeout=180)
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    assert Checkpoint.load(tmp_path / "run" / FILE).step == 2


def test_it_trains_on_synthesised_phrases(data: Path, tmp_path: Path) -> None:
    main(["--data", str(data), "--out", str(tmp_path), "--steps", "2", *SMALL])
    log = (tmp_path / "log.csv").read_text().splitlines()
    assert dict(zip(log[0].split(","), log[-1].split(","), strict=True))["development_static"]


def test_the_recorded_command_names_no_folder_of_this_machine() -> None:
    given = ["--data", "/somewhere", "--minutes", "5", "--resume", "--out", "x", "--without", "lag"]
    assert recorded_command(given) == "python -m models.training.train --minutes 5 --without lag"
    started = recorded_command(["--from", "/somewhere/checkpoint.pt", "--steps", "5"])
    assert started == "python -m models.training.train --from checkpoint.pt --steps 5"


def test_a_part_that_does_not_exist_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="no part 'luck'"):
        TrainingConfig(without=("luck",))
    assert TrainingConfig(without=("cut_mix",)).augment().cut_mix == 0
    assert TrainingConfig(without=("lag", "rates")).camera().lag == 0
    assert not TrainingConfig(without=("lag", "rates")).camera().rates


def test_the_ema_follows_and_then_stands() -> None:
    net = torch.nn.Linear(1, 1)
    ema = EMA(net, decay=0.9)
    with torch.no_grad():
        net.weight.fill_(5.0)
    for _ in range(200):
        ema.update(net)
    assert ema.state["weight"].item() == pytest.approx(5.0, abs=1e-3)


def test_the_mean_of_a_run_and_the_one_it_began_with_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first.pt"
    main(on_real(folder, tmp_path / "a", "--steps", "1"))
    checkpoint = Checkpoint.load(tmp_path / "a" / FILE)
    checkpoint.ema = {name: torch.ones_like(t) for name, t in checkpoint.ema.items()}
    checkpoint.save_weights(first)
    checkpoint.ema = {name: 5 * t for name, t in checkpoint.ema.items()}
    checkpoint.save_weights(tmp_path / "second.pt")
    command = [str(tmp_path / "second.pt"), str(tmp_path / "mean.pt"), "--mean-with", str(first)]
    monkeypatch.setattr("sys.argv", ["weights", *command, "--share", "0.75"])
    weights.main()
    assert all((t == 4).all() for t in Checkpoint.load(tmp_path / "mean.pt").ema.values())


def test_kept_weights_are_small_and_a_run_can_begin_with_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(on_real(folder, tmp_path / "a", "--steps", "2"))
    kept = tmp_path / "weights" / "kept.pt"
    monkeypatch.setattr("sys.argv", ["weights", str(tmp_path / "a" / FILE), str(kept)])
    weights.main()
    assert kept.stat().st_size < (tmp_path / "a" / FILE).stat().st_size / 4
    whole, small = Checkpoint.load(tmp_path / "a" / FILE), Checkpoint.load(kept)
    assert (small.step, small.command) == (whole.step, whole.command)
    for name, value in whole.ema.items():
        assert small.ema[name].dtype == value.dtype
        torch.testing.assert_close(small.ema[name], value, rtol=1e-3, atol=1e-4)
    main(on_real(folder, tmp_path / "b", "--steps", "1", "--from", str(kept)))
    assert Checkpoint.load(tmp_path / "b" / FILE).step == 1

"""Trains the first recogniser. See README.md.

python -m models.training.train --data ../shared/data --minutes 60
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import multiprocessing
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Full
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edge.recognize.features import WIDTH
from models.training.data.hands import LETTERS, training
from models.training.evaluation.measure import held_letters, phrases
from models.training.net import Net, Shape
from models.training.synthesis.bank import Bank, build
from models.training.synthesis.script import Writer
from models.training.synthesis.synth import IGNORE, Batch, batch
from models.training.synthesis.texts import Texts

ALPHABET = LETTERS + " "
LOOK_AHEAD = 2
"""Ticks: the targets come so much later than what they name."""
LENGTH = 160
_QUEUED = 6


def produce(queue: Queue[Batch], data: Path, seed: int, start: int, size: int) -> None:
    """Batches from number ``start`` on while the parent lives, each from a seed of its own."""
    bank, texts = build(training(data), data, seed), Texts(data)
    for number in range(start, 1 << 60):
        rng = np.random.default_rng((seed, number))
        writer = Writer(bank, texts, LENGTH, rng)
        made = batch([writer.any() for _ in range(size)], bank, ALPHABET, LOOK_AHEAD, rng)
        while True:
            try:
                queue.put(made, timeout=5)
                break
            except Full:
                parent = multiprocessing.parent_process()
                if parent is not None and not parent.is_alive():
                    return


def losses(logits: Tensor, made: Batch) -> tuple[Tensor, Tensor]:
    """(CTC, frame cross entropy), both per symbol or tick."""
    chances = functional.log_softmax(logits.float(), -1)
    ctc = functional.ctc_loss(
        chances.transpose(0, 1),
        torch.from_numpy(made.targets),
        torch.full((len(chances),), chances.shape[1]),
        torch.from_numpy(made.sizes),
        reduction="sum",
        zero_infinity=True,
    ) / max(1, len(made.targets))
    frames = functional.nll_loss(
        chances.flatten(0, 1), torch.from_numpy(made.frames).flatten(), ignore_index=IGNORE
    )
    return ctc, frames


class Average:
    """An exponential moving average of a network, its statistics included."""

    def __init__(self, net: nn.Module, keep: float = 0.999) -> None:
        self.keep, self.steps = keep, 0
        self.state = {k: v.detach().clone() for k, v in net.state_dict().items()}

    def update(self, net: nn.Module) -> None:
        self.steps += 1
        keep = min(self.keep, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for name, value in net.state_dict().items():
                if value.is_floating_point():
                    self.state[name].lerp_(value, 1 - keep)
                else:
                    self.state[name].copy_(value)


def rate(done: float, step: int, peak: float) -> float:
    """Warm-up over 200 steps, then a cosine over the time given."""
    return peak * min(1, (step + 1) / 200) * (0.5 + 0.5 * math.cos(math.pi * min(1, done))) + 1e-6


def received(queue: Queue[Batch]) -> Iterator[Batch]:
    while True:
        yield queue.get()


def judge(net: Net, bank: Bank, data: Path) -> dict[str, float]:
    """Figures on the choosing signers, the same windows each time."""
    net.eval()
    texts = Texts(data)
    cer = phrases(net, bank, texts, ALPHABET, count=24)
    held = held_letters(net, bank, ALPHABET, count=6)
    return {
        "choosing_cer": round(float(np.mean([s.rate for s in cer])), 4),
        "choosing_held": round(float(np.mean([s.share for s in held])), 4),
    }


def revision() -> str:
    """The commit of the code that trains; says so where files differ from it."""
    told = ["git", "-C", str(Path(__file__).parent)]
    try:
        commit = subprocess.run([*told, "rev-parse", "HEAD"], capture_output=True, check=True)
        changes = subprocess.run([*told, "status", "--porcelain", "-uno"], capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.decode().strip() + (" and changes" if changes.stdout else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--out", type=Path, default=Path(".runs/conv-ctc"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--peak", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"

    shape = Shape(WIDTH, 1 + len(ALPHABET))
    net = Net(shape).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    best = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    average, step, spent = Average(net), 0, 0.0
    begun_at = revision()
    if args.resume and checkpoint.is_file():
        saved = torch.load(checkpoint)
        begun_at = saved["revision"]
        net.load_state_dict(saved["net"])
        best.load_state_dict(saved["optimizer"])
        average.state, average.steps = saved["average"], saved["step"]
        step, spent = saved["step"], saved["spent"]
    smooth = Net(shape)
    kept_out = build(training(args.data, choosing=True), args.data, 0, fresh=False)

    def save() -> None:
        state: dict[str, Any] = {
            "shape": asdict(shape), "alphabet": ALPHABET, "look_ahead": LOOK_AHEAD,
            "net": net.state_dict(), "average": average.state, "step": step, "spent": spent,
            "optimizer": best.state_dict(),
            "command": f"python -m models.training.train --minutes {args.minutes:g}"
            f" --seed {args.seed} --batch {args.batch} --peak {args.peak:g}",
            "seed": args.seed, "revision": begun_at,
        }  # fmt: skip
        torch.save(state, checkpoint.with_suffix(".part"))
        checkpoint.with_suffix(".part").replace(checkpoint)

    queue: Queue[Batch] = multiprocessing.get_context("spawn").Queue(_QUEUED)
    worker = multiprocessing.get_context("spawn").Process(
        target=produce, args=(queue, args.data, args.seed, step, args.batch), daemon=True
    )
    worker.start()
    log = (args.out / "log.csv").open("a" if step else "w", newline="")
    fields = ["seconds", "step", "rate", "ctc", "frames", "choosing_cer", "choosing_held"]
    writer = csv.DictWriter(log, fields)
    if not step:
        writer.writeheader()
    total, begun, judged = args.minutes * 60, time.monotonic() - spent, spent
    sums = np.zeros(2)
    for made in received(queue):
        done = spent / total
        for group in best.param_groups:
            group["lr"] = rate(done, step, args.peak)
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(torch.from_numpy(made.features))
        ctc, frames = losses(logits, made)
        loss = ctc + (1.5 - 1.0 * done) * frames
        best.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        best.step()
        average.update(net)
        step += 1
        spent = time.monotonic() - begun
        sums += ctc.item(), frames.item()
        if step % 100 == 0 or spent >= total:
            row: dict[str, Any] = {"seconds": round(spent), "step": step}
            row |= {"rate": f"{best.param_groups[0]['lr']:.2e}"}
            row |= {"ctc": round(sums[0] / 100, 4), "frames": round(sums[1] / 100, 4)}
            sums[:] = 0
            if spent - judged > 240 or spent >= total:
                judged = spent
                smooth.load_state_dict(average.state)
                row |= judge(smooth, kept_out, args.data)
                save()
            writer.writerow(row)
            log.flush()
            left = max(0.0, total - spent)
            print(f"{json.dumps(row)}  left {left / 60:.1f} min", flush=True)
        if spent >= total:
            break
    save()
    worker.terminate()


if __name__ == "__main__":
    main()

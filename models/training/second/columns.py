"""The columns of a competition model into features, inside its graph.

The same as `models.training.aslfr.prepare` and its features make of a phrase, in PyTorch: frames
from `EDGE` before the first hand to `EDGE` after the last, the hand that spells, or all sets.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge.hand import FINGER_BASES
from edge.recognize import hand_features
from models.training.aslfr.columns import COLUMNS, columns_of
from models.training.aslfr.hand import ASPECT
from models.training.aslfr.prepare import EDGE, READ, Sets

NOTHING = 1e9
"""What stands in rows that there are not."""
_REACH = 2.5
_UNIT = hand_features.RATE * 0.2
_SMALLEST = 1e-6


def selected(sets: Sets) -> list[str]:
    """The columns that `Columns` takes, in order."""
    names = columns_of(READ[sets])
    assert set(names) <= set(COLUMNS)
    return names


class Columns(nn.Module):
    """[N, columns] to features [1, T, width], which of the ticks are of the phrase [1, T], and
    whether there is any hand [1].

    Args:
        ticks: T; rows beyond it are not read.
    """

    def __init__(self, sets: Sets, ticks: int) -> None:
        super().__init__()
        self.sets, self.ticks = READ[sets], ticks
        self.one_hand = sets == "hand"
        count = sum(len(s.points) for s in self.sets)
        self.register_buffer("rest", torch.full((ticks, 3 * count), NOTHING), persistent=False)
        scale = torch.tensor([1.0, ASPECT, 1.0])
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("mirror", torch.tensor([-1.0, 1.0, 1.0]), persistent=False)
        self.rest: Tensor
        self.scale: Tensor
        self.mirror: Tensor

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # However many rows come, from here on there are T of them.
        rows = torch.cat([inputs, self.rest])[: self.ticks]
        at = torch.arange(self.ticks, dtype=torch.float32)
        there = (rows[:, 0] != NOTHING).float()
        points = rows.reshape(self.ticks, 3, -1).transpose(1, 2) * self.scale
        known = (points == points).float() * there[:, None, None]
        points = torch.where(known > 0.5, points, torch.zeros_like(points))
        parts, present, start = [], [], 0
        for s in self.sets:
            parts.append(points[:, start : start + len(s.points)])
            present.append(known[:, start : start + len(s.points)].amin((1, 2)))
            start += len(s.points)
        seen = self._seen(present)
        first = self.ticks - (seen * (self.ticks - at)).amax()
        last = (seen * (at + 1)).amax()
        begin = (first - EDGE).clamp(min=0)
        end = torch.minimum(last + EDGE, there.sum())
        take = (at + begin).clamp(max=self.ticks - 1).to(torch.int32)
        parts = [part.index_select(0, take) for part in parts]
        present = [one.index_select(0, take) for one in present]
        inside = (at < end - begin).float()
        present = [one * inside for one in present]
        features = self._one(parts, present) if self.one_hand else self._all(parts, present)
        return features[None], inside[None], seen.amax()[None]

    def _seen(self, present: list[Tensor]) -> Tensor:
        """Frames with a hand: where one is read, of that which spells."""
        left, right = present[:2]
        if not self.one_hand:
            return torch.maximum(left, right)
        use = (left.sum() > right.sum()).float()
        return left * use + right * (1 - use)

    def _one(self, parts: list[Tensor], present: list[Tensor]) -> Tensor:
        use = (present[0].sum() > present[1].sum()).float()
        hand = parts[0] * self.mirror * use + parts[1] * (1 - use)
        joints, speed, there = _hand(hand, present[0] * use + present[1] * (1 - use))
        return torch.cat([joints, speed, there], -1)

    def _all(self, parts: list[Tensor], present: list[Tensor]) -> Tensor:
        rows = []
        for s, part, there in zip(self.sets, parts, present, strict=True):
            if s.name.endswith("hand"):
                left = s.name == "left_hand"
                joints, speed, seen = _hand(part * self.mirror if left else part, there)
                rows.append(torch.cat([speed, torch.zeros_like(seen), joints, seen], -1))
            elif s.name == "face":
                one, other = part[:, 0], part[:, 10]
                size = (one - other).norm(dim=-1) / 2
                rows.append(_relative(part, (one + other) / 2, size, there))
            else:
                elbows, wrists = part[:, (0, 5)], part[:, (1, 6)]
                size = (wrists - elbows).norm(dim=-1).mean(-1)
                rows.append(_relative(part, elbows.mean(1), size, there))
        return torch.cat(rows, -1)


def _hand(hand: Tensor, there: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Joints [T, 60], speed [T, 2] and presence [T, 1], as `edge.recognize.hand_features.encode`
    has them."""
    bases = torch.stack([hand[:, n] for n in FINGER_BASES], 1)
    size = (bases - hand[:, :1]).norm(dim=-1).mean(-1).clamp(min=_SMALLEST)[:, None]
    seen = there[:, None]
    joints = ((hand[:, 1:] - hand[:, :1]) / size[..., None]).flatten(1)
    wrist = hand[:, 0, :2]
    before = torch.cat([wrist[:1], wrist[:-1]])
    known = torch.cat([there[:1] * 0, there[:-1]])[:, None]
    speed = (wrist - before) / size * known * _UNIT
    return joints.clamp(-_REACH, _REACH) * seen, speed.clamp(-_REACH, _REACH) * seen, seen


def _relative(points: Tensor, middle: Tensor, size: Tensor, there: Tensor) -> Tensor:
    away = (points - middle[:, None]) / size.clamp(min=_SMALLEST)[:, None, None]
    flat = away.clamp(-_REACH, _REACH).flatten(1)
    return torch.cat([flat, torch.ones_like(flat[:, :1])], -1) * there[:, None]

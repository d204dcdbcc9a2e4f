"""The whole model, as it is trained and as it reads."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.second.decoder import Decoder, Memory
from models.training.second.encoder import Encoder
from models.training.second.size import END, REDUCTION, Size


@dataclass(frozen=True)
class Answer:
    """What the model says of segments and of their texts, which it was given.

    Attributes:
        ticks: [B, T, symbols], CTC's logits of every tick.
        forward, backward: [B, S, symbols], logits of the symbol after each given one.
        confidence: [B], the logit of how much of the text is right.
    """

    ticks: Tensor
    forward: Tensor
    backward: Tensor
    confidence: Tensor


@dataclass(frozen=True)
class Reading:
    """Attributes:
    symbols: characters from 1, without the end.
    log_probability: of the text, its end included.
    confidence: 0-1, of the head.
    """

    symbols: tuple[int, ...]
    log_probability: float
    confidence: float


class Model(nn.Module):
    """Landmark features of a segment to its text."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.encoder = Encoder(size)
        self.decoder = Decoder(size)
        self.next = nn.Linear(size.dim, size.symbols)
        self.sure = nn.Linear(size.dim, 1)
        self.ticks = nn.Linear(size.dim, REDUCTION * size.symbols)

    def forward(self, features: Tensor, lengths: Tensor, given: Tensor) -> Answer:
        """
        Args:
            features: [B, T, width].
            lengths: [B], ticks of each that are no padding.
            given: [2, B, S], the start and the characters of each text, forward and reversed;
                what stands after them does not matter.
        """
        ticks, memory = self.see(features, lengths)
        states = self.decoder(given.flatten(0, 1), memory.twice())
        forward, backward = self.next(states).chunk(2)
        sure = self.sure(states[: features.shape[0], 0])[:, 0]
        return Answer(ticks, forward, backward, sure)

    def see(self, features: Tensor, lengths: Tensor) -> tuple[Tensor, Memory]:
        """CTC's logits of every tick, and what the decoder looks at."""
        count = features.shape[1]
        features = functional.pad(features, (0, 0, 0, -count % REDUCTION))
        at = torch.arange(features.shape[1], device=features.device)
        inside = (at < lengths[:, None]).to(features.dtype)
        frames, inside = self.encoder(features, inside)
        return self.every_tick(frames)[:, :count], self.decoder.memory(frames, inside)

    def every_tick(self, frames: Tensor) -> Tensor:
        """CTC's logits [B, T, symbols] of the encoder's frames."""
        return self.ticks(frames).reshape(len(frames), -1, self.size.symbols)  # type: ignore[no-any-return]

    @torch.no_grad()
    def read(self, features: Tensor, lengths: Tensor, longest: int = 64) -> list[Reading]:
        """The texts, each symbol the likeliest; in eval mode.

        Args:
            longest: characters of a text; what comes after them is not read.
        """
        _, memory = self.see(features, lengths)
        size, count = self.size, len(features)
        before = self.decoder.nothing(count, longest + 1)
        symbol = torch.full((count,), size.forward_start, device=features.device)
        said: list[Tensor] = []
        total = torch.zeros(count, device=features.device)
        open_ = torch.ones(count, dtype=torch.bool, device=features.device)
        sure = total
        for place in range(longest + 1):
            at = torch.tensor([float(place)], device=features.device)
            state, before = self.decoder.step(symbol, at, memory, before)
            if not place:
                sure = self.sure(state)[:, 0].float().sigmoid()
            best, symbol = self.next(state).float().log_softmax(-1).max(-1)
            symbol = symbol.where(open_, END)
            total = total + best * open_
            said.append(symbol)
            open_ = open_ & (symbol != END)
            if not open_.any():
                break
        rows = torch.stack(said, 1).tolist()
        texts = [tuple(s for s in row if s != END)[:longest] for row in rows]
        return [Reading(*one) for one in zip(texts, total.tolist(), sure.tolist(), strict=True)]

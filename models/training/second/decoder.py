"""The decoder: Transformer layers over the encoder's frames; whole texts, or symbol by symbol."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.training.second.layers import (
    HIDDEN,
    FeedForward,
    mixed,
    places,
    rotate,
    rotation,
    split,
)
from models.training.second.size import Size

Pair = tuple[Tensor, Tensor]
"""Keys and values, each [B, heads, K, D]."""


@dataclass(frozen=True)
class Memory:
    """What the decoder looks at.

    Attributes:
        pairs: of each layer.
        bias: [B, 1, 1, M], `HIDDEN` for padding.
    """

    pairs: list[Pair]
    bias: Tensor

    def twice(self) -> Memory:
        """The same for two texts of each segment."""
        pairs = [(torch.cat([key, key]), torch.cat([value, value])) for key, value in self.pairs]
        return Memory(pairs, torch.cat([self.bias, self.bias]))


class Layer(nn.Module):
    """Attention to what was read, attention to what is seen, feed-forward."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        dim, self.heads = size.dim, size.heads
        self.recall = nn.LayerNorm(dim)
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.value, self.join = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.look = nn.LayerNorm(dim)
        self.seek, self.there = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.what, self.take = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.think = FeedForward(dim, size.wider, size.dropout)
        self.drop = nn.Dropout(size.dropout)

    def pair(self, frames: Tensor) -> Pair:
        """Keys and values of the encoder's ``frames``."""
        return split(self.there(frames), self.heads), split(self.what(frames), self.heads)

    def turned(self, x: Tensor, turn: Pair) -> tuple[Tensor, Pair]:
        """Query, and key and value, of what was read."""
        y = self.recall(x)
        query = rotate(split(self.query(y), self.heads), turn)
        key = rotate(split(self.key(y), self.heads), turn)
        return query, (key, split(self.value(y), self.heads))

    def forward(self, x: Tensor, query: Tensor, read: Pair, bias: Tensor, seen: Pair,
                hidden: Tensor) -> Tensor:  # fmt: skip
        x = x + self.drop(self.join(mixed(query, *read, bias)))
        seek = split(self.seek(self.look(x)), self.heads)
        # Beams of one segment look at the same frames: they are queries of one attention.
        alone = seen[0].shape[0] == 1
        seek = seek.transpose(0, 2) if alone else seek
        found = mixed(seek, *seen, hidden)
        x = x + self.drop(self.take(found.transpose(0, 1) if alone else found))
        out: Tensor = self.think(x)
        return out


class Decoder(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embed = nn.Embedding(size.characters + 4, size.dim)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.dim)
        self.each = size.dim // size.heads
        nn.init.normal_(self.embed.weight, std=size.dim**-0.5)

    def memory(self, frames: Tensor, inside: Tensor) -> Memory:
        """What the encoder gave, as keys and values of every layer."""
        frames = frames + places(frames.shape[1], frames.shape[2]).to(frames)
        bias = (1 - inside)[:, None, None] * HIDDEN
        return Memory([layer.pair(frames) for layer in self.layers], bias)

    def forward(self, symbols: Tensor, memory: Memory) -> Tensor:
        """States [B, S, dim] after each of ``symbols`` [B, S], which see only those before."""
        x, count = self.embed(symbols), symbols.shape[1]
        at = torch.arange(count, device=symbols.device)
        turn = rotation(at.float(), self.each)
        bias = (at[None] > at[:, None]) * HIDDEN
        for layer, seen in zip(self.layers, memory.pairs, strict=True):
            query, read = layer.turned(x, turn)
            x = layer(x, query, read, bias, seen, memory.bias)
        out: Tensor = self.norm(x)
        return out

    def step(
        self, symbol: Tensor, place: Tensor, memory: Memory, before: list[Pair]
    ) -> tuple[Tensor, list[Pair]]:
        """State [N, dim] after the next ``symbol`` [N] of N texts, and what was read with it.

        Args:
            place: [1], how many symbols came before.
            memory: of N segments, or of one that all texts are of.
            before: of each layer, keys and values [N, heads, slots, D]; those from ``place`` on
                do not matter.
        """
        slots = before[0][0].shape[2]
        at = torch.arange(slots, device=symbol.device, dtype=torch.float32)
        here = (1 - (at - place).abs()).clamp(min=0)[:, None]
        bias = (at - place).clamp(0, 1) * HIDDEN
        turn = rotation(place, self.each)
        x, after = self.embed(symbol)[:, None], []
        for layer, old, seen in zip(self.layers, before, memory.pairs, strict=True):
            query, new = layer.turned(x, turn)
            read = (
                old[0] * (1 - here) + new[0] * here,
                old[1] * (1 - here) + new[1] * here,
            )
            after.append(read)
            x = layer(x, query, read, bias, seen, memory.bias)
        return self.norm(x)[:, 0], after

    def nothing(self, texts: int, slots: int) -> list[Pair]:
        """What was read before the first symbol."""
        shape = texts, self.size.heads, slots, self.each
        like = self.embed.weight
        return [(like.new_zeros(shape), like.new_zeros(shape)) for _ in self.layers]

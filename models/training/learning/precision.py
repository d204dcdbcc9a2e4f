"""Which arithmetic a device trains in."""

from __future__ import annotations

from dataclasses import dataclass

import torch

CHOICES = ("auto", "bf16", "fp32")
INSTRUCTIONS = ("amx_bf16", "avx512_bf16")
"""Of x86-64. Without them PyTorch emulates bfloat16, which took 14 times as long as float32."""


@dataclass(frozen=True)
class Precision:
    """Attributes:
    name: ``bf16`` or ``fp32``.
    reason: why, for people.
    """

    name: str
    reason: str

    def autocast(self, device: torch.device) -> torch.autocast:
        return torch.autocast(device.type, torch.bfloat16, enabled=self.name == "bf16")


def choose(device: torch.device, wanted: str = "auto") -> Precision:
    """The precision for ``device``: the ``wanted`` one of `CHOICES`, or what is fast there."""
    if wanted != "auto":
        return Precision(wanted, "asked for")
    if device.type != "cpu":
        return Precision("bf16", f"on {device.type}")
    has = torch.cpu.get_capabilities()
    if found := [name for name in INSTRUCTIONS if has.get(name)]:
        return Precision("bf16", f"this processor has {found[0]}")
    return Precision("fp32", f"this processor has neither {' nor '.join(INSTRUCTIONS)}")

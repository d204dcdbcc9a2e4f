"""Letters for signers: what is published names nobody by account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from string import ascii_uppercase

from models.training.evaluation.measurements import Measurements
from models.training.evaluation.transcripts import Transcript


def validation_signers(measured: Measurements) -> list[str]:
    """Accounts of the signers of the phrases and static poses, sorted."""
    by_model = (*measured.phrases.values(), *measured.static.values())
    return _signers(chain.from_iterable(found for some in by_model for found in some.values()))


def signer_letters(measured: Measurements) -> dict[str, str]:
    """Account to letter: the validation signers in sorted order, then the others who are measured.

    The same signers always get the same letters.
    """
    first = validation_signers(measured)
    others = _signers(chain(*measured.moving.values(), *measured.digits.values()))
    names = [*first, *(name for name in others if name not in first)]
    return dict(zip(names, ascii_uppercase, strict=False))


def anonymised(measured: Measurements) -> Measurements:
    """``measured`` with `signer_letters` in place of the accounts.

    Raises:
        KeyError: there are more signers than letters.
    """
    letters = signer_letters(measured)

    def renamed(by_decoder: dict[str, list[Transcript]]) -> dict[str, list[Transcript]]:
        return {
            name: [
                replace(t, sample=replace(t.sample, signer=letters[t.sample.signer])) for t in found
            ]
            for name, found in by_decoder.items()
        }

    return replace(
        measured,
        phrases={model: renamed(some) for model, some in measured.phrases.items()},
        static={model: renamed(some) for model, some in measured.static.items()},
        static_jz=renamed(measured.static_jz),
        moving=renamed(measured.moving),
        digits=renamed(measured.digits),
    )


def _signers(transcripts: Iterable[Transcript]) -> list[str]:
    return sorted({t.sample.signer for t in transcripts})

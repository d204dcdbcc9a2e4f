"""What is likely to be spelled next: a character n-gram model, in one small file.

The file is a ``.npz`` without pickled objects, made by ``python -m models.training.prior``:

==============  =============  ====================================================================
``format``      int            1
``alphabet``    str            the characters, in order
``order``       int            characters in the longest n-gram; contexts are one shorter
``trust``       float [3]      chances that a text is like those counted, random letters, or
                               random digits, before any of it is seen
``regain``      float          chance that it changes so with any character
``mean``        float          nats a character costs on texts of the same kinds, not counted
``contexts``    uint32 [C]     the contexts, as steps: their keys rise, these are the differences
``sizes``       uint8 [C]      how many characters follow each context by name
``rests``       uint8 [C]      share left to the context one character shorter
``chars``       uint8 [N]      the characters that follow, as places in the alphabet
``shares``      uint8 [N]      the share of each
==============  =============  ====================================================================

The key of a context reads it as a number in base ``1 + len(alphabet)`` with digits from 1, so the
empty context has key 0 and its share left is of the uniform distribution. A share ``q`` means
``exp(-q / 24)``. With ``h`` a context and ``h'`` the same without its first character, the
chances are interpolated (Witten and Bell, "The zero-frequency problem", 1991)::

    p(c | h) = share(h, c) + rest(h) p(c | h')

Not all that is spelled is like what was counted: a code, a name from afar. So the answer mixes
these chances with those of random letters and of random digits, spaces among both, by how well
each foretold the last characters (the fixed share of Herbster and Warmuth, "Tracking the Best
Expert", 1998). No character is impossible, and among random letters the prior has no favourite.
"""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError, clear

Floats = NDArray[np.float32]
FORMAT = 1
STEPS = 24
"""Steps of a stored share in one factor of e."""
LOOKS_BACK = 10
"""Characters of context that count."""
_LARGEST = 64 << 20
"""Bytes of the tables together: a hundred times what is usual."""
_CACHED = 1024
_LEAST = 1e-6


class Prior:
    """Chances of the next character, given the last ones.

    Attributes:
        alphabet: what the answers are over, in order.
    """

    def __init__(self, tables: dict[str, NDArray[Any]]) -> None:
        """
        Args:
            tables: what the file holds, checked here.

        Raises:
            ValueError, KeyError, TypeError: they are not what the module's docstring says.
        """
        if int(tables["format"]) != FORMAT:
            raise ValueError(f"format is {tables['format']}, not {FORMAT}")
        self._known = self.alphabet = str(tables["alphabet"])
        self._reach = int(tables["order"]) - 1
        self._mean = float(tables["mean"])
        self._trust: NDArray[np.float64] = tables["trust"].astype(np.float64, casting="same_kind")
        self._regain = float(tables["regain"])
        keys = np.cumsum(tables["contexts"], dtype=np.int64)
        sizes, chars = tables["sizes"].astype(np.int64, casting="same_kind"), tables["chars"]
        letters = len(self.alphabet)
        if not (
            0 < letters == len(set(self.alphabet)) < 256
            and 0 <= self._reach <= LOOKS_BACK
            and self._trust.shape == (3,)
            and (self._trust > 0).all()
            and abs(self._trust.sum() - 1) < 1e-6
            and 0 < self._regain <= 1
            and 0 < self._mean < 100
            and len(keys) == len(sizes) == len(tables["rests"]) > 0
            and len(chars) == len(tables["shares"]) == sizes.sum()
            and chars.dtype == tables["shares"].dtype == tables["rests"].dtype == np.uint8
            and keys[0] == 0
            and (np.diff(keys) > 0).all()
            and (chars < letters).all()
        ):
            raise ValueError("the tables do not fit together")
        self._keys = keys
        self._ends = np.cumsum(sizes)
        self._chars = chars
        decay = np.exp(-np.arange(256, dtype=np.float32) / STEPS)
        self._shares: Floats = decay[tables["shares"]]
        self._rests: Floats = decay[tables["rests"]]
        self._place = {char: n for n, char in enumerate(self.alphabet)}
        self._picked = np.arange(letters)
        self._prepare()

    def _prepare(self) -> None:
        """What depends on `alphabet`."""
        digit = np.array([char.isdigit() for char in self.alphabet])
        space = np.array([char == " " for char in self.alphabet])
        random = np.stack([~digit, digit | space]).astype(np.float64)
        sizes = np.maximum(random.sum(1, keepdims=True), 1)
        self._random = random / sizes
        self._usual = np.array([self._mean, *np.log(sizes[:, 0])])
        self._start = self._trust * [1, (~digit).any(), digit.any()]
        self._start /= self._start.sum()
        self._three = lru_cache(maxsize=_CACHED)(self._counted)
        self._answer = lru_cache(maxsize=_CACHED)(self._mixed)

    @classmethod
    def load(cls, path: Path) -> Prior:
        """The prior in the file ``path``.

        Raises:
            ConfigError: it is missing or damaged.
        """
        try:
            if _unpacked(path) > _LARGEST:
                raise ValueError(f"it unpacks to more than {_LARGEST >> 20} MiB")
            with np.load(path, allow_pickle=False) as file:
                return cls({name: file[name] for name in file.files})
        except FileNotFoundError as error:
            raise ConfigError(f"prior {path} is missing: restore the bundle") from error
        except Exception as error:  # a damaged archive makes its readers raise nearly anything
            reason = clear(str(error))
            raise ConfigError(f"prior {path} is damaged ({reason}): restore the bundle") from error

    def within(self, alphabet: str) -> Prior:
        """The same prior over ``alphabet`` only, in its order.

        Raises:
            ConfigError: it does not know one of the characters.
        """
        if unknown := "".join(char for char in alphabet if char not in self._place):
            raise ConfigError(
                f"the prior does not know {unknown!r}, which the model reads: build it anew, or set"
                ' prior = "off" in [recognize]'
            )
        copy = object.__new__(Prior)
        copy.__dict__.update(self.__dict__)
        copy.alphabet = alphabet
        copy._picked = np.array([self._place[char] for char in alphabet])
        copy._prepare()
        return copy

    def logp(self, context: str) -> Floats:
        """Log-probabilities, float32 [len(alphabet)], of what follows ``context``.

        A text begins after a space. Only the last `LOOKS_BACK` characters of ``context`` count.
        """
        return self._answer(context[-LOOKS_BACK:])[0]

    def gain(self, context: str) -> Floats:
        """`logp` and, given back, what a character costs on average where this text is trusted so.

        Added to other evidence, `logp` alone would favour short texts.
        """
        return self._answer(context[-LOOKS_BACK:])[1]

    def _mixed(self, context: str) -> tuple[Floats, Floats]:
        trust = self._start
        for at in range(1, len(context)):
            place = self.alphabet.find(context[at])
            if place >= 0:
                trust = trust * self._foretold(context[:at])[:, place]
                trust = (1 - self._regain) * trust / trust.sum() + self._regain * self._start
        logp = np.log(trust @ self._foretold(context)).astype(np.float32)
        gain = (logp + trust @ self._usual).astype(np.float32)
        for answer in (logp, gain):
            answer.setflags(write=False)
        return logp, gain

    def _foretold(self, context: str) -> NDArray[np.float64]:
        """Chances [3, len(alphabet)] of what follows, by each that is mixed."""
        return self._three(context[-self._reach :] if self._reach else "")

    def _counted(self, context: str) -> NDArray[np.float64]:
        p: Floats = np.full(len(self._known), 1 / len(self._known), dtype=np.float32)
        base, key, digit = 1 + len(self._known), 0, 1
        for char in ("", *reversed(context)):
            if char:
                if char not in self._place:
                    break
                key += digit * (1 + self._place[char])
                digit *= base
            at = int(np.searchsorted(self._keys, key))
            if at == len(self._keys) or self._keys[at] != key:
                break
            part = slice(self._ends[at - 1] if at else 0, self._ends[at])
            p *= self._rests[at]
            p[self._chars[part]] += self._shares[part]
        p = p[self._picked] + np.float32(_LEAST)
        return np.concatenate([p[None] / p.sum(), self._random])


def _unpacked(path: Path) -> int:
    """Bytes that the archive at ``path`` says it holds; reading stops there if it lies."""
    with zipfile.ZipFile(path) as archive:
        return sum(member.file_size for member in archive.infolist())

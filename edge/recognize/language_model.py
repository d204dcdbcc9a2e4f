"""A character language model: an n-gram model of what is likely to be spelled, in one small file.

The file is a ``.npz`` without pickled objects, made by
``python -m models.training.language_model``:

==============  =============  ====================================================================
``format``      int            1
``alphabet``    str            the characters, in order
``order``       int            characters in the longest n-gram; contexts are one shorter
``weights``     float [3]      mixture weights at the start of a text: the probabilities that it is
                               like the counted texts, random letters, or random digits
``switching``   float          probability that the text changes its sort at any character
``mean``        float          mean cost of a character, in nats, on uncounted texts of the same
                               kinds
``contexts``    uint32 [C]     differences between successive keys of the contexts, which increase
``sizes``       uint8 [C]      how many characters are stored for each context
``backoffs``    uint8 [C]      share left to the context one character shorter
``chars``       uint8 [N]      the characters stored, as places in the alphabet
``shares``      uint8 [N]      the share of each
==============  =============  ====================================================================

The key of a context reads it as a number in base ``1 + len(alphabet)`` with digits from 1, so the
empty context has key 0 and backs off to the uniform distribution. A stored share ``q`` means
``exp(-q / 24)``. With ``h`` a context and ``h'`` the same without its first character, the
probabilities are interpolated (Witten and Bell, "The zero-frequency problem", 1991)::

    p(c | h) = share(h, c) + backoff(h) p(c | h')

Not every text is like the counted ones: a code, a foreign name. So the answer is a mixture of
three models: these n-grams, random letters, and random digits, the last two including spaces.
The mixture weights follow how well each predicted the last characters (the fixed share of Herbster
and Warmuth, "Tracking the Best Expert", 1998). No character is impossible, and after random
letters the model prefers none.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError, clear, raise_shortage
from edge.files import Contents

Floats = NDArray[np.float32]
FORMAT = 1
STEPS = 24
"""Steps of a stored share for each factor of e."""
MAX_CONTEXT = 10
"""Characters of context that matter."""
_MAX_UNPACKED_BYTES = 64 << 20
"""Of all tables together: a hundred times the usual size."""
_CACHE_SIZE = 1024
_MIN_PROBABILITY = 1e-6


class CharacterLM:
    """Probabilities of the next character, given the last ones.

    Attributes:
        alphabet: the characters that the answers are over, in order.
    """

    def __init__(self, tables: dict[str, NDArray[Any]]) -> None:
        """
        Args:
            tables: the contents of the file, checked here.

        Raises:
            ValueError, KeyError, TypeError: they are not what the module's docstring says.
        """
        if int(tables["format"]) != FORMAT:
            raise ValueError(f"format is {tables['format']}, not {FORMAT}")
        self._all = self.alphabet = str(tables["alphabet"])
        self._max_context = int(tables["order"]) - 1
        self._mean = float(tables["mean"])
        weights: NDArray[np.float64] = tables["weights"].astype(np.float64, casting="same_kind")
        self._weights = weights
        self._switching = float(tables["switching"])
        keys = np.cumsum(tables["contexts"], dtype=np.int64)
        sizes, chars = tables["sizes"].astype(np.int64, casting="same_kind"), tables["chars"]
        letters = len(self.alphabet)
        if not (
            0 < letters == len(set(self.alphabet)) < 256
            and 0 <= self._max_context <= MAX_CONTEXT
            and weights.shape == (3,)
            and (weights > 0).all()
            and abs(weights.sum() - 1) < 1e-6
            and 0 < self._switching <= 1
            and 0 < self._mean < 100
            and len(keys) == len(sizes) == len(tables["backoffs"]) > 0
            and len(chars) == len(tables["shares"]) == sizes.sum()
            and chars.dtype == tables["shares"].dtype == tables["backoffs"].dtype == np.uint8
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
        self._backoffs: Floats = decay[tables["backoffs"]]
        self._place_of = {char: n for n, char in enumerate(self.alphabet)}
        self._places = np.arange(letters)
        self._prepare()

    def _prepare(self) -> None:
        """Compute what depends on `alphabet`."""
        digit = np.array([char.isdigit() for char in self.alphabet])
        space = np.array([char == " " for char in self.alphabet])
        random = np.stack([~digit, digit | space]).astype(np.float64)
        sizes = np.maximum(random.sum(1, keepdims=True), 1)
        self._random = random / sizes
        self._mean_costs = np.array([self._mean, *np.log(sizes[:, 0])])
        self._initial_weights = self._weights * [1, (~digit).any(), digit.any()]
        self._initial_weights /= self._initial_weights.sum()
        self._cached_predictions = lru_cache(maxsize=_CACHE_SIZE)(self._predictions_uncached)
        self._cached_answer = lru_cache(maxsize=_CACHE_SIZE)(self._answer)

    @classmethod
    def load(cls, path: Path | Contents) -> CharacterLM:
        """The model in the file ``path``, which is read once if it has not been read yet.

        Raises:
            ConfigError: it is missing or damaged.
        """
        try:
            content = path if isinstance(path, Contents) else Contents.of(path)
            if _unpacked(content) > _MAX_UNPACKED_BYTES:
                raise ValueError(f"it unpacks to more than {_MAX_UNPACKED_BYTES >> 20} MiB")
            with np.load(io.BytesIO(content.data), allow_pickle=False) as file:
                return cls({name: file[name] for name in file.files})
        except FileNotFoundError as error:
            raise ConfigError(f"language model {path} is missing: restore the bundle") from error
        except Exception as error:  # a damaged archive makes its readers raise nearly anything
            raise_shortage(error, path)
            reason = clear(str(error))
            raise ConfigError(
                f"language model {path} is damaged ({reason}): restore the bundle"
            ) from error

    def within(self, alphabet: str) -> CharacterLM:
        """The same model over ``alphabet`` only, in its order.

        Raises:
            ConfigError: it does not know one of the characters.
        """
        if unknown := "".join(char for char in alphabet if char not in self._place_of):
            raise ConfigError(
                f"the language model does not know {unknown!r}, which the bundle's model reads:"
                ' build it again, or set language_model = "off" in [recognize]'
            )
        copy = object.__new__(CharacterLM)
        copy.__dict__.update(self.__dict__)
        copy.alphabet = alphabet
        copy._places = np.array([self._place_of[char] for char in alphabet])
        copy._prepare()
        return copy

    def log_probs(self, context: str) -> Floats:
        """Log-probabilities, float32 [len(alphabet)], of the character after ``context``.

        A text begins after a space. Only the last `MAX_CONTEXT` characters of ``context`` matter.
        """
        return self._cached_answer(context[-MAX_CONTEXT:])[0]

    def scores(self, context: str) -> Floats:
        """`log_probs` plus the expected cost of a character, in nats, under the mixture weights.

        A character as likely as usual so scores 0. Added to other evidence, log-probabilities
        alone would favour short texts.
        """
        return self._cached_answer(context[-MAX_CONTEXT:])[1]

    def _answer(self, context: str) -> tuple[Floats, Floats]:
        weights = self._initial_weights
        for at in range(1, len(context)):
            place = self.alphabet.find(context[at])
            if place >= 0:
                weights = weights * self._predictions(context[:at])[:, place]
                kept = (1 - self._switching) * weights / weights.sum()
                weights = kept + self._switching * self._initial_weights
        log_probs = np.log(weights @ self._predictions(context)).astype(np.float32)
        scores = (log_probs + weights @ self._mean_costs).astype(np.float32)
        for answer in (log_probs, scores):
            answer.setflags(write=False)
        return log_probs, scores

    def _predictions(self, context: str) -> NDArray[np.float64]:
        """Probabilities [3, len(alphabet)] of the next character by each model of the mixture."""
        return self._cached_predictions(context[-self._max_context :] if self._max_context else "")

    def _predictions_uncached(self, context: str) -> NDArray[np.float64]:
        p: Floats = np.full(len(self._all), 1 / len(self._all), dtype=np.float32)
        base, key, digit = 1 + len(self._all), 0, 1
        for char in ("", *reversed(context)):
            if char:
                if char not in self._place_of:
                    break
                key += digit * (1 + self._place_of[char])
                digit *= base
            at = int(np.searchsorted(self._keys, key))
            if at == len(self._keys) or self._keys[at] != key:
                break
            part = slice(self._ends[at - 1] if at else 0, self._ends[at])
            p *= self._backoffs[at]
            p[self._chars[part]] += self._shares[part]
        p = p[self._places] + np.float32(_MIN_PROBABILITY)
        return np.concatenate([p[None] / p.sum(), self._random])


def _unpacked(content: Contents) -> int:
    """Bytes that the archive claims to hold; reading stops there if it lies."""
    with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        return sum(member.file_size for member in archive.infolist())

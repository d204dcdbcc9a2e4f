"""What may be exchanged in this room: features, models, decoders, and how a kind of bundle opens.

Anything with these attributes and methods will do; nothing needs to inherit from them.
`edge.recognize.registry` has those that a bundle can name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.hand import Landmarks
from edge.recognize.hypothesis import Char, Hypothesis

if TYPE_CHECKING:
    from edge.config import Expect, RecognizeConfig
    from edge.recognize.bundle import Bundle
    from edge.recognize.decode import DecoderCosts
    from edge.recognize.delegate import DelegateSelection
    from edge.recognize.recognizer import EndpointConfig
    from edge.recognize.words import Vocabulary

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a feature extractor sees in one frame.

    Attributes:
        points: float32 [*shape], canonical: in the extractor's own units and coordinate frame.
        track: what was seen; points of two frames are interpolated only if it is the same.
        mirrored: whether the points were mirrored to become canonical; those of two frames are
            compared only if it is the same: the side of a hand may turn out to be the other one.
    """

    points: Floats
    track: int
    mirrored: bool = False


class FeatureExtractor(Protocol):
    """Turns landmarks into what a model takes; `edge.recognize.hand_features` is one.

    Attributes:
        name: by which a bundle asks for it.
        width: features per tick.
        rate: ticks per second.
        shape: of the points of one tick.
    """

    name: str
    width: int
    rate: float
    shape: tuple[int, ...]

    def observe(self, landmarks: Landmarks, track: int) -> Observation | None:
        """The points of one frame; None where there is nothing to read.

        Args:
            track: of the hand to be read, where it is there; -1 for any.
        """

    def encode(self, points: Floats, present: Bools) -> Floats:
        """Features of successive ticks, float32 [..., T, width].

        A row may depend on its own tick and the one before only: live, two ticks are encoded and
        the last row is taken.

        Args:
            points: float32 [..., T, *shape].
            present: bool [..., T]; what stands in ``points`` of absent ticks does not matter.
        """

    def moved(self, before: Floats, now: Floats) -> Floats:
        """How far what is seen has moved or changed between observations.

        Args:
            before, now: float32 [..., *shape].

        Returns:
            [...], palm lengths, or what is like them: below a quarter, no other character has
            begun.
        """

    def changed(self, before: Floats, now: Floats) -> Floats:
        """As `moved`, wherever it is: 0 where the same shape is only elsewhere."""

    def shifted(self, before: Floats, now: Floats) -> Floats:
        """As `moved`, whatever its shape: 0 where another shape is in the same place."""


class Motion(Protocol):
    """What a hand has done until a certain time, in palm lengths; infinite where that is not
    remembered. Times are in seconds."""

    def furthest(self, since: float) -> float:
        """How far the hand is from where, from ``since`` on, it was furthest away."""

    def changed(self, since: float) -> float:
        """How far its shape is from that at ``since``."""


class Model(Protocol):
    """A streaming model; `edge.recognize.model.StreamingModel` is one.

    Attributes:
        alphabet: the character of class i + 1 is alphabet[i]; class 0 is CTC's blank.
        rate: ticks per second.
        look_ahead: ticks by which an answer is later than what it answers.
    """

    alphabet: str
    rate: float
    look_ahead: int

    def step(self, features: Floats) -> Floats:
        """Log-probabilities, float32 [1 + len(alphabet)], after a tick of float32 [width]."""

    def draft(self, features: Floats) -> Floats | None:
        """What `step` would answer; changes nothing. None where the model cannot tell."""

    def reset(self) -> None:
        """Forget all ticks."""


class Decoder(Protocol):
    """Turns log-probabilities into characters; `edge.recognize.decode.BeamDecoder` is one.

    Attributes:
        digits_only: set while only digits are expected: what the decoder knows of words does not
            count.
    """

    digits_only: bool

    @property
    def plain(self) -> tuple[Char, ...]:
        """The best text so far without a list of words; that of `chars` where there is none."""

    @property
    def chars(self) -> tuple[Char, ...]:
        """The best text so far; the first `stable` characters will not change."""

    @property
    def stable(self) -> int:
        """How many characters are committed."""

    def step(self, log_probs: Floats, time: float, motion: Motion) -> None:
        """One tick: ``log_probs`` [1 + len(alphabet)] of what was seen at ``time`` seconds, until
        which the hand did ``motion``."""

    def draft(self, log_probs: Floats, time: float, motion: Motion) -> tuple[Char, ...]:
        """What `chars` would be after this `step`; changes nothing."""

    def take(self) -> tuple[Char, ...]:
        """End the segment: return the best text and remove it."""

    def reset(self) -> None:
        """Forget everything."""


class WeighingDecoder(Decoder, Protocol):
    """A decoder that says what its text is worth, so that words can compete with it.

    Attributes:
        gain: nats that the score of the best text gained in the last step.
    """

    gain: float

    @property
    def alphabet(self) -> str:
        """The characters that can be read."""

    @property
    def costs(self) -> DecoderCosts:
        """What characters and blanks cost."""

    @property
    def held(self) -> str:
        """The last character, taken or not, while it is still seen; else empty."""


class Opener(Protocol):
    """Opens a bundle of one kind."""

    def __call__(
        self, bundle: Bundle, config: RecognizeConfig, selection: DelegateSelection | None
    ) -> tuple[Model, Decoder]:
        """The bundle's model and a decoder over its alphabet.

        Args:
            selection: of the accelerator's delegate; None: the CPU.

        Raises:
            ConfigError: the model cannot be loaded, or fails its self-test.
        """


class Reader(Protocol):
    """Reads one stream of landmarks; `edge.recognize.recognizer.Recognizer` is one.

    Attributes:
        endpoint: when a segment ends; may be replaced between two frames.
    """

    endpoint: EndpointConfig

    @property
    def alphabet(self) -> str:
        """The characters that can be read."""

    @property
    def words(self) -> Vocabulary | None:
        """The words that are known; None for none."""

    def push(self, landmarks: Landmarks) -> list[Hypothesis]:
        """The hypotheses that changed with this frame, in order."""

    def finish(self) -> list[Hypothesis]:
        """The stream has ended or stalled: the last segment's final, if any."""

    def expect(self, expect: Expect) -> list[Hypothesis]:
        """End the open segment, and read only this from now on; nothing where it is so already."""

    def use_words(self, words: Vocabulary | None) -> list[Hypothesis]:
        """End the open segment, and know these words from now on."""

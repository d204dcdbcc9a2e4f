"""The features and the kinds of bundle that this program knows, by the names a bundle gives them.

`edge.recognize` registers its own when it is imported. A program that has others registers them
before it opens a bundle; no file of this package changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge.recognize.contracts import FeatureExtractor, Opener


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of bundle.

    Attributes:
        open: opens a bundle of this kind.
        tables: of ``bundle.toml`` that a bundle of this kind must have.
    """

    open: Opener
    tables: tuple[str, ...] = ()


_FEATURES: dict[str, FeatureExtractor] = {}
_KINDS: dict[str, Kind] = {}


def register_features(extractor: FeatureExtractor) -> None:
    """Let bundles ask for ``extractor`` by its name.

    Raises:
        ValueError: there are features of this name.
    """
    if extractor.name in _FEATURES:
        raise ValueError(f"features {extractor.name!r} are registered already")
    _FEATURES[extractor.name] = extractor


def register_kind(kind: str, opener: Opener, tables: tuple[str, ...] = ()) -> None:
    """Let bundles be of this ``kind``; ``tables`` are those that they must have.

    Raises:
        ValueError: there is a kind of this name.
    """
    if kind in _KINDS:
        raise ValueError(f"kind {kind!r} is registered already")
    _KINDS[kind] = Kind(opener, tables)


def features(name: str) -> FeatureExtractor:
    """
    Raises:
        KeyError: none of this name is registered.
    """
    return _FEATURES[name]


def kind(name: str) -> Kind:
    """
    Raises:
        KeyError: none of this name is registered.
    """
    return _KINDS[name]


def all_features() -> tuple[FeatureExtractor, ...]:
    """All that are registered, oldest first."""
    return tuple(_FEATURES.values())


def all_kinds() -> tuple[str, ...]:
    """The names of all kinds that are registered, oldest first."""
    return tuple(_KINDS)

"""Words in the text: lists of one's own and lexicons, which what is read is weighed against."""

from __future__ import annotations

from edge.recognize.words.decoder import WordDecoder
from edge.recognize.words.vocabulary import Vocabulary, of_config, of_words

__all__ = ["Vocabulary", "WordDecoder", "of_config", "of_words"]

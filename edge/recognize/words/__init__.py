"""Words in the text: one's own lists and lexicons, which what is read is weighed against."""

from __future__ import annotations

from edge.recognize.words.decoder import WordDecoder
from edge.recognize.words.vocabulary import Vocabulary, words_of_client, words_of_config

__all__ = ["Vocabulary", "WordDecoder", "words_of_client", "words_of_config"]

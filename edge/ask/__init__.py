"""Answers what was spelled, from a folder of the owner's documents: ``ishara ask``.

- `documents`, `passages`, `instructions`: from files to short passages of plain text.
- `index`: the passages in SQLite, by words and by trigrams; follows the folder.
- `confusions`, `spelling`: which words may have been spelled, whatever was read.
- `search`: the passages that answer a question, or none.
- `model`, `guard`: a language model's answer from these passages, and what of it may be said.
- `asker`, `service`: from a text of the daemon to an answer.
"""

from edge.ask.asker import Asker, Reply
from edge.ask.index import Index
from edge.ask.model import Model, server
from edge.ask.search import Searcher
from edge.ask.service import serve

__all__ = ["Asker", "Index", "Model", "Reply", "Searcher", "serve", "server"]

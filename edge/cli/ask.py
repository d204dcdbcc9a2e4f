"""``ishara ask``: answers what was spelled, from the owner's documents."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path

from edge.cli.options import Commands, add_command, add_config, add_socket, effective

log = logging.getLogger(__name__)


def add(commands: Commands) -> None:
    ask = add_command(commands, "ask", _ask, "answer what is spelled, from a folder of documents")
    add_config(ask)
    add_socket(ask)
    ask.add_argument("folder", metavar="FOLDER", type=Path, help="of Markdown or text files")
    ask.add_argument("--wake", metavar="PHRASE", default="", help="only what follows this is asked")
    ask.add_argument(
        "--llm", metavar="URL", help="a server of OpenAI's protocol that writes the answers"
    )
    ask.add_argument("--llm-model", metavar="NAME", default="default", help="which model there")
    ask.add_argument("--question", metavar="TEXT", help="answer this one here; no daemon is needed")


def _ask(options: argparse.Namespace) -> int:
    import asyncio

    from edge.ask import Asker, Index, Model, Searcher, serve, server

    model = None
    if options.llm:
        at = server(options.llm)
        if not at.local:
            log.warning("what is spelled is sent to %s, out of this machine", at.host)
        model = Model(at, options.llm_model, os.environ.get("ISHARA_LLM_KEY", ""))
    address = effective(options).publish.socket or None
    index = Index(options.folder)
    index.refresh()
    if not len(index):
        log.warning("there is nothing to read in %s: put Markdown or text there", index.folder)
    asker = Asker(Searcher(index), model, options.wake)
    if options.question is None:
        asyncio.run(serve(index, asker, address))
        return 0
    question = asker.question(options.question)
    reply = asker.reply(asker.corrected(question), asker.search(question) if question else [])
    print(reply.text)
    for number, source in enumerate(reply.sources, 1):
        print(f"[{number}] {source}")
    return 1 if reply.kind == "unknown" else 0

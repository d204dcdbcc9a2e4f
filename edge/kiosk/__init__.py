"""The page that shows what is spelled: a local web server, in a process of its own.

It is a client of the daemon like any other (`edge.client`) and needs the extra ``kiosk``. Nothing
it gets is written anywhere: the texts are in its memory, the newest `edge.kiosk.board.TEXTS`.

- `board`: what the pages show, and the messages that tell them what has changed.
- `reader`: follows the daemon, across its restarts, and carries requests to it.
- `orders`: what a page or a program may ask for.
- `access`: who may ask: the token, the names of this machine, the origin of a request.
- `server`: HTTP: the page, Server-Sent Events, a WebSocket.
- `page`: the page's files, as they are sent.
"""

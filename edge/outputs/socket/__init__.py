"""Serves events to the clients of a local socket."""

from edge.outputs.socket.server import Server

__all__ = ["Server"]

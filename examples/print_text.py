"""Prints the text that a running ishara reads, a line for each piece: python print_text.py"""

from edge.client import connect

with connect(wait=True) as ishara:
    for event in ishara:
        if event.type == "final":
            print(event.text, flush=True)

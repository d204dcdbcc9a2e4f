"""Faults injected into a running ishara, from outside, and what its clients saw of them.

`camera` is the folder that makes the rendered signer a camera which breaks on command, `service`
starts the program with it, `listener` is a client that remembers, `drain` a reader of its output
that stops. ``python -m benchmarks.faults REPORT.json`` makes a table of what ``pytest -m fault
--fault-report REPORT.json`` measured, by the `kinds` of faults.
"""

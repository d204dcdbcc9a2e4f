"""Where events go. Each output is a sink with a bounded queue and a thread of its own.

- `socket`: the server that other programs connect to.
- `terminal`, `json_lines`: what `ishara run --print` and `--json` write.
- `prometheus`: figures for a monitoring system.
- `systemd`: the status line of `systemctl status`.
- `queue`, `threaded`: what they have in common.

An output sees events only, never a stage, and none can delay another: `put` returns at once.
"""

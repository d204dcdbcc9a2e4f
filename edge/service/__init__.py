"""What makes the daemon a service nobody has to watch.

- `backoff`, `stage`: loops in threads of their own, and how long they wait before another try.
- `watch`, `track`, `read`: the three stages; `picture` judges what the camera gives.
- `notify`, `activation`: what systemd is told, and the socket it may have made.
- `journal`: the form of what is logged.
- `health`, `metrics`: how the daemon is doing, for people and for Prometheus.
- `delegate`: whether an accelerator's library can be used at all, tried in a child process.

Faults are of two kinds. A permanent one (`edge.errors.Refusal` and `BadSetup`: a bad
configuration, a damaged model, a clip that is not there) ends the process. A temporary one
(`edge.camera.CameraLost`, `CameraAbsent`: a camera that is missing, busy, unplugged or frozen) is
declared, and tried again. Anything else is a bug, and ends the process too.
"""

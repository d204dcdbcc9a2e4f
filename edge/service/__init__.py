"""What makes the daemon a service nobody has to watch.

- `stage`, `backoff`: loops in threads of their own, and how long they wait before another try.
- `watch`, `track`, `read`, `show`: the stages; `picture` and `stale` judge what the camera gives.
- `voice`: what is said to clients, terminal and systemd; `journal`: what is logged.
- `notify`, `pulse`, `activation`: what systemd is told and when, and the socket it may have made.
- `reload`, `memory`: the configuration taken anew, and memory kept flat.
- `health`, `metrics`: how the daemon is doing, for people and for Prometheus.
- `delegate`: whether an accelerator's library can be used at all, tried in a child process.

Start: the socket is there before anything is loaded, and says ``starting``; then the models are
loaded, then the source is opened. systemd is told READY=1 when the first frame has passed every
stage, or when the camera has been declared lost: a service that waits for its camera is up, and
its status line says what it waits for. Under systemd (NOTIFY_SOCKET) the source ``auto`` never
falls back on the rendered signer, whose text would be taken for somebody's.

Reload: SIGHUP reads the configuration file again. What changed is built anew ([camera],
[landmarks], [recognize], or the bundle in its folder) and the clients stay; [publish] and
[service] wait for the next start.
Where only `absent` or `rest` changed, nothing is built and the segment being read goes on.
A configuration that cannot be used changes nothing, and is told as the ``reason`` of a state.

Stop: SIGTERM and SIGINT end it within 2 s at any moment, with the last final, ``stopping`` and
``bye``. Exit codes: 0 a stop, 78 a configuration or model that can never work, 2 a source or
socket that cannot be had, 1 a crash, a camera that does not let go, or one lost with ``--once``.

Faults are of two kinds. A permanent one (`edge.errors.Refusal` and `BadSetup`: a bad
configuration, a damaged model, a clip that is not there) ends the process. A temporary one
(`edge.camera.CameraLost`, `CameraAbsent`: a camera that is missing, busy, unplugged or frozen) is
declared, and tried again after 0.5 s, 1 s, 2 s ... 8 s, unless ``--once`` was asked for. Black
pictures and repeated ones are counted and told, but the camera is left alone: a covered lens is no
broken camera. Anything else is a bug, and ends the process too.
"""

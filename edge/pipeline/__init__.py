"""The stages of the pipeline, and what supervises them.

- `stage`: a loop in a thread of its own; `slot`: what stands between two of them.
- `camera_stage`, `landmark_stage`, `recognition_stage`: the three stages, in the order of a frame.
- `supervisor`: takes orders, watches the stages, and ends the whole when one fails.
- `hang_monitor`, `watchdog`: whether the camera hangs; systemd's watchdog, fed by progress.
- `reload`: applies a new configuration while everything runs.
- `state_publisher`, `texts`: what the stages publish.
- `observation`: what sees frames with their landmarks, and can change nothing.
- `picture_monitor`, `staleness`, `backoff`: what is wrong with frames, and when to try again.
- `statistics`, `status`: figures of the last seconds, and the answer to a status request.

A stage never sees an output: it publishes to `edge.events`.
"""

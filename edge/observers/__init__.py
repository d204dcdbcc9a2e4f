"""What sees the frames with their landmarks, because somebody asked for it; nothing does otherwise.

- `recorder`: writes the landmarks to a file.
- `overlay`: draws what is seen and read over the picture, into a video or a window.
- `threaded`: what they have in common.

An observer gets a frame when it has passed every stage, and may be a sink besides. It works in a
thread of its own, behind a bounded queue, so it holds up no stage of a live source. What fails in
it ends the process.
"""

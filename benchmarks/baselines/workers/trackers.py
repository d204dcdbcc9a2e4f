"""MediaPipe 0.10.18's trackers as baselines; runs where mediapipe is installed, without `edge`."""

import mediapipe


class _Tracker:
    version = f"mediapipe {mediapipe.__version__}"

    def output(self, value):
        return None

    def finish(self):
        return []


class _Solution(_Tracker):
    """One of `mp.solutions`."""

    def __init__(self, graph):
        self._graph = graph
        self.stages = (self._look,)

    def start(self):
        self._graph.reset()

    def _look(self, pixels, moment):
        return self._graph.process(pixels)


class Holistic(_Solution):
    """`mp.solutions.holistic`: both hands, face and pose."""

    def __init__(self, complexity):
        super().__init__(mediapipe.solutions.holistic.Holistic(model_complexity=complexity))

    def found(self, value):
        return bool(value.left_hand_landmarks or value.right_hand_landmarks)


class Hands(_Solution):
    """`mp.solutions.hands`, one hand."""

    def __init__(self, complexity):
        made = mediapipe.solutions.hands.Hands
        super().__init__(made(max_num_hands=1, model_complexity=complexity))

    def found(self, value):
        return bool(value.multi_hand_landmarks)


class Tasks(_Tracker):
    """The Tasks HandLandmarker in video mode, one hand."""

    def __init__(self, bundle):
        self._bundle = bundle
        self._landmarker = None
        self.stages = (self._look,)
        self.start()

    def start(self):
        # It cannot be reset, and takes no time stamp twice.
        if self._landmarker:
            self._landmarker.close()
        vision = mediapipe.tasks.vision
        options = vision.HandLandmarkerOptions(
            base_options=mediapipe.tasks.BaseOptions(model_asset_path=self._bundle),
            running_mode=vision.RunningMode.VIDEO,
            num_hands=1,
        )
        self._landmarker = vision.HandLandmarker.create_from_options(options)

    def _look(self, pixels, moment):
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=pixels)
        return self._landmarker.detect_for_video(image, round(1000 * moment))

    def found(self, value):
        return bool(value.hand_landmarks)

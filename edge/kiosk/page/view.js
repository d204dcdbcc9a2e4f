// The points of the hands, and the camera's picture where its owner allowed it. Mirrored, as in a
// mirror: a right hand is on the right.

const FINGERS = [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8], [5, 9, 10, 11, 12], [9, 13, 14, 15, 16], [13, 17, 18, 19, 20], [0, 17]];

const picture = new Image();

/** The newest picture that is decoded: drawn at once, or with the next view. */
function drawPicture(context, base64, width, height) {
  if (picture.complete && picture.naturalWidth) {
    context.save();
    context.scale(-1, 1);
    context.drawImage(picture, -width, 0, width, height);
    context.restore();
  }
  picture.src = `data:image/jpeg;base64,${base64}`;
}

export function drawView(canvas, view) {
  const context = canvas.getContext("2d");
  const { width } = canvas;
  canvas.height = Math.round((width * view.height) / view.width) || 240;
  const { height } = canvas;
  if (view.picture) drawPicture(context, view.picture, width, height);
  const style = getComputedStyle(document.documentElement);
  context.strokeStyle = context.fillStyle = style.getPropertyValue("--accent");
  context.lineWidth = 3;
  for (const points of view.hands) {
    const at = points.map(([x, y]) => [(1 - x) * width, y * height]);
    for (const finger of FINGERS) {
      context.beginPath();
      for (const index of finger) context.lineTo(...at[index]);
      context.stroke();
    }
    for (const [x, y] of at) context.fillRect(x - 3, y - 3, 6, 6);
  }
}

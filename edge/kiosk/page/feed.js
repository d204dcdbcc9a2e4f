// The messages of the server, and orders to it.

const RETRY_MS = 1000;

/** Give every message to `take`, and whether there is a connection to `linked`; for ever.
 *
 * Returns a function that says whether what the camera sees is wanted, too.
 */
export function follow(take, linked) {
  let view = false;
  let source;
  let again;
  const open = () => {
    clearTimeout(again);
    source?.close();
    source = new EventSource(view ? "events?view" : "events");
    source.onopen = () => linked(true);
    source.onmessage = (event) => take(JSON.parse(event.data));
    source.onerror = () => {
      linked(false);
      // Refused, not interrupted: the browser does not try that again.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, RETRY_MS);
    };
  };
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
  return (wanted) => {
    if (wanted === view) return;
    view = wanted;
    open();
  };
}

/** Send an order; what went wrong, as `{error, message}`, or null. */
export async function order(what) {
  try {
    const answer = await fetch("do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(what),
    });
    return answer.ok ? null : await answer.json();
  } catch {
    return { error: "away", message: "" };
  }
}

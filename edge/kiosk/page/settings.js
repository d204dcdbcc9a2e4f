// What a visitor chose: in the address (`?colours=dark&size=largest`), else as it was left here.

const DEFAULTS = { language: "", colours: "auto", size: "normal", motion: true, speech: false, keys: true, view: false };
const KEY = "ishara";

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

const asked = new URLSearchParams(location.search);
const inAddress = Object.fromEntries(
  Object.entries(DEFAULTS)
    .filter(([name]) => asked.has(name))
    .map(([name, standard]) => [
      name,
      typeof standard === "boolean" ? asked.get(name) !== "off" : asked.get(name),
    ]),
);

export const settings = { ...DEFAULTS, ...stored(), ...inAddress };
export const demo = asked.has("demo");

export function change(name, value) {
  settings[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing: it holds until the page is left.
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const more = matchMedia("(prefers-contrast: more)");

/** Put colours, size and motion into the page. */
export function apply() {
  const root = document.documentElement;
  const device = more.matches ? "contrast" : dark.matches ? "dark" : "light";
  root.dataset.colours = settings.colours === "auto" ? device : settings.colours;
  root.dataset.size = settings.size;
  root.classList.toggle("with-motion", settings.motion);
}

for (const query of [dark, more]) query.addEventListener("change", apply);

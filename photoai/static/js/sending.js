// Files on their way from a page to the server: chosen or dropped anywhere, each with a row that
// shows how far it is and stops it.

import { make, one } from "./dom.js";
import { asNumber, say } from "./words.js";

const AT_ONCE = 2;
const waiting = [];
const sending = new Set();
let options = {};

/** Every file that was dropped has been sent, or was refused. */
export async function allSent() {
  while (sending.size) await Promise.all([...sending]);
}

/** `input` and `zone` take files, `rows` is the list of those on their way, `kept(file)` is told
 * of each that has come; `taken()` when some are chosen. */
export function begin({ input, zone, rows, maxBytes, kept, taken = () => {} }) {
  options = { zone, rows, maxBytes, kept, taken };
  input.addEventListener("change", () => { take([...input.files]); input.value = ""; });
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, over);
}

/** A file that misses is not opened by the browser in place of the page. */
function over(event) {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  options.zone.classList.toggle("-over", event.type === "dragover");
  if (event.type === "drop") take([...event.dataTransfer.files]);
}

function take(files) {
  if (files.length) options.taken(files);
  for (const file of files) waiting.push(rowOf(file));
  goOn();
}

function goOn() {
  while (sending.size < AT_ONCE && waiting.length) {
    const { file, row, abort } = waiting.shift();
    if (abort.signal.aborted) continue;
    const done = send(file, row, abort.signal).finally(() => {
      sending.delete(done);
      goOn();
    });
    sending.add(done);
  }
}

function rowOf(file) {
  const abort = new AbortController();
  const stop = make("button", { type: "button", class: "icon-button", "aria-label": say("Stop sending “{name}”", { name: file.name }) }, "×");
  const row = make("li", {},
    make("span", { class: "clip-name" }, file.name),
    make("progress", { max: 1, value: 0, "aria-label": say("“{name}” is being sent", { name: file.name }) }),
    stop, make("span", { class: "problem" }));
  stop.addEventListener("click", () => { abort.abort(); row.remove(); });
  options.rows.append(row);
  return { file, row, abort };
}

async function send(file, row, signal) {
  try {
    if (file.size === 0) throw new Error(say("The file is empty."));
    if (file.size > options.maxBytes) throw new Error(say("The file is larger than {size} MB.", { size: asNumber(options.maxBytes / 1e6) }));
    const { upload } = await import("./resumable.js");
    const kept = await upload(file, { signal, onProgress: (part) => { one("progress", row).value = part; } });
    await options.kept(kept);
    row.remove();
  } catch (error) {
    if (error.name === "AbortError") return;
    one("progress", row)?.remove();
    one(".problem", row).textContent = error.message;
  }
}

// Rows and files that are dragged. Rows follow any pointer, a finger too; beside them are buttons.

import { all, one } from "./dom.js";
import { changed, renumber } from "./merge-clips.js";
import { put, take } from "./merge-files.js";

const list = one("#clips");
const middle = (row) => row.getBoundingClientRect().top + row.offsetHeight / 2;

export function begin() {
  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    drag(handle.closest("[data-clip]"), handle, event.pointerId);
  });
  for (const name of ["dragover", "dragleave", "drop"]) document.addEventListener(name, fileOver);
}

/** The others make way: the dragged row itself stays in the document, and so does its pointer. */
function drag(row, handle, pointer) {
  handle.setPointerCapture(pointer);
  row.classList.add("-dragged");
  const follow = ({ clientY }) => {
    const { previousElementSibling: before, nextElementSibling: after } = row;
    if (after && clientY > middle(after)) row.before(after);
    else if (before && clientY < middle(before)) row.after(before);
  };
  const end = () => {
    handle.removeEventListener("pointermove", follow);
    row.classList.remove("-dragged");
    renumber();
    changed();
  };
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("lostpointercapture", end, { once: true });
}

/** A file that misses is not opened by the browser in place of the page. */
function fileOver(event) {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  for (const each of all(".-over")) each.classList.remove("-over");
  const place = event.target.closest?.("[data-clip], #drop");
  if (!place || event.type === "dragleave") return;
  if (event.type === "dragover") place.classList.add("-over");
  else drop(place, [...event.dataTransfer.files]);
}

function drop(place, files) {
  if (!place.matches("[data-clip]")) return take(files);
  put(place, files[0]);
  return take(files.slice(1));
}

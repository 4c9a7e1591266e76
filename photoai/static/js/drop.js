// Drop zones: an image chosen, dropped or pasted is looked at and shown before it goes anywhere.

import { all, make, one } from "./dom.js";
import { say } from "./words.js";

const KINDS = ["image/jpeg", "image/png"];
const NAMES = /\.(jpe?g|png)$/i;

/** Wires every drop zone within `root`; `taken(zone, file)` hears of each good file, and of null
 * when it is taken away. */
export function wireDrops(root, taken) {
  for (const zone of all("[data-drop]", root)) wire(zone, taken);
}

function wire(zone, taken) {
  const input = one('input[type="file"]', zone);
  const field = zone.closest(".field");
  const away = one("[data-take-away]", field);
  const take = (file) => {
    const problem = file ? problemOf(file, Number(zone.dataset.maxMb)) : "";
    tell(field, input, problem);
    if (problem) {
      input.value = "";
      return;
    }
    show(zone, file);
    mark(field, file ? "present" : "removed");
    away.hidden = !file;
    taken(zone, file);
  };
  input.addEventListener("change", () => { if (input.files[0]) take(input.files[0]); });
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("-over"); });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (!file) return;
    const chosen = new DataTransfer();
    chosen.items.add(file);
    input.files = chosen.files;
    take(file);
  });
  away.addEventListener("click", () => {
    input.value = "";
    take(null);
    input.focus();
  });
}

export function tell(field, input, problem) {
  one(".problem", field).textContent = problem;
  input.toggleAttribute("aria-invalid", false);
  if (problem) input.setAttribute("aria-invalid", "true");
}

function problemOf(file, maxMb) {
  if (!KINDS.includes(file.type) || !NAMES.test(file.name)) return say("Only JPG and PNG images are taken.");
  if (file.size === 0) return say("The file is empty.");
  if (maxMb && file.size > maxMb * 1_000_000) return say("The file is larger than {size} MB.", { size: maxMb });
  return "";
}

function show(zone, file) {
  for (const old of all(".preview", zone)) {
    if (old.src.startsWith("blob:")) URL.revokeObjectURL(old.src);
    old.remove();
  }
  one(".invitation", zone).hidden = Boolean(file);
  if (file) zone.append(make("img", { class: "preview", src: URL.createObjectURL(file), alt: file.name }));
}

function mark(field, status) {
  const hidden = one('input[name$="_status"]', field);
  if (hidden) hidden.value = status;
}

// The rows of clips: their numbers, their order, and what is wrong with each.

import { all, one } from "./dom.js";
import { asNumber, say } from "./words.js";

const form = one("#merge");
const list = one("#clips");
export const most = Number(form.dataset.most);

export const rows = () => all("[data-clip]", list);
const url = (row) => one("input[type=url]", row);
const fileId = (row) => one("[data-file-id]", row);

/** What the row names: a link as typed or a file's id, empty when nothing. */
export const sourceOf = (row) => (fileId(row).disabled ? url(row).value.trim() : fileId(row).value);
export const isFile = (row) => !fileId(row).disabled;
export const isEmpty = (row) => !isFile(row) && url(row).value.trim() === "";
export const focus = (row) => (isFile(row) ? one("[data-drop-file]", row) : url(row)).focus();

/** Say what is wrong with a row, or that nothing is. */
export function problem(row, text) {
  one("[data-problem]", row).textContent = text;
  url(row).toggleAttribute("aria-invalid", text !== "");
  if (text !== "") url(row).setAttribute("aria-invalid", "true");
}

export function clearProblems() {
  for (const row of rows()) if (!row.dataset.stays) problem(row, "");
}

/** A new row at the end; null when there are as many as may be. */
export function add() {
  if (rows().length >= most) return null;
  const row = one("#clip-row").content.firstElementChild.cloneNode(true);
  list.append(row);
  renumber();
  return row;
}

export function remove(row) {
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  if (rows().length === 0) add();
  renumber();
  changed();
  focus(next || rows()[0]);
}

/** Up by -1, down by 1. */
export function move(row, by) {
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (by < 0) row.after(other);
  else row.before(other);
  renumber();
  changed();
  one("#said").textContent = say("Clip moved to place {number}.", { number: rows().indexOf(row) + 1 });
}

/** Show a file in the row instead of the link; without one the link again. */
export function showFile(row, file) {
  const box = one("[data-file]", row);
  box.hidden = !file;
  url(row).hidden = url(row).disabled = Boolean(file);
  fileId(row).disabled = !file;
  fileId(row).value = file?.id || "";
  one("[data-file-name]", row).textContent = file?.name || "";
  one("[data-file-size]", row).textContent = file ? say("{size} MB", { size: megabytes(file.size) }) : "";
  changed();
}

/** Megabytes as words: hundredths under one, and never nothing. */
export function megabytes(bytes) {
  const parts = bytes < 1e6 ? 100 : 10;
  return asNumber(Math.max(0.01, Math.round((bytes / 1e6) * parts) / parts));
}

/** The form is another one than before. */
export const changed = () => form.dispatchEvent(new Event("change"));

export function renumber() {
  const all = rows();
  all.forEach((row, at) => number(row, at + 1, all.length));
  const isFull = all.length >= most;
  one("#add").disabled = isFull;
  one("#room").classList.remove("problem");
  one("#room").textContent = isFull ? say("{most} clips are as many as fit.", { most }) : "";
}

function number(row, at, of) {
  one("[data-number]", row).textContent = at;
  one("[data-label]", row).textContent = say("Clip {number}: link", { number: at });
  one("[data-label]", row).htmlFor = url(row).id = `clip-${at}`;
  one("[data-problem]", row).id = `clip-problem-${at}`;
  const wish = one("[data-wish]", row);
  if (wish) wish.id = `clip-wish-${at}`;
  url(row).setAttribute("aria-describedby", `${wish ? `clip-wish-${at} ` : ""}clip-problem-${at}`);
  const said = {
    file: say("A file for clip {number}", { number: at }), up: say("Clip {number} up", { number: at }),
    down: say("Clip {number} down", { number: at }), remove: say("Remove clip {number}", { number: at }),
  };
  for (const [what, text] of Object.entries(said)) one(`[data-says=${what}]`, row).textContent = text;
  one("[data-up]", row).disabled = at === 1;
  one("[data-down]", row).disabled = at === of;
}

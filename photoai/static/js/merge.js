// The page of merges: the form, what is wrong with it, and what is made of it.

import { base, post } from "./api.js";
import { all, one } from "./dom.js";
import * as clips from "./merge-clips.js";
import * as drag from "./merge-drag.js";
import { allSent, put, stop, take } from "./merge-files.js";
import * as plan from "./merge-plan.js";
import * as task from "./merge-task.js";
import { asTime, say } from "./words.js";

const form = one("#merge");
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
let isBusy = false;
let version = 0; // of what is typed
let ordered = { text: null, key: null };

form.noValidate = true; // what is wrong is said here
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter || one("#start");
  busily(button, button.id === "foresee" ? foresee : start);
});
for (const kind of ["input", "change"]) form.addEventListener(kind, () => { version += 1; plan.hide(); showFields(); });
form.addEventListener("input", ({ target }) => {
  const row = target.closest("[data-clip]");
  if (!row) return;
  delete row.dataset.stays;
  clips.problem(row, "");
});
one("#add").addEventListener("click", () => clips.focus(clips.add()));
one("#files").addEventListener("change", ({ target }) => { take([...target.files]); target.value = ""; });
one("#clips").addEventListener("change", ({ target }) => {
  if (!target.matches("[data-choose]") || !target.files[0]) return;
  put(target.closest("[data-clip]"), target.files[0]);
  target.value = ""; // the same file may be chosen again
});
one("#clips").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) press(button, button.closest("[data-clip]"));
});
drag.begin();
clips.renumber();
showFields();
task.begin();

function press(button, row) {
  const { up, down, remove, dropFile } = button.dataset;
  if (up !== undefined || down !== undefined) {
    clips.move(row, up !== undefined ? -1 : 1);
    (button.disabled ? one("[data-up]:enabled, [data-down]:enabled", row) : button)?.focus();
  } else if (remove !== undefined) {
    stop(row);
    clips.remove(row);
  } else if (dropFile !== undefined) {
    stop(row);
    clips.showFile(row, null);
    clips.focus(row);
  }
}

/** Only fields that make a difference now; `data-for` names a choice and what it must, or not, be. */
function showFields() {
  for (const field of all("[data-for]", form)) {
    const [name, wanted] = field.dataset.for.split(":");
    const chosen = form.elements[name].value;
    field.hidden = wanted.startsWith("!") ? chosen === wanted.slice(1) : chosen !== wanted;
  }
}

async function foresee() {
  const order = await read();
  if (!order) return;
  const asked = version;
  const found = await attempt(order, () => post("/server2/videoapi/merge/plan", order.json));
  if (found && asked === version) plan.show(found, order.rows);
}

async function start() {
  const order = await read();
  if (!order) return;
  const text = JSON.stringify(order.json);
  // Sent once more because no answer came, it must not be merged twice.
  if (ordered.text !== text) ordered = { text, key: newKey() };
  const headers = { "Idempotency-Key": ordered.key };
  const made = await attempt(order, () => post("/server2/videoapi/merge", order.json, { headers }));
  if (!made) return;
  ordered = { text: null, key: null };
  history.replaceState(null, "", `${base}/merge?task=${made.task_id}`);
  await task.watch(made.task_id, order.rows);
}

/** The order as it is typed; null when something is wrong with it, which is said. */
async function read() {
  await allSent();
  clear();
  const filled = clips.rows().filter((row) => !clips.isEmpty(row));
  if (filled.length === 0) {
    clips.problem(clips.rows()[0], say("Put a link or a file here."));
    clips.focus(clips.rows()[0]);
    return null;
  }
  const wrong = filled.filter((row) => !isSource(clips.sourceOf(row)));
  for (const row of wrong) clips.problem(row, say("This is no http or https link."));
  const seconds = form.elements.transition_sec;
  const tooLong = !seconds.closest(".field").hidden && !seconds.checkValidity();
  if (tooLong) wrongSetting("transition_sec", say("From {least} to {most} seconds.", { least: seconds.min, most: seconds.max }));
  if (wrong.length) clips.focus(wrong[0]);
  else if (tooLong) seconds.focus();
  return wrong.length || tooLong ? null : { rows: filled, json: jsonOf(filled) };
}

function jsonOf(filled) {
  const json = { video_urls: filled.map(clips.sourceOf) };
  for (const { name, value } of all("select, [name=background]", form)) json[name] = value;
  if (json.transition !== "none") json.transition_sec = Number(form.elements.transition_sec.value);
  return json;
}

function isSource(text) {
  if (UUID.test(text)) return true;
  try {
    const { protocol, hostname } = new URL(text);
    return ["http:", "https:"].includes(protocol) && hostname !== "";
  } catch {
    return false;
  }
}

/** What the call answers; null when it was refused, which is said where it belongs. */
async function attempt(order, call) {
  try {
    return await call();
  } catch (error) {
    explain(error, order.rows);
    return null;
  }
}

function explain({ message, details, retryAfter }, filled) {
  let said = message;
  for (const [name, told] of Object.entries(details)) {
    const index = name === "clip_index" ? told : name.match(/^video_urls\.(\d+)$/)?.[1];
    const row = filled[index];
    if (row) {
      clips.problem(row, name === "clip_index" ? message : say("This is no http or https link."));
      said = say("Clip {number}: {why}", { number: clips.rows().indexOf(row) + 1, why: message });
      clips.focus(row);
    } else if (form.elements[name] && Array.isArray(told)) wrongSetting(name, told.join(" "));
  }
  if (details.limit === "merges_at_once") said += ` ${say("At once: {used} of {allowed}.", details)}`;
  else if (details.limit === "merges_per_day") said += ` ${say("In 24 hours: {used} of {allowed}.", details)}`;
  else if (retryAfter) said += ` ${say("Try again in {time}.", { time: asTime(Number(retryAfter)) })}`;
  one("#refusal").textContent = said;
  one("#refusal").hidden = false;
}

function wrongSetting(name, text) {
  one(`[data-problem-of=${name}]`, form).textContent = text;
  form.elements[name].setAttribute("aria-invalid", "true");
}

function clear() {
  clips.clearProblems();
  one("#refusal").hidden = true;
  for (const place of all("[data-problem-of]", form)) place.textContent = "";
  for (const field of all(".merge-settings [aria-invalid]", form)) field.removeAttribute("aria-invalid");
}

async function busily(button, work) {
  if (isBusy) return;
  isBusy = true;
  button.classList.add("busy");
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    isBusy = false;
    button.classList.remove("busy");
    button.removeAttribute("aria-disabled");
  }
}

/** Random; `crypto.randomUUID` is there for https alone. */
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

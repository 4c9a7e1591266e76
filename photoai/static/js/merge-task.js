// A merge that is watched, and the list of the last ones.

import { get, remove } from "./api.js";
import { localTimes } from "./app.js";
import { all, one, settled } from "./dom.js";
import { on } from "./live.js";
import { problem, rows } from "./merge-clips.js";
import { failed, good } from "./toasts.js";
import { asTime, say } from "./words.js";

const ENDED = ["succeeded", "failed", "cancelled"];
const words = JSON.parse(one("#merge").dataset.words);
const watched = one("#watched");
const card = () => one("[data-task]", watched);
let filled = []; // the rows the watched merge was ordered with, as far as they are known
let showing = null; // the state that is being shown

export function begin() {
  watched.addEventListener("submit", cancel);
  on("job", (job, kind) => {
    if (job.type !== "merge") return;
    if (job.id === card()?.dataset.task) follow(job);
    if (kind === "state") showLast();
  });
  on("connection", (isUp) => { if (!isUp) tell("[data-eta]", ""); });
  on("again", () => { catchUp(); showLast(); });
  catchUp(); // it may have gone on since the page was written
}

/** Show a merge just ordered with these rows. */
export async function watch(id, orderedRows) {
  filled = orderedRows;
  try {
    await show(id);
  } catch (error) {
    return failed(error);
  }
  card()?.scrollIntoView({ block: "nearest" });
  if (ENDED.includes(card()?.dataset.state)) showLast();
  return catchUp();
}

async function catchUp() {
  const { task, state } = card()?.dataset || {};
  if (!task || ENDED.includes(state)) return;
  try {
    follow(await get(`/api/tasks/${task}`));
  } catch { /* the next event, or the connection's return, tells */ }
}

function follow(job) {
  const { state } = card().dataset;
  if (ENDED.includes(state)) return;
  if (job.state !== state) {
    turn(job);
    return;
  }
  one("[data-progress]", card()).value = job.progress;
  tell("[data-percent]", `${Math.round(100 * job.progress)} %`);
  tell("[data-eta]", outlook(job));
  stage(job.state === "running" ? job.stage : null);
}

/** Once for each state, though several events may tell of it. */
async function turn(job) {
  if (showing === job.state) return;
  showing = job.state;
  try {
    await show(job.id);
    if (ENDED.includes(job.state)) end(job);
  } catch { /* it is tried again when the connection is back */ }
  showing = null;
}

function outlook({ queue_position: place, eta_sec: left }) {
  if (place) return say("Place in the queue: {place}", { place });
  return left ? say("About {time} left", { time: asTime(left) }) : "";
}

function stage(name) {
  const steps = all("[data-stage]", card());
  const current = steps.find((step) => step.dataset.stage === name);
  if (!current || current.hasAttribute("aria-current")) return;
  for (const step of steps) step.removeAttribute("aria-current");
  current.setAttribute("aria-current", "step");
  one("#said").textContent = words.stage[name] || "";
}

function end(job) {
  if (job.state === "succeeded") good(say("The video is ready."));
  const index = job.error?.details?.clip_index;
  const row = filled[index];
  if (job.state === "failed" && row && rows().includes(row)) problem(row, job.error.message);
}

async function show(id) {
  const fresh = await fragment(`/merge/tasks/${id}`, "[data-task]");
  if (!fresh) return;
  const held = card()?.contains(document.activeElement);
  watched.replaceChildren(fresh);
  if (held) fresh.focus();
}

const showLast = settled(async () => {
  const fresh = await fragment("/merge/tasks", "#last").catch(() => null);
  if (!fresh) return; // the next change tells
  const old = one("#last");
  const href = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(fresh);
  all("a", fresh).find((link) => link.getAttribute("href") === href)?.focus();
}, 300);

/** A part of a page, written by the server; null when another page came, to sign in for instance. */
async function fragment(path, selector) {
  const page = new DOMParser().parseFromString(await get(path), "text/html");
  const found = one(selector, page);
  if (!found) return null;
  localTimes(found);
  return document.adoptNode(found);
}

async function cancel(event) {
  event.preventDefault();
  event.submitter?.classList.add("busy");
  try {
    await remove(`/server2/videoapi/task/${card().dataset.task}`);
  } catch (error) {
    if (error.code !== "job_already_ended") failed(error);
  }
  event.submitter?.classList.remove("busy");
  catchUp();
}

function tell(selector, text) {
  const element = card() && one(selector, card());
  if (element) element.textContent = text;
}

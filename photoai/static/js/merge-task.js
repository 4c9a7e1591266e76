// A merge that is watched, and the list of the last ones.

import { get, remove } from "./api.js";
import { localTimes } from "./app.js";
import { all, one, settled } from "./dom.js";
import { on } from "./live.js";
import { problem, rows } from "./merge-clips.js";
import { failed, good } from "./toasts.js";
import { asTime, say } from "./words.js";

const TICK_MS = 1000;
const ENDED = ["succeeded", "failed", "cancelled"];
const words = JSON.parse(one("#merge").dataset.words);
const watched = one("#watched");
const card = () => one("[data-task]", watched);
let filled = []; // the rows the watched merge was ordered with, as far as they are known
let showing = null; // the state that is being shown
let outlook = {}; // the watched merge's `place` in the queue, and when it should be over

export function begin() {
  watched.addEventListener("submit", cancel);
  on("job", (job, kind) => {
    if (job.type !== "merge") return;
    if (job.id === card()?.dataset.task) follow(job);
    if (kind === "state") showLast();
  });
  on("connection", (isUp) => { if (!isUp) expectNothing(); });
  on("again", (isFirst) => {
    catchUp();
    if (!isFirst || one("#last [data-open]")) showLast();
  });
  setInterval(showOutlook, TICK_MS); // between two events time goes by, too
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
  if (!ENDED.includes(card()?.dataset.state)) return catchUp();
  showLast(); // it was over before anybody could follow it
  return get(`/api/tasks/${id}`).then(end, failed);
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
  outlook = { place: job.queue_position, due: job.eta_sec && Date.now() + 1000 * job.eta_sec };
  showOutlook();
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

function showOutlook() {
  const { place, due } = outlook;
  const leftSec = (due - Date.now()) / 1000;
  if (place) tell("[data-eta]", say("Place in the queue: {place}", { place }));
  else if (!due) tell("[data-eta]", "");
  else if (leftSec > 0) tell("[data-eta]", say("About {time} left", { time: asTime(Math.ceil(leftSec)) }));
  else tell("[data-eta]", say("It takes longer than expected."));
}

/** Without a connection nobody knows. */
function expectNothing() {
  outlook = {};
  showOutlook();
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

// The task that is watched, and the list of the last ones.

import { base, get, sendForm } from "./api.js";
import { localTimes } from "./app.js";
import { all, one, settled } from "./dom.js";
import { on } from "./live.js";
import { list, offer } from "./studio-files.js";
import { failed, good } from "./toasts.js";
import { follow } from "./trial.js";
import { asTime, say } from "./words.js";

const TICK_MS = 1000;
const ENDED = ["succeeded", "failed", "cancelled"];
const watched = one("#watched");
const stages = JSON.parse(watched.dataset.stages);
const card = () => one("[data-task]", watched);
let leave = () => {};
let showing = null; // the state that is being shown
let outlook = {}; // the `place` in the queue, and when it should be over

export function begin() {
  const kinds = new Set(all("[data-type]").map((link) => link.dataset.type));
  watched.parentElement.addEventListener("submit", submit); // the list of the last ones is there too
  watched.addEventListener("click", click);
  watched.addEventListener("toggle", unfold, true);
  on("job", (job, kind) => { if (kind === "state" && kinds.has(job.type)) showLast(); });
  on("again", () => showLast());
  on("connection", (isUp) => { if (!isUp) outlook = {}; tick(); });
  setInterval(tick, TICK_MS); // between two events time goes by, too
  listen();
}

/** Show this task from now on. */
export function show(fresh) {
  put(fresh);
  card().scrollIntoView({ block: "nearest" });
  listen();
}

function put(fresh) {
  localTimes(fresh);
  const held = card()?.contains(document.activeElement);
  watched.replaceChildren(fresh);
  if (held) fresh.focus();
}

function listen() {
  leave();
  outlook = {};
  if (!card() || ENDED.includes(card().dataset.state)) return;
  const { task: id, state } = card().dataset;
  leave = follow({ id, state }, shown);
}

function shown(job) {
  if (job.id !== card()?.dataset.task || job.progress === undefined) return;
  if (job.state !== card().dataset.state) {
    turn(job).catch(() => {}); // it is read again with the next event
    return;
  }
  if (ENDED.includes(job.state)) return;
  one("[data-progress]", card()).value = job.progress;
  one("[data-percent]", card()).textContent = `${Math.round(100 * job.progress)} %`;
  outlook = { place: job.queue_position, due: job.eta_sec && Date.now() + 1000 * job.eta_sec };
  tick();
  stage(job.state === "running" ? job.stage : null);
}

/** Once for each state, though several events may tell of it. */
async function turn(job) {
  if (showing === job.state) return;
  showing = job.state;
  try {
    const fresh = await fragment(`/studio/tasks/${job.id}`, "[data-task]");
    if (fresh && card()?.dataset.task === job.id) put(fresh);
    if (job.state === "succeeded") good(say("It is ready."));
  } finally {
    showing = null;
  }
}

function tick() {
  const place = card() && one("[data-eta]", card());
  if (place) place.textContent = outlookText();
}

function outlookText() {
  const { place, due } = outlook;
  if (place) return say("Place in the queue: {place}", { place });
  if (!due) return "";
  const leftSec = (due - Date.now()) / 1000;
  return leftSec > 0 ? say("About {time} left", { time: asTime(Math.ceil(leftSec)) }) : say("It takes longer than expected.");
}

function stage(name) {
  const steps = all("[data-stage]", card());
  const current = steps.find((step) => step.dataset.stage === name);
  if (!current || current.hasAttribute("aria-current")) return;
  for (const step of steps) step.removeAttribute("aria-current");
  current.setAttribute("aria-current", "step");
  one("#said").textContent = stages[name] || "";
}

const showLast = settled(async () => {
  const fresh = await fragment("/studio/tasks", "#last").catch(() => null);
  if (fresh) one("#last").replaceWith(fresh); // else the next change tells
}, 300);

/** A part of a page, written by the server; null when another page came, to sign in for instance. */
async function fragment(path, selector) {
  const page = new DOMParser().parseFromString(await get(path), "text/html");
  const found = one(selector, page);
  if (!found) return null;
  localTimes(found);
  return document.adoptNode(found);
}

function submit(event) {
  const form = event.target;
  const acts = ["cancel", "retry", "keep"].filter((name) => name in form.dataset);
  if (acts.length === 0) return;
  event.preventDefault();
  act(form, acts[0], event.submitter).catch(failed);
}

async function act(form, name, button) {
  button?.classList.add("busy");
  try {
    const path = new URL(form.action).pathname.slice(base.length);
    const answer = await sendForm(path, new URLSearchParams(new FormData(form)));
    if (!answer.isFine) throw new Error(one(".notice.bad, main h1", answer.page)?.textContent.trim() || say("Something went wrong."));
    if (name === "keep") await kept(answer);
    else {
      history.replaceState(null, "", answer.address.pathname + answer.address.search);
      show(document.adoptNode(one("#task", answer.page)));
      showLast();
    }
  } finally {
    button?.classList.remove("busy");
  }
}

/** The result is a file like any other from now on. */
async function kept({ address, page }) {
  const id = address.searchParams.get("file");
  const option = one(`[data-choice] option[value="${id}"]`, page);
  await list();
  if (option) offer({ id, kind: option.dataset.kind, text: option.textContent, size: option.dataset.size });
  good(say("It is among your files now."));
}

async function click(event) {
  const button = event.target.closest("[data-compare]");
  if (!button) return;
  const isOn = button.getAttribute("aria-pressed") !== "true";
  const { beside } = await import("./studio-compare.js");
  button.setAttribute("aria-pressed", String(isOn));
  one(".player", card()).pause();
  one(".player", card()).hidden = isOn;
  one("#compared").replaceChildren(...(isOn ? [beside(button.dataset)] : []));
}

/** The log is read when somebody wants to see it. */
async function unfold({ target }) {
  if (!target.open || !target.dataset.log || target.dataset.read) return;
  target.dataset.read = "yes";
  const log = await fragment(target.dataset.log.slice(base.length), "#log").catch(failed);
  if (log) one("div", target).replaceChildren(log);
}

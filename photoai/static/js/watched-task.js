// The task that is watched on a page, and the list of the last ones. Both are the server's HTML, put
// in place anew when a state changes; in between, what has come is told by events.

import { base, get, sendForm } from "./api.js";
import { localTimes } from "./app.js";
import { all, one, settled } from "./dom.js";
import { on } from "./live.js";
import { failed } from "./toasts.js";
import { follow } from "./trial.js";
import { asTime, say } from "./words.js";

const TICK_MS = 1000, AGAIN_MS = 2000;
const ENDED = ["succeeded", "failed", "cancelled"];
const watched = one("#watched");
let leave = () => {};
let showing = null; // the state that is being shown
let asked = 0, newest = 0; // cards, by the order in which they were asked for; the one that is shown
let outlook = {}; // the `place` in the queue, and when it should be over
let page = {};

/** The card of the task that is watched; null without one. */
export const card = () => one("[data-task]", watched);

/** `path` is where the tasks' parts of the page are; `isOurs(job)` tells those of the list; `acts`
 * are the cards' forms, by their data attributes, each null or what becomes of the answer;
 * `ended(job)` and `moved(job)` hear of the watched one. */
export function begin(options) {
  page = { acts: {}, ended: () => {}, moved: () => {}, ...options };
  watched.parentElement.addEventListener("submit", submit); // the list of the last ones is there too
  on("job", (job, kind) => { if (kind === "state" && page.isOurs(job)) showLast(); });
  on("again", (isFirst) => { if (!isFirst || one("#last [data-open]")) showLast(); });
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
    turn(job).catch(() => setTimeout(() => shown(job), AGAIN_MS));
    return;
  }
  if (ENDED.includes(job.state)) return;
  one("[data-progress]", card()).value = job.progress;
  one("[data-percent]", card()).textContent = `${Math.round(100 * job.progress)} %`;
  outlook = { place: job.queue_position, due: job.eta_sec && Date.now() + 1000 * job.eta_sec };
  tick();
  page.moved(job, card());
}

/** Once for each state, though several events may tell of it. */
async function turn(job) {
  if (showing === job.state) return;
  showing = job.state;
  try {
    await renew(job.id);
    if (ENDED.includes(job.state)) page.ended(job);
  } finally {
    if (showing === job.state) showing = null;
  }
}

/** The card as the server has it now. */
export async function renew(id) {
  const number = ++asked;
  const fresh = await fragment(`${page.path}/${id}`, "[data-task]");
  if (number < newest) return; // what was asked for later is here already
  newest = number;
  if (fresh && card()?.dataset.task === id) put(fresh);
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

const showLast = settled(async () => {
  const fresh = await fragment(page.path, "#last").catch(() => null);
  if (fresh) one("#last").replaceWith(fresh); // else the next change tells
}, 300);

/** A part of a page, written by the server; null when another page came, to sign in for instance. */
export async function fragment(path, selector) {
  const part = new DOMParser().parseFromString(await get(path), "text/html");
  const found = one(selector, part);
  if (!found) return null;
  localTimes(found);
  return document.adoptNode(found);
}

function submit(event) {
  const form = event.target;
  const act = Object.keys(page.acts).find((name) => name in form.dataset);
  if (!act) return;
  event.preventDefault();
  perform(form, page.acts[act], event.submitter).catch(failed);
}

async function perform(form, become, button) {
  button?.classList.add("busy");
  try {
    const path = new URL(form.action).pathname.slice(base.length);
    const answer = await sendForm(path, new URLSearchParams(new FormData(form)));
    if (!answer.isFine) throw new Error(one(".notice.bad, main h1", answer.page)?.textContent.trim() || say("Something went wrong."));
    if (become) await become(answer);
    else {
      history.replaceState(null, "", answer.address.pathname + answer.address.search);
      show(document.adoptNode(one("#task", answer.page)));
      showLast();
    }
  } finally {
    button?.classList.remove("busy");
  }
}

/** Watch the task an answer shows; whether it shows one. */
export function showAnswered({ isFine, address, page: answered }) {
  const fresh = one("#task", answered);
  if (!isFine || !fresh) return false;
  history.replaceState(null, "", address.pathname + address.search);
  const last = one("#last", answered);
  if (last) {
    localTimes(last);
    one("#last").replaceWith(document.adoptNode(last));
  }
  show(document.adoptNode(fresh));
  return true;
}

/** Two videos with a slider between them, while the button that asks for them is pressed. */
export async function compare(button) {
  const isOn = button.getAttribute("aria-pressed") !== "true";
  const { beside } = await import("./studio-compare.js");
  button.setAttribute("aria-pressed", String(isOn));
  one(".player", card()).pause();
  one(".player", card()).hidden = isOn;
  one("#compared").replaceChildren(...(isOn ? [beside(button.dataset)] : []));
}

watched.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-compare]");
  if (button) compare(button).catch(failed);
});

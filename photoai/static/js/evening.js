// The evening as it happens. What changes is gathered and drawn together; when something may have
// been missed, the page's own HTML is read anew.

import { base, get, post, remove } from "./api.js";
import { localTimes } from "./app.js";
import { all, make, one } from "./dom.js";
import { on } from "./live.js";
import { isTouched, untouched } from "./steady.js";
import { failed, good } from "./toasts.js";
import { asMoment, asTime, because, language, say } from "./words.js";

const DRAW_MS = 200;
const MOST = 100; // rows of a group
const MOST_PENDING = 1000; // beyond, reading the page is cheaper
const TURN_MS = 25; // of drawing, until others have theirs
const CALM = 12; // more that arrive at once do not fade in
const QUEUE_MS = 5000;
const READ_MS = 1500;
const ENDED = ["succeeded", "failed", "cancelled"];
const ON_TOP = ["done", "failed"];
const money = new Intl.NumberFormat(language, { style: "currency", currency: "USD" });

const evening = one("#evening");
let skew = Date.now() - Date.parse(evening.dataset.now); // our clock, ahead of the server's
let words = wordsOf(evening);
const pending = new Map();
let drawing = null;
let reading = null;
let isStale = false;

function wordsOf({ dataset }) {
  return {
    slots: JSON.parse(dataset.slots), kinds: JSON.parse(dataset.kinds), stages: JSON.parse(dataset.stages),
    known: new Set(dataset.known.split(" ")),
  };
}

/** Run `work` soon, once for however many calls; they cannot put it off. */
function soon(work, delayMs) {
  let timer = null;
  return () => { timer ??= setTimeout(() => { timer = null; work(); }, delayMs); };
}

// What arrives

on("job", (job) => {
  pending.set(job.id, job);
  if (pending.size > MOST_PENDING) {
    pending.clear();
    isStale = true;
  }
  drawSoon();
});
on("slot", (slot) => {
  words.slots[slot.id] = slot.name;
  for (const row of all(".job", evening)) if (row.dataset.slot === slot.id) part(row, "slot").textContent = slot.name || slot.id;
});
on("again", () => readAnew());
document.addEventListener("visibilitychange", drawSoon);

function drawSoon() {
  if (drawing || document.hidden) return; // nobody looks: what comes is kept until somebody does
  drawing = setTimeout(() => requestAnimationFrame(draw), DRAW_MS);
}

function draw() {
  drawing = null;
  if (isStale) return readAnew();
  if (reading) return undefined; // drawn upon what is read
  if (isTouched()) return untouched().then(drawSoon);
  evening.classList.toggle("-busy", pending.size > CALM);
  const jobs = drawn();
  for (const section of all("[data-group]", evening)) count(section);
  if (jobs.some(mayBeLate) || jobs.some(isOfNewSlot)) readLater();
  tick();
  return summarise();
}

/** Those of the jobs that there was time for; the others' turn comes soon. */
function drawn() {
  const until = performance.now() + TURN_MS;
  const jobs = [];
  for (const [id, job] of pending) {
    if (performance.now() > until) {
      drawSoon();
      break;
    }
    pending.delete(id);
    if (isWanted(job)) put(job);
    jobs.push(job);
  }
  return jobs;
}

const isWanted = (job) =>
  (!evening.dataset.slot || job.slot_id === evening.dataset.slot) && (!evening.dataset.kind || job.type === evening.dataset.kind);
/** Whether its booth had given up is written in the log, which only the page knows. */
const mayBeLate = (job) => job.state === "succeeded" && job.type === "photo" && !job.test
  && Date.parse(job.finished_at) - Date.parse(job.created_at) >= evening.dataset.patience * 1000
  && one(`#job-${job.id}`)?.closest("[data-group]")?.dataset.group !== "failed";
const isOfNewSlot = (job) => job.slot_id && !words.known.has(job.slot_id);

// Reading the page

const readLater = soon(() => readAnew(), READ_MS);

async function readAnew() {
  if (reading) {
    isStale = true;
    return;
  }
  isStale = false;
  reading = readPage();
  const fresh = await reading;
  await untouched();
  reading = null;
  if (fresh) swap(fresh);
  drawSoon();
}

async function readPage() {
  try {
    const html = await get(location.pathname.slice(base.length) + location.search);
    const read = new DOMParser().parseFromString(html, "text/html");
    if (one("#evening", read)) return read;
    await get("/api/tasks?page_size=1"); // it asks to sign in again
    return null;
  } catch (error) {
    if (error.code !== "offline") failed(error);
    return null;
  }
}

/** What is shown already stays the element it is, so that no click and no focus is lost. */
function swap(fresh) {
  const held = document.activeElement?.closest(".job")?.id;
  const act = document.activeElement?.closest("[data-act]")?.dataset.act;
  const next = document.adoptNode(one("#evening", fresh));
  Object.assign(evening.dataset, next.dataset);
  skew = Date.now() - Date.parse(evening.dataset.now);
  words = wordsOf(evening);
  localTimes(next);
  for (const section of all("[data-group]", evening)) {
    renew(section, one(`[data-group="${section.dataset.group}"]`, next));
  }
  const filters = one(".filters");
  if (!filters.contains(document.activeElement)) filters.replaceWith(document.adoptNode(one(".filters", fresh)));
  if (held && document.activeElement === document.body) focusOn(one(`#${held}`, evening), act);
  tick();
  summarise();
}

function renew(section, fresh) {
  const list = one(".jobs", section);
  const rows = all(".job", fresh).map((row) => {
    const old = one(`#${CSS.escape(row.id)}`, evening);
    return old?.dataset.mark === row.dataset.mark ? old : row;
  });
  for (const row of [...list.children]) if (!rows.includes(row)) row.remove();
  for (const [at, row] of rows.entries()) {
    if (list.children[at] === row) continue;
    one(`#${CSS.escape(row.id)}`, evening)?.remove();
    list.insertBefore(row, list.children[at] || null);
  }
  section.dataset.total = fresh.dataset.total;
  count(section);
}

// Rows

const part = (row, name) => one(`[data-part="${name}"]`, row);

function groupOf(job, row) {
  if (job.state === "queued") return "waiting";
  if (job.state === "running") return "running";
  const wasLate = row?.classList.contains("-late");
  return job.state === "succeeded" && !wasLate ? "done" : "failed";
}

function put(job) {
  let row = one(`#job-${CSS.escape(job.id)}`, evening);
  const before = row?.closest("[data-group]") || null;
  const after = one(`[data-group="${groupOf(job, row)}"]`, evening);
  // Only those that came too late are asked for, and which these are the page says.
  const isKept = evening.dataset.late ? before === after && after : after;
  if (before && before !== isKept) before.dataset.total -= 1;
  if (!isKept) return row?.remove();
  if (!row && isFull(isKept)) return readLater(); // how many there are by now is read
  row ??= newRow(job.id);
  fill(row, job);
  return before === isKept ? undefined : move(row, isKept);
}

/** Of what waits and runs the first are shown. */
const isFull = (section) => !ON_TOP.includes(section.dataset.group) && one(".jobs", section).children.length >= MOST;

function newRow(id) {
  const row = one("#new-job").content.firstElementChild.cloneNode(true);
  row.id = `job-${id}`;
  row.dataset.id = id;
  for (const form of all("form", row)) form.action = form.getAttribute("action").replace("/JOB/", `/${encodeURIComponent(id)}/`);
  for (const name of ["picture", "file"]) part(row, name).href = `${base}/api/tasks/${encodeURIComponent(id)}/result`;
  return row;
}

function move(row, section) {
  const held = row.contains(document.activeElement) ? document.activeElement : null;
  const act = held?.closest("[data-act]")?.dataset.act;
  const list = one(".jobs", section);
  if (ON_TOP.includes(section.dataset.group)) list.prepend(row);
  else list.append(row);
  row.classList.add("-arrived"); // the fade begins anew wherever a row is put
  section.dataset.total = Number(section.dataset.total) + 1;
  while (list.children.length > MOST) list.lastElementChild.remove();
  if (held) focusOn(row, act);
}

/** The same button of the row, or the row itself when that is gone. */
function focusOn(row, act) {
  const button = act && one(`[data-act="${act}"]:not([hidden]) button`, row || document.body);
  (button || row)?.focus({ preventScroll: true });
}

function fill(row, job) {
  const has = (state) => job.state === state;
  const result = job.result || {};
  const isPhoto = job.type === "photo" && has("succeeded");
  remember(row, job);
  show(row, "slot", job.slot_id, words.slots[job.slot_id] || job.slot_id || "");
  part(row, "slot").href = `${base}/slots/${encodeURIComponent(job.slot_id || "")}`;
  show(row, "kind", true, words.kinds[job.type] || job.type);
  for (const name of ["failed", "cancelled"]) show(row, name, has(name));
  show(row, "test", job.test);
  show(row, "place", job.queue_position, say("no. {position} in the queue", { position: job.queue_position }));
  show(row, "stage", has("running"), words.stages[job.stage] || job.stage || "");
  show(row, "price", result.cost, money.format(result.cost || 0));
  show(row, "model", result.model || result.rung, result.model || (result.rung || "").split(":")[1] || "");
  show(row, "problem", has("failed"), has("failed") ? because(job.error) : "");
  show(row, "file", has("succeeded"));
  show(row, "picture", isPhoto);
  show(row, "compare", isPhoto && job.slot_id);
  part(row, "compare").href = compared(job);
  const image = one("img", row);
  if (isPhoto && !image.hasAttribute("src")) image.src = `${base}/live/${encodeURIComponent(job.id)}/preview`;
  showActs(row, job);
  showEnd(row, job);
}

/** Where a photo stands beside the one it was made again of, or alone. */
function compared({ id, replay_of: source }) {
  const beside = source ? `?with=${encodeURIComponent(id)}` : "";
  return `${base}/photos/${encodeURIComponent(source || id)}${beside}`;
}

function remember(row, job) {
  row.dataset.slot = job.slot_id || "";
  row.dataset.progress = job.progress;
  row.dataset.mark = `${job.state}-${job.attempt}${row.classList.contains("-late") ? "-late" : ""}`;
  row.dataset.place = job.queue_position || "";
  const { dataset } = row;
  if (job.started_at) dataset.started = job.started_at;
  if (job.eta_sec !== null) {
    dataset.ends = new Date(Date.now() - skew + job.eta_sec * 1000).toISOString();
    delete dataset.overdue;
  } else if (job.state !== "running") delete dataset.ends;
  if (Number.isFinite(job.overdue_in_sec)) dataset.lateAt = new Date(Date.now() - skew + job.overdue_in_sec * 1000).toISOString();
  else delete dataset.lateAt;
  if (ENDED.includes(job.state)) delete dataset.overdue;
}

function show(row, name, isShown, text) {
  const element = part(row, name);
  element.hidden = !isShown;
  if (text !== undefined && element.textContent !== text) element.textContent = text;
}

function showActs(row, job) {
  const may = {
    cancel: !ENDED.includes(job.state),
    retry: job.state === "failed" || job.state === "cancelled",
    replay: job.state === "succeeded" && job.type === "photo",
  };
  for (const [act, isShown] of Object.entries(may)) one(`[data-act="${act}"]`, row).hidden = !isShown;
}

function showEnd(row, job) {
  const hasEnded = ENDED.includes(job.state);
  show(row, "ended", hasEnded, hasEnded ? asMoment(job.finished_at) : "");
  show(row, "progress", job.state === "running");
  const spent = Date.parse(job.finished_at) - Date.parse(job.started_at);
  show(row, "spent", job.state === "succeeded" && spent >= 0, say("in {time}", { time: asTime(spent / 1000) }));
  if (hasEnded) show(row, "left", false, "");
}

// Numbers and clocks

function count(section) {
  const rows = one(".jobs", section).children.length;
  const total = Math.max(rows, Number(section.dataset.total));
  if (total > rows && rows < MOST) readLater(); // there are others to be shown
  section.dataset.total = total;
  one("[data-count]", section).textContent = total;
  one("[data-empty]", section).hidden = rows > 0;
  const more = one("[data-more]", section);
  more.hidden = total <= rows;
  more.textContent = say("Shown are {count} of them.", { count: rows });
}

function tick() {
  const now = Date.now() - skew;
  for (const row of all('[data-group="waiting"] .job', evening)) showLeft(row, now);
  for (const row of all('[data-group="running"] .job', evening)) {
    const spent = now - Date.parse(row.dataset.started);
    show(row, "spent", spent >= 0, say("for {time}", { time: asTime(spent / 1000) }));
    showLeft(row, now);
    showProgress(row, now);
  }
}

function showLeft(row, now) {
  const left = Date.parse(row.dataset.ends) - now;
  const isOver = "overdue" in row.dataset || Date.parse(row.dataset.lateAt || row.dataset.ends) < now;
  if (isOver) show(row, "left", true, say("longer than usual"));
  else if (left < 0) show(row, "left", true, say("any moment now"));
  else show(row, "left", left >= 0, left >= 0 ? say("about {time} to go", { time: asTime(left / 1000) }) : "");
}

/** What says nothing of how far it is goes by the clock, and never quite to the end. */
function showProgress(row, now) {
  const bar = part(row, "progress");
  const told = Number(row.dataset.progress ?? bar.getAttribute("value") ?? 0);
  const [began, ends] = [Date.parse(row.dataset.started), Date.parse(row.dataset.ends)];
  const byClock = Math.min(0.95, (now - began) / Math.max(1, ends - began));
  const isKnown = told > 0 || byClock >= 0;
  if (isKnown) bar.value = told > 0 ? told : byClock;
  else bar.removeAttribute("value");
}

const summarise = soon(() => {
  const summary = one("#summary");
  const told = all("[data-group]", evening).map((section) => [
    one("h2", section).firstChild.textContent.trim(), Number(section.dataset.total),
  ]);
  const text = told.map(([name, total]) => `${name}: ${total}`).join(", ");
  if (summary.textContent.trim() !== text) summary.textContent = text;
}, 1000);

/** Nobody tells those who wait that others have left: their places are read while there are any. */
async function readQueue() {
  const waiting = one('[data-group="waiting"]', evening);
  if (document.hidden || !waiting || !one(".job", waiting)) return;
  if (!one("[data-more]", waiting).hidden) {
    readLater();
    return;
  }
  try {
    for (const job of (await get(`/api/tasks?state=queued&page_size=${MOST}`)).data) {
      const row = one(`[data-group="waiting"] #job-${CSS.escape(job.id)}`, evening);
      if (row && !pending.has(job.id)) movedUp(row, job);
    }
  } catch (error) {
    if (error.code !== "offline") throw error;
  }
}

/** While it keeps its place, what was said of its end goes on counting: it may take longer. */
function movedUp(row, job) {
  const { ends, place } = row.dataset;
  fill(row, job);
  if (ends && place === row.dataset.place) row.dataset.ends = ends;
}

// What is done to a job

const CALLS = {
  cancel: (id) => remove(`/api/tasks/${id}`),
  retry: (id) => post(`/api/tasks/${id}/retry`),
  replay: (id) => post(`/api/tasks/${id}/replay`),
};

function tellOfAgain(job) {
  const link = job.slot_id && make("a", { href: compared(job) }, say("Compare"));
  good(say("It runs once more, as a trial."), link || null);
}

document.addEventListener("submit", async (event) => {
  const { act } = event.target.dataset;
  if (!CALLS[act]) return;
  event.preventDefault();
  const { id } = event.target.closest(".job").dataset;
  const button = one("button", event.target);
  button.classList.add("busy");
  try {
    const job = await CALLS[act](encodeURIComponent(id));
    readLater(); // the stream tells, and may have told more by now than the answer does
    if (act === "replay") tellOfAgain(job);
  } catch (error) {
    failed(error);
  } finally {
    button.classList.remove("busy");
  }
}, true);

setInterval(() => { if (!document.hidden) tick(); }, 1000);
setInterval(readQueue, QUEUE_MS);
tick();

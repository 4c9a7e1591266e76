// One slot: fields that follow the operation, a try on a photo, saving beside others.

import { get, postForm, put, address } from "./api.js";
import { localTimes } from "./app.js";
import { compared } from "./compare.js";
import { all, make, one, pulse, settled, whereabouts } from "./dom.js";
import { tell, wireDrops } from "./drop.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { bringUp } from "./shots.js";
import { samples, showSurvey } from "./slot-booth.js";
import { clearProblems, keepTyped, showProblems, updateOf } from "./slot-form.js";
import { begin as beginLadder, ladder } from "./slot-ladder.js";
import { bad, failed, good } from "./toasts.js";
import { follow } from "./trial.js";
import { asTime, because, say } from "./words.js";
import { viewing } from "./viewer.js";

const MEDIA_WAITS_SEC = 172_800;
const form = one("#upload-form");
const id = form.dataset.slot;
const fields = one("#fields");
let trialPhoto = null;
let leaveTrial = () => {};
let overdue = null;

// Fields

async function showFields() {
  const wanted = String(new URLSearchParams(chosen()));
  let html;
  try {
    html = await get(`${fields.dataset.address}?${wanted}`, { headers: { Accept: "text/html" } });
  } catch (error) {
    failed(error);
    return;
  }
  if (wanted !== String(new URLSearchParams(chosen()))) return; // something else has been chosen since
  // Now, and not before: somebody may have gone on meanwhile.
  const lead = whereabouts();
  const before = document.createElement("div");
  before.append(...fields.childNodes);
  fields.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  keepTyped(before, fields);
  wire(fields);
  keepImages(before);
  showModel();
  showSurvey(form);
  lead();
}

const chosen = () => ({ provider_id: form.elements.provider_id.value, operation_id: form.elements.operation_id.value });

/** An image that is there stays, with its zone and its preview. */
function keepImages(previous) {
  for (const zone of all("[data-media]", fields)) {
    const { media } = zone.dataset;
    const before = one(`[data-path="${media}"]`, previous)?.value ? one(`[data-media="${media}"]`, previous).closest(".field") : null;
    if (!before) continue;
    one("[data-drop]", before).dataset.maxMb = zone.dataset.maxMb;
    zone.closest(".field").replaceWith(before);
    const toggle = one("#toggle-second", fields);
    toggle.checked = true;
    toggle.dispatchEvent(new Event("change"));
  }
}

/** A row of the ladder; those that came with the page are wired with all of it. */
function wireRung(row) {
  if (row.dataset.wired === undefined) wire(row);
  row.dataset.wired = "";
}

function wire(root) {
  wireDrops(root, (zone, file) => (zone.dataset.media ? register(zone, file) : tryOn(file)));
  for (const range of all('input[type="range"][data-for]', root)) {
    const number = document.getElementById(range.dataset.for);
    range.addEventListener("input", () => { number.value = range.value; });
    number.addEventListener("input", () => { if (number.value !== "") range.value = number.value; });
    if (number.value !== "") range.value = number.value;
  }
  for (const area of all("[data-counter]", root)) {
    const count = () => { document.getElementById(area.dataset.counter).textContent = `${area.value.length} / ${area.maxLength}`; };
    area.addEventListener("input", count);
    count();
  }
  for (const toggle of all("[data-toggles]", root)) {
    const part = document.getElementById(toggle.dataset.toggles);
    const apply = () => { part.hidden = !toggle.checked; };
    toggle.addEventListener("change", apply);
    apply();
  }
}

function showModel() {
  const model = one('[data-path="model"]', fields);
  const provider = form.elements.provider_id.selectedOptions[0].text;
  const title = model && model.value !== "" ? ` · ${model.selectedOptions[0].text}` : "";
  one("#model").textContent = provider + title;
}

// Images

async function register(zone, file) {
  const path = zone.dataset.media;
  const hidden = one(`input[type="hidden"][data-path="${path}"]`, zone.closest(".field"));
  hidden.value = "";
  if (!file) return;
  const body = new FormData();
  body.append("file", file);
  body.append("ttl_sec", MEDIA_WAITS_SEC);
  zone.setAttribute("aria-busy", "true");
  try {
    hidden.value = (await postForm("/api/media/register", body)).id;
  } catch (error) {
    tell(zone.closest(".field"), one('input[type="file"]', zone), error.message);
  } finally {
    zone.removeAttribute("aria-busy");
  }
}

function tryOn(file) {
  trialPhoto = file;
}

/** What a PUT of the slot sends. */
const updated = () => ({ ...updateOf(form), ladder: ladder() });

// Test

async function test() {
  if (!one("#toggle-first").checked || !trialPhoto) {
    bad(say("Choose a test photo first."));
    return;
  }
  pulse(form);
  clearProblems(form);
  const body = new FormData();
  body.append("photo", trialPhoto);
  body.append("settings", JSON.stringify(updated()));
  try {
    const job = await busy(one("#test"), () => postForm(`/api/slots/${id}/test?${new URLSearchParams([...samples()])}`, body));
    showTrial(job);
  } catch (error) {
    refused(error);
  }
}

function showTrial(job) {
  leaveTrial();
  one("#trial").hidden = false;
  one("#trial-result").replaceChildren();
  const before = URL.createObjectURL(trialPhoto);
  leaveTrial = follow(job, (now) => {
    one("#trial-progress").value = now.state === "succeeded" ? 1 : now.progress;
    one("#trial-state").textContent = stateOf(now);
    sayWhenOverdue(now);
    if (now.state === "succeeded") {
      one("#trial-result").replaceChildren(compared(before, address(`/api/tasks/${now.id}/result`)));
      good(say("The test photo is finished."));
      showResults();
    } else if (now.error) {
      one("#trial-result").replaceChildren(make("p", { class: "notice bad" }, because(now.error)));
      bad(now.error.message);
    }
  });
}

/** What takes longer than this slot's photos usually do is said to, without news from the server. */
function sayWhenOverdue(job) {
  clearTimeout(overdue);
  if (job.state !== "running" || !Number.isFinite(job.overdue_in_sec)) return;
  overdue = setTimeout(() => {
    one("#trial-state").textContent = `${say("running")}, ${say("longer than usual")}`;
  }, job.overdue_in_sec * 1000);
}

function stateOf(job) {
  const words = { queued: say("waiting"), running: say("running"), succeeded: say("finished"), failed: say("failed"), cancelled: say("cancelled") };
  const left = job.eta_sec === null || job.eta_sec === undefined ? "" : `, ${say("about {time} left", { time: asTime(job.eta_sec) })}`;
  return words[job.state] + (job.finished_at ? "" : left);
}

// Saving

async function save(version) {
  clearProblems(form);
  const update = { ...updated(), ...(version === undefined ? {} : { version }) };
  try {
    const saved = await busy(one("#save"), () => put(`/api/slots/${id}`, update));
    form.elements.version.value = saved.version;
    one("#changed").hidden = true;
    one("#heading").textContent = update.name || id;
    pulse(form);
    good(say("Saved."));
    showHistory();
  } catch (error) {
    if (error.code === "slot_changed") conflict(error.details.version);
    else refused(error);
  }
}

function conflict(version) {
  const dialog = one("#conflict");
  dialog.returnValue = "";
  dialog.showModal();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "save") save(version);
    if (dialog.returnValue === "look") location.reload();
  }, { once: true });
}

function refused(error) {
  if (!showProblems(form, error.details) || error.status !== 422) failed(error);
  else bad(say("Not saved: see the fields in red."));
}

async function busy(button, work) {
  button.classList.add("busy");
  button.setAttribute("aria-disabled", "true");
  try {
    return await work();
  } finally {
    button.classList.remove("busy");
    button.removeAttribute("aria-disabled");
  }
}

const showResults = settled(async () => {
  const list = one("#results");
  try {
    const html = await get(list.dataset.address, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const items = all("li.result, li.empty", fresh.body);
    if (!items.length) return; // the session is over, and this is the page to sign in
    localTimes(fresh);
    bringUp(list, items, true);
  } catch { // shown as it was
    return;
  }
}, 500);

const showHistory = settled(async () => {
  try {
    await refresh(`/slots/${id}`, ["history"]);
  } catch { // shown as it was
    return;
  }
}, 300);

form.addEventListener("submit", (event) => {
  const action = event.submitter?.value;
  if (action === "clear") return; // the page's own form asks and posts
  event.preventDefault();
  if (event.submitter?.getAttribute("aria-disabled")) return;
  if (action === "test") test();
  else save();
});
form.noValidate = true; // the server's words stand beside the fields
form.addEventListener("change", (event) => {
  if (event.target.id === "f-provider" || event.target.id === "f-operation") showFields();
  if (event.target.dataset.path === "model") showModel();
});
form.addEventListener("input", (event) => { if (event.target.dataset.path === "prompt") showSurvey(form); });
wire(form);
for (const row of all("[data-rung]", form)) row.dataset.wired = "";
beginLadder(wireRung);

on("job", (job) => { if (job.slot_id === id && job.state === "succeeded") showResults(); });
on("again", showResults);
viewing(one("#results"));
on("slot", (slot) => {
  if (slot.id === id) one("#changed").hidden = slot.version <= Number(form.elements.version.value);
});

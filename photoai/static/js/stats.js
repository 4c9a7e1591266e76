// The page of statistics: figures follow the photos, but not more often than one can read.

import { post, put } from "./api.js";
import { one } from "./dom.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { failed, good } from "./toasts.js";
import { say } from "./words.js";

const PIECES = ["summary", "slots-used", "slots-rest", "chart", "failures", "days-table"];
const ENDED = ["succeeded", "failed", "cancelled"];
const AT_MOST_EVERY_MS = 3000;
const path = `/stats/figures?days=${one("#figures").dataset.days}`;
let waiting = null;
let readAt = Date.now();

/** Read the figures, soon: all that happens until then is in them. */
function readSoon() {
  waiting ??= setTimeout(read, Math.max(0, readAt + AT_MOST_EVERY_MS - Date.now()));
}

async function read() {
  readAt = Date.now();
  try {
    await refresh(path, PIECES);
  } catch {
    // The next photo, or the connection when it is back, has them read again.
  } finally {
    readAt = Date.now();
    waiting = null;
  }
}

on("job", ({ type, state }) => { if (type === "photo" && ENDED.includes(state)) readSoon(); });
on("slot", readSoon);
on("again", readSoon);

async function reset(slot) {
  const name = one(`#name-${slot}`).textContent;
  if (!window.confirm(say("Reset the statistics of “{name}”? The log and “processed ever” stay.", { name }))) return;
  try {
    await post(`/api/slots/${slot}/reset_stats`, {});
    good(say("The slot counts anew."));
    await refresh(path, PIECES);
  } catch (error) {
    failed(error);
  }
}

async function saveTimeout(form) {
  const input = one("input[type=number]", form);
  const problem = document.getElementById(`p-${input.id.slice(2)}`);
  input.removeAttribute("aria-invalid");
  problem.textContent = "";
  try {
    await put("/api/settings", { sync_response_timeout_sec: Number(input.value) });
    good(say("Saved."));
  } catch (error) {
    failed(error);
    if (error.status !== 422) return;
    input.setAttribute("aria-invalid", "true");
    problem.textContent = input.dataset.problem;
    input.focus();
  }
}

document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  if (submitter?.dataset.reset) {
    event.preventDefault();
    reset(submitter.dataset.reset);
  } else if (target.id === "timeout") {
    event.preventDefault();
    saveTimeout(target);
  }
}, { capture: true });

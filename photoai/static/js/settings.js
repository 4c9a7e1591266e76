// The page of settings: only what was changed is sent, and nothing that was typed is lost.

import { post, put } from "./api.js";
import { all, one, pulse } from "./dom.js";
import { refresh } from "./fresh.js";
import { bad, failed, good } from "./toasts.js";
import { asNumber, say } from "./words.js";

const form = one("#settings");
const states = ["password-state", ...all("[id^=key-state-]").map((each) => each.id)];

/** The fields with what the server has of them, as it will be once they are saved. */
const fields = () => all("[data-path]", form).map((input) => ({ input, path: JSON.parse(input.dataset.path) }));

function kept(input) {
  if (input.tagName !== "SELECT") return input.defaultValue;
  return (all("option", input).find((each) => each.defaultSelected) || input.options[0]).value;
}

const changedFields = () => fields().filter(({ input }) => input.value !== kept(input));

function asJson({ value, dataset, tagName }) {
  if (dataset.kind === "number" || dataset.kind === "whole") return value === "" ? null : Number(value);
  return tagName === "SELECT" ? value || null : value;
}

/** `{"keys": {"gemini": …}}` for a field with the path ["keys", "gemini"]. */
function bodyOf(changed) {
  const body = {};
  for (const { input, path } of changed) {
    let place = body;
    for (const name of path.slice(0, -1)) place = place[name] ??= {};
    place[path.at(-1)] = asJson(input);
  }
  return body;
}

async function save() {
  const changed = changedFields();
  if (!changed.length) return good(say("Nothing was changed."));
  clearProblems();
  const button = one("#save");
  button.classList.add("busy");
  try {
    const body = bodyOf(changed);
    const sent = changed.map(({ input }) => [input, input.value]);
    await put("/api/settings", body);
    for (const [input, value] of sent) keep(input, value);
    pulse(form);
    good(say("Saved."));
    showUnsaved();
    await refresh("/settings", states);
  } catch (error) {
    refuse(error);
  } finally {
    button.classList.remove("busy");
  }
}

/** What was sent is what the server has now; what was typed meanwhile is not. */
function keep(input, value) {
  if (input.type === "password") {
    if (input.value === value) input.value = "";
  } else if (input.tagName === "SELECT") {
    for (const option of input.options) option.defaultSelected = option.value === value;
  } else {
    input.defaultValue = value;
  }
}

function clearProblems() {
  for (const { input } of fields()) {
    input.removeAttribute("aria-invalid");
    document.getElementById(`p-${input.id.slice(2)}`).textContent = "";
  }
}

function refuse(error) {
  failed(error);
  const wrong = fields().filter(({ path }) => path.join(".") in (error.details || {}));
  for (const { input } of wrong) {
    input.setAttribute("aria-invalid", "true");
    const told = error.code === "ingest_password_taken" ? error.message : input.dataset.problem;
    document.getElementById(`p-${input.id.slice(2)}`).textContent = told;
  }
  wrong[0]?.input.focus();
}

function showUnsaved() {
  const { length: count } = changedFields();
  one("#unsaved").textContent = count ? say("Not saved yet: {count}", { count }) : "";
}

// Checks

async function check(button, only) {
  button.classList.add("busy");
  button.setAttribute("aria-busy", "true");
  try {
    const { checks } = await post("/api/settings/check");
    for (const each of checks) showVerdict(each, only);
    if (!only) showReport(checks);
  } catch (error) {
    failed(error);
  } finally {
    button.classList.remove("busy");
    button.removeAttribute("aria-busy");
  }
}

function showVerdict({ id, ok, message, ms }, only) {
  const provider = id.replace("provider:", "");
  const place = document.getElementById(`verdict-${provider}`);
  if (!place || (only && provider !== only)) return;
  const said = document.createElement("span");
  said.className = ok ? "good" : "bad";
  said.textContent = message;
  place.replaceChildren(said, ` ${inMs(ms)}`);
  if (only && one(`[id="f-keys.${provider}"]`)?.value) bad(say("The key you typed is not saved yet: the one in use was checked."));
}

function showReport(checks) {
  const template = one("#report-row");
  const titles = JSON.parse(template.dataset.titles);
  one("#report").replaceChildren(...checks.map((each) => rowOf(each, titles, template)));
  const section = one("#readiness");
  section.hidden = false;
  one("h2", section).focus();
}

function rowOf({ id, ok, needed, message, ms }, titles, template) {
  const row = template.content.cloneNode(true);
  const part = (name) => one(`[data-part=${name}]`, row);
  const state = part("state");
  state.classList.add(ok ? "good" : needed ? "bad" : "warn");
  state.textContent = ok ? state.dataset.works : state.dataset.fails;
  part("title").textContent = titles[id] || "";
  part("id").textContent = id;
  part("message").textContent = message;
  part("needed").textContent = needed ? part("needed").dataset.yes : part("needed").dataset.no;
  part("ms").textContent = inMs(ms);
  return row;
}

const inMs = (ms) => say("{ms} ms", { ms: asNumber(ms) });

// One thing each

async function removeKey(provider, question) {
  if (!window.confirm(question)) return;
  try {
    await put("/api/settings", { keys: { [provider]: "" } });
    good(say("The key is removed."));
    await refresh("/settings", [`key-state-${provider}`]);
    one(`[id="f-keys.${provider}"]`).focus();
  } catch (error) {
    failed(error);
  }
}

async function clearCache(target) {
  if (!window.confirm(target.dataset.confirm)) return;
  try {
    const { deleted } = await post("/api/settings/clear_media_cache");
    good(say("Results deleted: {count}", { count: asNumber(deleted) }));
  } catch (error) {
    failed(error);
  }
}

document.addEventListener("submit", (event) => {
  const { target, submitter } = event;
  const works = {
    settings: save,
    clear: () => clearCache(target),
    "check-all": () => check(submitter, ""),
    [`check-${submitter?.dataset.check}`]: () => check(submitter, submitter.dataset.check),
    [`remove-${submitter?.dataset.remove}`]: () => removeKey(submitter.dataset.remove, submitter.dataset.confirm),
  };
  if (!works[target.id]) return;
  event.preventDefault();
  works[target.id]();
}, { capture: true });
form.addEventListener("input", showUnsaved);

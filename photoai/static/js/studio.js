// The Studio: what is to be made of which files. The form is the server's: with other rows, with what
// is wrong beside its fields, with its plan, it comes back as HTML, and its new parts are put in place.

import { base, get, sendForm } from "./api.js";
import { localTimes } from "./app.js";
import { all, one } from "./dom.js";
import * as files from "./studio-files.js";
import * as task from "./studio-task.js";
import { failed } from "./toasts.js";
import { say } from "./words.js";

const making = one("#making");
const form = () => one("#order");
let version = 0; // of what is typed
let work = Promise.resolve(); // one thing after the other
const busy = new Set();

making.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button?.name === "change") busily(button, () => change(button.value));
  else if (button?.name === "plan") busily(one("#foresee"), foresee);
  else busily(one("#start"), start);
});
making.addEventListener("click", (event) => {
  const link = event.target.closest("[data-type]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!link.hasAttribute("aria-current")) busily(link, () => choose(link));
});
making.addEventListener("input", ({ target }) => {
  version += 1;
  one("#plan").replaceChildren();
  pair(target);
  forgive(target);
});
making.addEventListener("change", ({ target }) => {
  if (target.matches("[data-retype]")) busily(one("#foresee"), () => change("show", target.id));
  if (target.matches("[data-choice]")) files.look(target);
});
files.begin();
task.begin();
offerPlaces();

/** Places can be seen where a text or a picture is placed. */
async function offerPlaces() {
  if (!one('[name$=".anchor"]', form())) return;
  const places = await import("./studio-place.js");
  places.offer(form());
}

/** Another type, with the files that are chosen for this one. */
async function choose(link) {
  const chosen = all("[data-choice]", form()).map((select) => select.value).filter(Boolean);
  const query = new URLSearchParams([["type", link.dataset.type], ...chosen.map((id) => ["file", id])]);
  const page = new DOMParser().parseFromString(await get(`/studio?${query}`), "text/html");
  if (!put(page, "#order")) return;
  offerPlaces();
  for (const each of all("[data-type]", making)) each.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  one("#plan").replaceChildren();
  history.replaceState(null, "", `${base}/studio?type=${link.dataset.type}`);
  one("#said").textContent = one("strong", link).textContent;
}

/** Other rows: the server draws the form with them. */
async function change(what, focusId = null) {
  const { page } = await sent({ change: what });
  if (!put(page, "#order")) return;
  offerPlaces();
  one("#plan").replaceChildren();
  (focusId ? document.getElementById(focusId) : placeOf(what))?.focus();
}

/** Where somebody goes on who has changed rows like this. */
function placeOf(what) {
  const [, kind, path] = what.match(/^(\w+):(.*)$/);
  const add = () => document.getElementById(`add-${path.replace(/\.\d+$/, "").replaceAll(".", "-")}`);
  if (kind === "remove") return add();
  if (kind === "add") {
    const rows = all("[data-row]", form()).filter((row) => row.dataset.row.replace(/\.\d+$/, "") === path);
    const row = rows.at(-1);
    return row ? one("select, textarea, input:not([type=hidden])", row) : all(`[name^="${path}."]`, form()).at(-1);
  }
  const at = Number(path.match(/\d+$/)[0]) + (kind === "up" ? -1 : 1);
  const moved = path.replace(/\d+$/, String(at));
  return all("button[name=change]:enabled", form()).find((button) => button.value === `${kind}:${moved}`)
    || all("button[name=change]:enabled", form()).find((button) => button.value.endsWith(`:${moved}`));
}

async function foresee() {
  const asked = version;
  const { isFine, page } = await sent({ plan: "yes" });
  if (asked !== version) return;
  show(page);
  if (isFine && put(page, "#plan")) one("#plan section")?.focus();
}

async function start() {
  const answer = await sent({});
  show(answer.page);
  if (task.showAnswered(answer)) form().elements.nonce.value = one("#order [name=nonce]", answer.page).value;
}

/** What is wrong, beside its fields; the form itself stays as it is. */
function show(page) {
  put(page, "#refusal");
  for (const place of all("[data-problem-of]", form())) {
    place.textContent = page.getElementById(place.id)?.textContent || "";
    mark(place);
  }
  const first = one("[aria-invalid=true]", form());
  for (let fold = first?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  first?.focus();
}

function mark(place) {
  const field = document.getElementById(place.id.replace(/-problem$/, ""));
  if (!field?.matches("input, select, textarea")) return;
  field.removeAttribute("aria-invalid");
  if (place.textContent) field.setAttribute("aria-invalid", "true");
}

/** Whoever changes a field has read what was wrong with it. */
function forgive(field) {
  const place = document.getElementById(`${field.id}-problem`);
  if (place) place.textContent = "";
  field.removeAttribute("aria-invalid");
}

/** A slider and its number say the same. */
function pair(field) {
  if (field.dataset.for) document.getElementById(field.dataset.for).value = field.value;
  const slider = field.id && one(`[data-for="${field.id}"]`, form());
  if (slider) slider.value = field.value;
}

async function sent(more) {
  const fields = new URLSearchParams(new FormData(form()));
  for (const [name, value] of Object.entries(more)) fields.set(name, value);
  const answer = await sendForm("/studio", fields);
  if (one("#order", answer.page)) return answer;
  throw new Error(one(".notice, main h1", answer.page)?.textContent.trim() || say("Something went wrong."));
}

/** Put the page's element in place of ours; null when it is another page, to sign in for instance. */
function put(page, selector) {
  const fresh = one(selector, page);
  if (!fresh) return null;
  localTimes(fresh);
  one(selector).replaceWith(document.adoptNode(fresh));
  return fresh;
}

/** One thing after the other; what is asked for while it is being done already is not done twice. */
function busily(button, what) {
  if (busy.has(button)) return;
  busy.add(button);
  button.classList.add("busy");
  work = work.then(files.allSent).then(what).catch(failed).finally(() => {
    busy.delete(button);
    button.classList.remove("busy");
  });
}

// Files: sent at once wherever they are dropped, looked through, lent, deleted, chosen for the task.

import { base, remove, sendForm } from "./api.js";
import { all, make, one } from "./dom.js";
import { refresh } from "./fresh.js";
import { begin as send } from "./sending.js";
import { bad, failed, good } from "./toasts.js";
import { say } from "./words.js";

export { allSent } from "./sending.js";

const SEEN = ["video", "image"];
const maxBytes = Number(one("#send").dataset.max);

export function begin() {
  send({ input: one("#new-files"), zone: one("#drop"), rows: one("#sending"), maxBytes, kept });
  const section = one("#files").parentElement;
  section.addEventListener("click", click);
  section.addEventListener("submit", submit);
}

/** The small picture beside a choice is that of the chosen file. */
export function look(select) {
  const image = one("[data-look]", select.closest(".chosen"));
  const { kind } = select.selectedOptions[0]?.dataset || {};
  image.hidden = !SEEN.includes(kind);
  if (!image.hidden) image.src = `${base}/studio/files/${select.value}/look`;
}

/** Let a file be chosen wherever it fits; where one is needed and none is chosen, it is. */
export function offer(file) {
  let isTaken = false;
  for (const select of all("[data-choice]")) {
    if (!fits(select, file)) continue;
    if (!one(`option[value="${file.id}"]`, select)) select.options[0].after(optionOf(file));
    if (isTaken || select.value || !isNeeded(select)) continue;
    isTaken = true;
    choose(select, file);
  }
}

/** Read the list of files anew, or another part of it. */
export async function list(search = location.search) {
  const wanted = new URLSearchParams(search);
  wanted.delete("file");
  await refresh(`/studio/files?${wanted}`, ["files"]);
}

const fits = (select, { kind }) => select.closest("[data-kinds]").dataset.kinds.split(" ").includes(kind);
const isNeeded = (select) => one("legend [aria-hidden]", select.closest("fieldset")) !== null;

function optionOf({ id, kind, text, size = "" }) {
  return make("option", { value: id, "data-kind": kind, "data-size": size }, text);
}

function choose(select, file) {
  if (!one(`option[value="${file.id}"]`, select)) select.options[0].after(optionOf(file));
  select.value = file.id;
  select.dispatchEvent(new Event("input", { bubbles: true }));
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The file is wanted for the task: at the first empty place it fits, else in place of another. */
function use(file) {
  const fitting = all("[data-choice]").filter((select) => fits(select, file));
  const place = fitting.find((select) => !select.value) || fitting[0];
  if (!place) return bad(say("This task takes no such file."));
  choose(place, file);
  place.focus();
  return good(say("Chosen: {name}", { name: file.name }));
}

function fileOf(card) {
  const name = one(".file-name", card).textContent;
  const facts = one(".file-facts .soft", card).textContent;
  const { file: id, kind, size } = card.dataset;
  return { id, kind, size, name, text: `${name} — ${facts}` };
}

function click(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("a[data-use], a[data-files]");
  if (link) event.preventDefault();
  if (link?.dataset.use) use(fileOf(link.closest("[data-file]")));
  else if (link) go(link.search);
}

function submit(event) {
  const form = event.target;
  const { lend, delete: deletes, confirm, files } = form.dataset;
  if (files === undefined && lend === undefined && deletes === undefined) return;
  event.preventDefault();
  if (files !== undefined) go(`?${new URLSearchParams(new FormData(form))}`);
  else if (lend !== undefined) lendOf(form).catch(failed);
  else if (window.confirm(confirm)) deleteOf(form.closest("[data-file]")).catch(failed);
}

function go(search) {
  const query = new URLSearchParams(search);
  for (const name of ["type", "task"]) {
    const value = new URLSearchParams(location.search).get(name);
    if (value && !query.has(name)) query.set(name, value);
  }
  history.replaceState(null, "", `${base}/studio?${query}`);
  list(`?${query}`).catch(failed);
}

async function lendOf(form) {
  const { page } = await sendForm(new URL(form.action).pathname.slice(base.length), new URLSearchParams(new FormData(form)));
  const fresh = one("#lent", page);
  if (!fresh) return;
  one("#lent")?.remove();
  one("#files").prepend(document.adoptNode(fresh));
  one("[data-copy]", fresh).click();
}

async function deleteOf(card) {
  const { file } = card.dataset;
  await remove(`/api/v1/files/${file}`);
  for (const select of all("[data-choice]")) {
    const option = one(`option[value="${file}"]`, select);
    if (!option) continue;
    const wasChosen = option.selected;
    option.remove();
    if (wasChosen) look(select);
  }
  await list();
  good(say("Deleted."));
}

/** A file that has come is among the others: the newest, or further down where it was sent before. */
async function kept(file) {
  await list();
  const card = one(`[data-file="${file.id}"]`);
  if (!card) good(say("“{name}” is among your files.", { name: file.name }));
  offer(card ? fileOf(card) : { ...file, text: file.name });
}

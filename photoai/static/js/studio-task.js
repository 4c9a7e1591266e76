// The task that is watched in the Studio: its stages, its result as a file, its log.

import { base } from "./api.js";
import { all, one } from "./dom.js";
import { list, offer } from "./studio-files.js";
import { failed, good } from "./toasts.js";
import { begin as watch, card, fragment } from "./watched-task.js";
import { say } from "./words.js";

export { showAnswered } from "./watched-task.js";

const watched = one("#watched");
const stages = JSON.parse(watched.dataset.stages);

export function begin() {
  const kinds = new Set(all("[data-type]").map((link) => link.dataset.type));
  watched.addEventListener("toggle", unfold, true);
  watch({
    path: "/studio/tasks",
    isOurs: (job) => kinds.has(job.type),
    acts: { cancel: null, retry: null, keep: kept },
    moved: (job) => stage(job.state === "running" ? job.stage : null),
    ended: (job) => { if (job.state === "succeeded") good(say("It is ready.")); },
  });
}

function stage(name) {
  const steps = all("[data-stage]", card());
  const current = steps.find((step) => step.dataset.stage === name);
  if (!current || current.hasAttribute("aria-current")) return;
  for (const step of steps) step.removeAttribute("aria-current");
  current.setAttribute("aria-current", "step");
  one("#said").textContent = stages[name] || "";
}

/** The result is a file like any other from now on. */
async function kept({ address, page }) {
  const id = address.searchParams.get("file");
  const option = one(`[data-choice] option[value="${id}"]`, page);
  await list();
  if (option) offer({ id, kind: option.dataset.kind, text: option.textContent, size: option.dataset.size });
  good(say("It is among your files now."));
}

/** The log is read when somebody wants to see it. */
async function unfold({ target }) {
  if (!target.open || !target.dataset.log || target.dataset.read) return;
  target.dataset.read = "yes";
  const log = await fragment(target.dataset.log.slice(base.length), "#log").catch(failed);
  if (log) one("div", target).replaceChildren(log);
}

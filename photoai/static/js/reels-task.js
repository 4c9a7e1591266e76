// The analysis that is watched: its stages, and what was measured as soon as it is known.

import { all, one } from "./dom.js";
import { good } from "./toasts.js";
import { begin as watch, card, renew } from "./watched-task.js";
import { say } from "./words.js";

export { showAnswered } from "./watched-task.js";

const stages = JSON.parse(one("#watched").dataset.stages);
const MEASURED = ["sending", "watching", "checking"];
const LOOK_AGAIN_MS = 1000;
let lookedAt = 0;

export function begin() {
  watch({
    path: "/reels/tasks",
    isOurs: (job) => job.type === "reels",
    acts: { cancel: null, retry: null },
    moved,
    ended: (job) => { if (job.state === "succeeded") good(say("It is ready.")); },
  });
}

function moved(job) {
  stage(job.state === "running" ? job.stage : null);
  if (card().dataset.measured || !MEASURED.includes(job.stage) || Date.now() - lookedAt < LOOK_AGAIN_MS) return;
  lookedAt = Date.now();
  renew(job.id).catch(() => {}); // the next event tells
}

function stage(name) {
  const steps = all("[data-stage]", card());
  const current = steps.find((step) => step.dataset.stage === name);
  if (!current || current.hasAttribute("aria-current")) return;
  for (const step of steps) step.removeAttribute("aria-current");
  current.setAttribute("aria-current", "step");
  one("#said").textContent = stages[name] || "";
}

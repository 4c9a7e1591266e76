// The conversion that is watched: how many frames are done, and a frame of what was made as text.

import { base, get } from "./api.js";
import { one } from "./dom.js";
import { bad, failed, good } from "./toasts.js";
import { begin as watch, card, renew } from "./watched-task.js";
import { asNumber, say } from "./words.js";

export { showAnswered } from "./watched-task.js";

const LOOK_AGAIN_MS = 1500;
let lookedAt = 0;

export function begin() {
  watch({
    path: "/ascii/tasks",
    isOurs: (job) => job.type === "ascii",
    acts: { cancel: null, retry: null },
    moved,
    ended: (job) => { if (job.state === "succeeded") good(say("It is ready.")); },
  });
  one("#watched").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-copy-of]");
    if (button) copy(button).catch(failed);
  });
}

/** How many frames there are the server knows once it has begun. */
function moved(job) {
  const { frames, says } = card().dataset;
  if (frames) {
    const values = { done: asNumber(Math.round(job.progress * frames)), total: asNumber(Number(frames)) };
    one("[data-done]", card()).textContent = says.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  } else if (job.state === "running" && Date.now() - lookedAt > LOOK_AGAIN_MS) {
    lookedAt = Date.now();
    renew(job.id).catch(() => {}); // the next event tells
  }
}

/** The frame that the player shows. */
async function copy(button) {
  const { copyOf, fps, count } = button.dataset;
  const sec = one("video.player", card())?.currentTime || 0;
  const number = Math.min(Number(count) - 1, Math.floor(sec * Number(fps) + 0.001));
  const text = await get(`${copyOf.slice(base.length)}/frame_${String(number).padStart(6, "0")}.txt`);
  try {
    await navigator.clipboard.writeText(text);
    good(say("The frame is copied as text."));
  } catch { // no secure origin, or not allowed
    bad(say("Copying is not allowed here."));
  }
}

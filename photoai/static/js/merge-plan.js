// What a merge would do, before anything runs.

import { make, one } from "./dom.js";
import { rows } from "./merge-clips.js";
import { asNumber, asTime, say } from "./words.js";

const section = one("#plan");
const words = JSON.parse(one("#merge").dataset.words);
const place = (name) => one(`[data-plan=${name}]`, section);
const length = (sec) => (sec < 60 ? say("{seconds} s", { seconds: asNumber(Math.round(sec * 10) / 10) }) : asTime(sec));

export const hide = () => { section.hidden = true; };

/** `filled` are the rows of the plan's clips. */
export function show(plan, filled) {
  const { width, height, fps } = plan.canvas;
  place("cache").hidden = !plan.cache_hit;
  place("canvas").textContent = say("{width}×{height}, {fps} fps", { width, height, fps: asNumber(Math.round(fps * 100) / 100) });
  place("mode").textContent = words.mode[plan.mode] || plan.mode;
  place("duration").textContent = length(plan.duration_sec);
  place("estimate").textContent = length(plan.estimated_sec);
  place("clips").replaceChildren(...plan.clips.map((clip) => {
    const text = [length(clip.duration_sec), " · ", words.action[clip.action], clip.reason ? `: ${because(clip.reason)}` : ""];
    return make("li", { value: rows().indexOf(filled[clip.index]) + 1 }, text.join(""));
  }));
  section.hidden = false;
  section.focus();
}

function because(reason) {
  const start = Object.keys(words.reason).find((each) => reason === each || reason.startsWith(`${each} `));
  return start ? words.reason[start].replace("{what}", reason.slice(start.length).trim()) : reason;
}

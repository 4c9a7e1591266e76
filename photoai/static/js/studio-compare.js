// Before and after: two videos in one place and in step, with a slider between them.

import { make } from "./dom.js";
import { asNumber, say } from "./words.js";

const APART_SEC = 0.08; // then one of them jumps
const LATE_SEC = 0.3;

/** `from` is the moment of the first one that the second begins with. */
export function beside({ before: was, after: is, from }) {
  const start = Number(from) || 0;
  const before = make("video", { src: was, preload: "auto", playsinline: true, muted: true, "aria-label": say("Before") });
  const after = make("video", { src: is, preload: "auto", playsinline: true, class: "after", "aria-label": say("After") });
  before.muted = true;
  const cut = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": say("Before and after"), oninput: () => box.style.setProperty("--cut", `${cut.value}%`) });
  const box = make("div", { class: "compare" }, before, after, cut);
  const time = make("output", { class: "number small" });
  const seek = make("input", { type: "range", min: 0, max: 0, step: 0.01, value: 0, "aria-label": say("Moment"), oninput: () => go(Number(seek.value)) });
  const play = make("button", { type: "button", class: "button small", onclick: () => (after.paused ? run() : halt()) }, say("Play"));
  const sound = make("button", { type: "button", class: "button small", "aria-pressed": "true", onclick: swap }, say("Sound: after"));

  const go = (sec) => { after.currentTime = sec; before.currentTime = start + sec; show(); };
  const run = () => { before.play().catch(() => {}); after.play().catch(() => {}); };
  const halt = () => { before.pause(); after.pause(); keepStep(APART_SEC); };
  const show = () => {
    seek.value = after.currentTime;
    time.textContent = say("{now} of {all} s", { now: asNumber(Math.round(after.currentTime * 10) / 10), all: asNumber(Math.round((after.duration || 0) * 10) / 10) });
  };
  const keepStep = (mostSec) => {
    if (before.readyState && !before.seeking && Math.abs(before.currentTime - start - after.currentTime) > mostSec) before.currentTime = start + after.currentTime;
  };
  function swap() {
    after.muted = !after.muted;
    before.muted = !after.muted;
    sound.textContent = after.muted ? say("Sound: before") : say("Sound: after");
  }

  after.addEventListener("loadedmetadata", () => {
    seek.max = after.duration;
    box.style.aspectRatio = `${after.videoWidth} / ${after.videoHeight}`;
    go(0);
  });
  after.addEventListener("timeupdate", () => { show(); keepStep(LATE_SEC); });
  for (const name of ["play", "pause", "ended"]) {
    after.addEventListener(name, () => {
      play.textContent = after.paused ? say("Play") : say("Pause");
      if (after.paused) before.pause();
    });
  }
  return make("div", { class: "stack" }, box, make("div", { class: "row compare-tools" }, play, seek, time, sound));
}

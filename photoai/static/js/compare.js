// Two pictures in one place, with a slider between before and after.

import { make } from "./dom.js";
import { say } from "./words.js";

export function compared(before, after) {
  const slider = make("input", {
    type: "range", min: 0, max: 100, value: 50, "aria-label": say("Before and after"),
    oninput: () => box.style.setProperty("--cut", `${slider.value}%`),
  });
  const box = make("div", { class: "compare" },
    make("img", { src: before, alt: say("Before") }),
    make("img", { src: after, alt: say("After"), class: "after" }),
    slider);
  return box;
}

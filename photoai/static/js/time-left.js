// How long something is still open, counted down where it is said (`data-left-sec`).

import { all } from "./dom.js";
import { asTime } from "./words.js";

const ends = new WeakMap();

/** Counts all of them down every second; `over(element)` is called once for each that has ended. */
export function countDown(over) {
  const tick = () => {
    for (const each of all("[data-left-sec]")) {
      if (!ends.has(each)) ends.set(each, performance.now() + Number(each.dataset.leftSec) * 1000);
      const leftSec = (ends.get(each) - performance.now()) / 1000;
      each.textContent = asTime(leftSec);
      if (leftSec > 0 || each.dataset.over) continue;
      each.dataset.over = "yes";
      over(each);
    }
  };
  setInterval(tick, 1000);
  tick();
}

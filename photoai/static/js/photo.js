// One photo and what else was made of its original: a slider over both, as soon as both are there.

import { compared } from "./compare.js";
import { one } from "./dom.js";
import { refresh } from "./fresh.js";
import { base } from "./api.js";
import { follow } from "./trial.js";
import { failed } from "./toasts.js";

function slide() {
  const place = one("#slider");
  if (!place) return;
  place.replaceChildren(compared(place.dataset.one, place.dataset.other));
  place.hidden = false;
}

const awaited = one("#both").dataset.awaits;
if (awaited) {
  follow({ id: awaited, state: "running" }, async (job) => {
    if (!["succeeded", "failed", "cancelled"].includes(job.state)) return;
    try {
      await refresh(location.pathname.slice(base.length) + location.search, ["both", "differences"]);
      slide();
    } catch (error) {
      failed(error);
    }
  });
}
slide();

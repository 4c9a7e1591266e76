// What photos cost today: read anew when one has ended, or a drill has taken one.

import { all, one, settled } from "./dom.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { failed } from "./toasts.js";

const ID = "money";

/** What somebody reads stays open. */
function unfolded() {
  const open = all(`#${ID} details[open]`).map(({ id }) => `#${id}`);
  return () => { for (const each of open) one(each)?.setAttribute("open", ""); };
}

const readSoon = settled(async () => {
  const part = document.getElementById(ID);
  // Who is filling in a form there is not disturbed.
  if (document.hidden || part?.querySelector("details[open] form")) return;
  try {
    await refresh("/live/money", [ID], unfolded);
  } catch (error) {
    if (error.code !== "offline") failed(error);
  }
}, 1000);

on("job", (job) => { if (job.type === "photo") readSoon(); });
on("again", readSoon);
document.addEventListener("visibilitychange", readSoon);

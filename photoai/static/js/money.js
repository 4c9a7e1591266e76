// What photos cost today: read anew when one has ended, or a drill has taken one.

import { settled } from "./dom.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { failed } from "./toasts.js";

const ID = "money";

const readSoon = settled(async () => {
  const part = document.getElementById(ID);
  // Who is filling in a form there is not disturbed.
  if (document.hidden || part?.querySelector("details[open]")) return;
  try {
    await refresh("/live/money", [ID]);
  } catch (error) {
    if (error.code !== "offline") failed(error);
  }
}, 1000);

on("job", (job) => { if (job.type === "photo") readSoon(); });
on("again", readSoon);
document.addEventListener("visibilitychange", readSoon);

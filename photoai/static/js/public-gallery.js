// A gallery for guests: asks now and then for new photos, and less often when many do.

import { base, get } from "./api.js";
import { localTimes } from "./app.js";
import { all, make, one } from "./dom.js";
import { bringUp } from "./shots.js";
import { countDown } from "./time-left.js";
import { viewing } from "./viewer.js";
import { say } from "./words.js";

const EVERY_MS = 7000;
const SPREAD_MS = 3000; // so that a hall full of guests does not ask at once
const section = one("#public");
const path = location.pathname.slice(base.length);
const viewer = viewing(section);
let isOver = false;

async function look() {
  let pauseMs = EVERY_MS + Math.random() * SPREAD_MS;
  try {
    if (!document.hidden) await readNewest();
  } catch (error) {
    if (error.status === 404) {
      close();
      return;
    }
    pauseMs = Math.max(2 * EVERY_MS, 1000 * Number(error.retryAfter ?? 0) + Math.random() * SPREAD_MS);
  }
  setTimeout(look, pauseMs);
}

async function readNewest() {
  const list = one("#photos");
  const html = await get(`${path}/photos?known=${list.dataset.mark}`, { headers: { Accept: "text/html" } });
  if (html === null || isOver) return; // nothing new
  const page = new DOMParser().parseFromString(html, "text/html");
  const [fresh, older] = [one("#photos", page), one("#older", page)];
  if (!fresh) return;
  localTimes(fresh);
  Object.assign(list.dataset, fresh.dataset);
  if (bringUp(list, all(".shot", fresh), !one("[rel=next]", older))) one("#older").replaceWith(older);
  one("#said").textContent = `${say("Photos: {count}", { count: fresh.dataset.total })}. ${say("New ones appear by themselves.")}`;
}

/** Nothing of it stays on the screen. */
function close() {
  isOver = true;
  viewer.close();
  section.replaceChildren(
    make("h1", {}, say("The gallery is closed")),
    make("p", { class: "soft", role: "status" }, say("Ask whoever showed it to you to open it once more.")));
}

if (section.dataset.first) setTimeout(look, EVERY_MS);
else setInterval(() => get(`${path}`).catch((error) => { if (error.status === 404) close(); }), 4 * EVERY_MS);
countDown(close);

// The gallery: new photos as they are finished, older ones on demand, some chosen, one seen large.

import { base, get } from "./api.js";
import { localTimes } from "./app.js";
import { all, one, settled } from "./dom.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { bringUp } from "./shots.js";
import { countDown } from "./time-left.js";
import { failed } from "./toasts.js";
import { say } from "./words.js";
import { viewing } from "./viewer.js";

const LINKS_MS = 20_000;
const path = location.pathname.slice(base.length);
const part = one("#photos-part");
const chosen = one("#chosen");
const isFirst = !new URLSearchParams(location.search).has("before");

// Times are typed by the visitor's clock.
for (const zone of all("[data-zone]")) zone.value = -new Date().getTimezoneOffset();

// Photos

async function photosAt(search) {
  const html = await get(`${path}/photos${search}`, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(html, "text/html");
  localTimes(page);
  return page;
}

/** What has been finished meanwhile comes first; what is there stays, chosen or not. */
const readNewest = settled(async () => {
  if (!isFirst) return;
  try {
    const list = one("#photos", part), page = await photosAt(location.search);
    if (!one("#photos", page)) return; // the session is over, and this is the page to sign in
    const isWhole = bringUp(list, all(".shot", page), !one("#more", page));
    if (isWhole) one("#older", part).replaceWith(one("#older", page));
    one("#none", part).hidden = list.children.length > 0;
    count();
  } catch { // shown as it was; the next photo tells
    return;
  }
}, 600);

part.addEventListener("click", async (event) => {
  const more = event.target.closest("#more");
  if (!more) return;
  event.preventDefault();
  more.classList.add("busy");
  try {
    const page = await photosAt(new URL(more.href).search);
    if (!more.isConnected) return; // another list has come meanwhile
    const older = all(".shot", page).filter((each) => !document.getElementById(each.id));
    one("#photos", part).append(...older);
    const next = one("#more", page);
    if (next) more.replaceWith(next);
    else more.remove();
    older[0]?.querySelector("a").focus({ preventScroll: true });
    count();
  } catch (error) {
    more.classList.remove("busy");
    failed(error);
  }
});

on("job", (job) => { if (job.type === "photo" && job.state === "succeeded") readNewest(); });
on("again", readNewest);
viewing(part);

// Choosing

const boxes = () => all('input[name="id"]', part);

function count() {
  const picked = boxes().filter((each) => each.checked).length;
  const button = one("#download-chosen");
  button.toggleAttribute("disabled", picked === 0);
  one("#chosen-count").textContent = picked ? say("Chosen: {count}", { count: picked }) : "";
  const every = one("#choose-all");
  every.hidden = boxes().length === 0;
  every.textContent = picked && picked === boxes().length ? say("Choose none") : say("Choose all shown");
}

part.addEventListener("change", count);
one("#choose-all").addEventListener("click", () => {
  const areAll = boxes().every((each) => each.checked);
  for (const each of boxes()) each.checked = !areAll;
  count();
});
// An archive comes and the page stays: another one may be asked for.
chosen.addEventListener("submit", (event) => setTimeout(() => {
  delete chosen.dataset.sent;
  event.submitter?.classList.remove("busy");
}));

// For guests

const back = one("#f-back");
const showMoment = () => { one("#since-field").hidden = back.value !== "moment"; };
back.addEventListener("change", showMoment);
showMoment();
const minutes = one("#f-minutes");
minutes.addEventListener("input", () => {
  one("#open-gallery span").textContent = say("Open for {minutes} minutes", { minutes: minutes.value });
});

async function readLinks() {
  if (document.hidden || !one(".open-gallery")) return;
  try {
    await refresh(path, ["open-galleries"]);
  } catch { // counted down all the same
    return;
  }
}

setInterval(readLinks, LINKS_MS);
countDown((element) => element.closest(".open-gallery")?.remove());
count();

// A guest's page: its photo's state as it happens, then the photo. What it shows is the server's own
// HTML, read anew whenever the state is another one.

import { all, one } from "./dom.js";
import { refresh } from "./fresh.js";
import { failed } from "./toasts.js";
import { asTime, say } from "./words.js";

const LOOK_MS = 5000; // where nothing is told
const SELDOM_MS = 20_000; // what has failed may be made once more
const ID = "pickup";

const panel = () => document.getElementById(ID);
const isOpen = () => ["waiting", "working"].includes(panel().dataset.state);
let source = null;
let endsAt = ends(Number.parseFloat(panel().dataset.eta));
let lateAt = ends(Number.parseFloat(panel().dataset.lateIn));
let reading = false;

function ends(etaSec) {
  return Number.isFinite(etaSec) ? Date.now() + etaSec * 1000 : null;
}

async function read() {
  if (reading) return;
  reading = true;
  try {
    await refresh(location.pathname.slice(document.documentElement.dataset.base.length), [ID]);
    const { textContent: said } = one("h1", panel());
    document.title = `${said} · photoai`;
    if (one("#pickup-news").textContent !== said) one("#pickup-news").textContent = said;
  } catch (error) {
    if (error.status === 410 || error.status === 404) location.reload(); // it says so kindly
  } finally {
    reading = false;
  }
  begin();
}

// What is told

function begin() {
  offerSharing();
  if (!isOpen()) {
    source?.close();
    source = null;
  } else if (!source) listen();
}

function listen() {
  source = new EventSource(panel().dataset.events);
  for (const kind of ["state", "progress"]) source.addEventListener(kind, ({ data }) => show(JSON.parse(data)));
  source.addEventListener("end", () => { source?.close(); source = null; read(); });
  source.onerror = () => {
    if (source?.readyState === EventSource.CLOSED) source = null; // refused: it is looked at instead
  };
}

function show(photo) {
  if (photo.state !== panel().dataset.state) {
    read();
    return;
  }
  endsAt = ends(photo.eta_sec);
  lateAt = ends(photo.overdue_in_sec);
  panel().dataset.overdue = photo.overdue ? "yes" : "";
  panel().dataset.place = photo.queue_position || "";
  const bar = one("[data-progress]", panel());
  if (bar && photo.progress > 0) bar.value = photo.progress;
  tick();
}

function tick() {
  const said = one("[data-said]", panel());
  if (!said) return;
  const left = endsAt === null ? null : (endsAt - Date.now()) / 1000;
  const before = Number(panel().dataset.place || 0) - 1;
  const isOverdue = panel().dataset.overdue || ((lateAt ?? endsAt) ?? Infinity) < Date.now();
  let text = null;
  if (before > 0) text = say("Photos before yours: {count}.", { count: before });
  else if (isOverdue) text = say("It takes longer than usual, and goes on.");
  else if (left !== null && left < 0) text = say("It will be here any moment.");
  else if (left !== null) text = say("About {time} to go.", { time: asTime(left) });
  if (text && said.textContent !== text) said.textContent = text;
}

// What is done with it

function offerSharing() {
  for (const button of all("[data-share]", panel())) button.hidden = !navigator.canShare;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-share]");
  if (!button) return;
  button.classList.add("busy");
  try {
    const bytes = await (await fetch(button.dataset.share)).blob();
    const file = new File([bytes], `photo.${bytes.type.split("/")[1].replace("jpeg", "jpg")}`, { type: bytes.type });
    if (navigator.canShare({ files: [file] })) await navigator.share({ files: [file] });
    else await navigator.share({ url: location.href });
  } catch (error) {
    if (error.name !== "AbortError") failed(error);
  } finally {
    button.classList.remove("busy");
  }
});

begin();
setInterval(() => { if (!document.hidden) tick(); }, 1000);
setInterval(() => { if (isOpen() && !source && !document.hidden) read(); }, LOOK_MS);
setInterval(() => { if (panel().dataset.state === "failed" && !document.hidden) read(); }, SELDOM_MS);
document.addEventListener("visibilitychange", () => { if (isOpen() && !document.hidden) read(); });

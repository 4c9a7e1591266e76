// Where a video is seen: live from the server, or, while there is none, the face. Playing, pausing,
// going to a moment, once more from the start, a picture copied as text.

import { loadLetters } from "./ascii-glyphs.js";
import { Screen } from "./ascii-screen.js";
import { make, one } from "./dom.js";
import { bad, good } from "./toasts.js";
import { asNumber, say } from "./words.js";

const RATE_MS = 1000;
const HELD_MS = 400; // the slider follows the video again
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

const monitor = one("#monitor"), canvas = one("#canvas"), veil = one("#veil");
const play = one("#play"), seek = one("#seek"), time = one("#time"), loop = one("#loop");
const screen = new Screen(canvas, monitor);
let hasFile = false;
let isPaused = isCalm.matches;
let isHidden = false; // the tab is
let isOver = false; // the last picture is shown
let about = null; // what is seen
let heldUntil = 0;
let turns = 0; // how often another video was chosen
let drawn = []; // when pictures were
let refused = () => {};
let letters = ""; // where they are
let settings = {};
let charset = "";

const shared = {
  ready(said) {
    about = said;
    screen.look({ charset: said.charset, ground: said.settings.bg_color, isClear: said.settings.transparent_bg === true });
    monitor.classList.toggle("-clear", said.settings.transparent_bg === true);
    canvas.hidden = false;
  },
  picture(cells, { number, atSec }) {
    screen.show(cells);
    one("#copy-frame").disabled = false;
    drawn.push(performance.now());
    glow(cells);
    if (hasFile) moved(number, atSec);
  },
};
const ofVideo = {
  ...shared,
  ready(said) {
    shared.ready(said);
    for (const each of [play, seek]) each.disabled = false;
    seek.max = said.duration_sec;
    refused(null);
  },
  up() { cover(""); tell(""); },
  ended() { isOver = true; if (loop.ariaPressed === "true" && !isPaused) again(); else halt(); },
  refused: (error) => refused(error),
  waiting: (text) => cover(text),
  gone(text, error) {
    cover("");
    tell(text, true);
    for (const each of [play, seek]) each.disabled = true;
    if (error) refused(error);
  },
};
// Made when they are needed: of the face and the conversation with the server it is one at first.
const nobody = { watch() {}, change() {}, pause() {}, resume() {}, seek() {}, again() {}, leave() {} };
let live = nobody, face = nobody;

/** `font` is the address of the letters; `onRefused(error)` is told what settings cannot be, null
 * once they can. */
export function begin({ font, onRefused }) {
  refused = onRefused;
  play.addEventListener("click", () => (isPaused ? run() : halt()));
  seek.addEventListener("input", () => {
    heldUntil = Date.now() + HELD_MS;
    isOver = false;
    shownTime(Number(seek.value));
    live.seek(Number(seek.value));
  });
  loop.addEventListener("click", () => { loop.ariaPressed = String(loop.ariaPressed !== "true"); });
  one("#copy-frame").addEventListener("click", copy);
  document.addEventListener("visibilitychange", hide);
  setInterval(count, RATE_MS);
  letters = font;
  shownState();
}

/** Show this file, or the face where there is none. */
export async function watch(file, chosen, characters) {
  [settings, charset] = [chosen, characters];
  hasFile = file !== null;
  isOver = false;
  about = null;
  heldUntil = 0;
  tell("");
  one("#whose").textContent = file ? file.name : say("This is an example. Drop a video, and it takes its place.");
  seek.value = 0;
  time.textContent = "0:00";
  for (const each of [seek, loop]) each.disabled = !hasFile;
  play.disabled = hasFile;
  (hasFile ? face : live).leave();
  cover(hasFile ? say("The video is being opened…") : "");
  const turn = ++turns;
  await (hasFile ? openLive() : wakeFace());
  if (turn !== turns) return;
  if (hasFile) live.watch(file.id, settings, { isPaused });
  else face.watch(charset, settings, { isPaused });
}

async function openLive() {
  if (live !== nobody) return;
  loadLetters(letters).then((isNew) => { if (isNew) screen.repaint({ isAnew: true }); });
  const { Live } = await import("./ascii-live.js");
  live = new Live(ofVideo);
}

async function wakeFace() {
  if (face !== nobody) return;
  const { Face } = await import("./ascii-face.js");
  face = new Face({ ...shared }, monitor);
}

/** Other settings, seen at once. */
export function change(chosen, characters) {
  [settings, charset] = [chosen, characters];
  if (hasFile) live.change(settings);
  else face.change(charset, settings);
}

function run() {
  isPaused = false;
  shownState();
  if (!hasFile) face.resume();
  else if (isOver) again();
  else live.resume();
}

function halt() {
  isPaused = true;
  shownState();
  if (hasFile && !isOver) live.pause();
  else if (!hasFile) face.pause();
}

/** From the start once more. */
function again() {
  isOver = false;
  live.seek(0);
  live.resume();
}

function moved(number, atSec) {
  if (Date.now() > heldUntil) {
    seek.value = atSec;
    shownTime(atSec);
  }
  isOver = about !== null && number >= about.frames - 1;
  if (!isOver || isPaused) return;
  // Before the server says that this was all: so it keeps what it has drawn.
  if (loop.ariaPressed === "true" && about.frames > 1) live.seek(0);
  else {
    live.pause();
    isPaused = true;
    shownState();
  }
}

/** A tab nobody looks at needs no pictures. */
function hide() {
  const wasHidden = isHidden;
  isHidden = document.hidden;
  if (isPaused || isHidden === wasHidden) return;
  if (isHidden) (hasFile ? live : face).pause();
  else (hasFile ? live : face).resume();
}

function shownState() {
  one('[data-when="paused"]', play).hidden = !isPaused;
  one('[data-when="playing"]', play).hidden = isPaused;
  one("[data-label]", play).textContent = isPaused ? say("Play") : say("Pause");
}

function shownTime(sec) {
  const all = about?.duration_sec || 0;
  time.textContent = `${clock(sec)} / ${clock(all)}`;
  seek.setAttribute("aria-valuetext", say("{now} of {all} s", { now: asNumber(Math.round(sec * 10) / 10), all: asNumber(Math.round(all * 10) / 10) }));
}

const clock = (sec) => `${Math.floor(sec / 60)}:${String(Math.floor(sec % 60)).padStart(2, "0")}`;

/** How many pictures a second there were, quietly. */
function count() {
  const now = performance.now();
  drawn = drawn.filter((at) => now - at < RATE_MS);
  if (!about) return;
  const size = say("{columns}×{rows} characters", { columns: about.columns, rows: about.rows });
  one("#seen").textContent = isPaused || drawn.length < 2 ? size : `${size} · ${say("{rate} frames a second", { rate: asNumber(drawn.length) })}`;
}

/** The monitor shines in the colour of what it shows. */
function glow({ colors, ink }) {
  monitor.style.setProperty("--ink", colors ? "#9db2ff" : `rgb(${ink.join(" ")})`);
}

function cover(text) {
  veil.textContent = text;
  veil.hidden = !text;
}

function tell(text, canTryAgain = false) {
  const trouble = one("#trouble");
  trouble.hidden = !text;
  trouble.replaceChildren(text);
  if (!canTryAgain) return;
  const retry = () => { tell(""); cover(say("The video is being opened…")); live.again(); };
  trouble.append(make("button", { type: "button", class: "button small", onclick: retry }, say("Try again")));
}

async function copy() {
  try {
    await navigator.clipboard.writeText(screen.text());
    good(say("The frame is copied as text."));
  } catch { // no secure origin, or not allowed
    bad(say("Copying is not allowed here."));
  }
}

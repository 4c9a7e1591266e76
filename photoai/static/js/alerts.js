// Alerts on Live: shown, heard and blinking until somebody says that they were seen. The list is
// the server's own HTML, read anew when the stream says that it has changed.

import { post } from "./api.js";
import { all, one } from "./dom.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { failed } from "./toasts.js";
import { say } from "./words.js";

const AGAIN_MS = 15_000; // an alert nobody has seen sounds again
const BLINK_MS = 1000;
const HIGH_HZ = 880, LOW_HZ = 660, TONE_SEC = 0.18;

const button = one("#alert-sound");
const title = document.title;
let audio = null;
let soundedAt = 0;
const sounded = new Set();

const unseen = () => all(".alert.-new");
const isOn = () => button.getAttribute("aria-pressed") === "true";

// Reading

let reading = false;
let isStale = false;

async function read() {
  isStale = true;
  if (reading) return; // once more, when this is done
  reading = true;
  try {
    while (isStale) {
      isStale = false;
      await refresh("/live/alerts", ["alerts"]);
    }
    tell();
  } catch (error) {
    if (error.code !== "offline") failed(error);
  } finally {
    reading = false;
  }
}

on("alerts", read);
on("again", read);

// Sound: two tones made here. A browser lets a page sound only after somebody has touched it.

function turn(wanted) {
  button.setAttribute("aria-pressed", String(wanted));
  try {
    localStorage.setItem(button.dataset.kept, wanted ? "on" : "off");
  } catch { /* it is remembered until the page is left */ }
  if (wanted) wake();
}

function wake() {
  audio ??= new AudioContext();
  if (audio.state === "suspended") audio.resume().catch(() => {});
}

function sound() {
  if (!isOn() || audio?.state !== "running") return;
  soundedAt = Date.now();
  [HIGH_HZ, LOW_HZ, HIGH_HZ].forEach((pitch, at) => {
    const from = audio.currentTime + at * TONE_SEC * 1.2;
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.25, from + 0.02);
    volume.gain.linearRampToValueAtTime(0, from + TONE_SEC);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + TONE_SEC);
  });
}

function tell() {
  const names = unseen().map(({ dataset }) => `${dataset.id} ${dataset.raised}`);
  if (names.some((name) => !sounded.has(name))) sound();
  for (const name of names) sounded.add(name);
  blink();
}

function blink() {
  const count = unseen().length;
  const isMarked = document.title !== title;
  document.title = count && !isMarked ? `⚠ ${say("Alerts: {count}", { count })}` : title;
}

setInterval(() => {
  blink();
  if (unseen().length && Date.now() - soundedAt > AGAIN_MS) sound();
}, BLINK_MS);

button.addEventListener("click", () => {
  turn(!isOn());
  if (isOn()) audio.resume().then(sound).catch(() => {}); // so it is heard that it works
});
document.addEventListener("pointerdown", () => { if (isOn()) wake(); });
document.addEventListener("keydown", () => { if (isOn()) wake(); });

document.addEventListener("submit", async (event) => {
  const { alert } = event.target.dataset;
  if (!alert) return;
  event.preventDefault();
  const pressed = one("button", event.target);
  pressed.classList.add("busy");
  try {
    await post(`/api/alerts/${encodeURIComponent(alert)}/acknowledge`);
  } catch (error) {
    if (error.status !== 404) failed(error); // over meanwhile
  }
  await read();
  if (document.activeElement === document.body) one("#alerts-head").focus();
}, true);

button.disabled = false;
try {
  button.setAttribute("aria-pressed", String(localStorage.getItem(button.dataset.kept) === "on"));
} catch { /* nothing is remembered */ }
tell();

// The page of ASCII videos: a video is chosen, played with, and turned into what is kept.

import * as stage from "./ascii-stage.js";
import * as task from "./ascii-task.js";
import { all, one } from "./dom.js";
import { begin as send } from "./sending.js";
import { bad, failed } from "./toasts.js";
import { begin as take, choose, complain, files, form } from "./video-order.js";
import { asNumber, say } from "./words.js";

const FEWEST = 2, MOST = 256;
const NUMBERS = ["width", "brightness", "contrast", "gamma", "steadiness"];
const value = (name) => form.elements[name].value;

form.addEventListener("input", ({ target }) => {
  pair(target);
  if (target.matches("[type=number]")) check(target);
  else forgive(target);
  if (target.name === "charset") complain("charset", charsetProblem(target.value));
  if (target.closest("[data-look]")) show();
});
form.addEventListener("change", ({ target }) => {
  if (target === files) watch();
});
one("#back").addEventListener("click", reset);
send({
  input: one("#new-file"), zone: one("#drop"), rows: one("#sending"),
  maxBytes: Number(one("#sending").dataset.max), kept,
});
stage.begin({ font: form.dataset.font, onRefused: refused });
task.begin();
take("/ascii", task.showAnswered);
watch();

/** What the form says of the look, as the server takes it; null while something is wrong. */
function look() {
  if (NUMBERS.some((name) => !form.elements[name].checkValidity() || value(name) === "")) return null;
  const charset = value("charset");
  if (charsetProblem(charset)) return null;
  return {
    ...Object.fromEntries(NUMBERS.map((name) => [name, Number(value(name))])),
    style: value("style"), charset: charset || null, color: value("color"), dither: value("dither"),
    text_color: value("text_color"), bg_color: value("bg_color"),
    shapes: form.elements.shapes.checked, transparent_bg: form.elements.transparent_bg.checked,
  };
}

/** The characters of the chosen style, for what is drawn here. */
function characters() {
  const style = one('[name="style"]:checked', form);
  if (style.value === "braille") return String.fromCodePoint(...Array.from({ length: 256 }, (_, at) => 0x2800 + at));
  return value("charset") || style.dataset.charset;
}

function show() {
  const wanted = look();
  if (wanted) stage.change(wanted, characters());
}

function watch() {
  const option = files.selectedOptions[0];
  const file = files.value ? { id: files.value, name: option.textContent } : null;
  stage.watch(file, look() || usual(), characters()).catch(failed);
}

function usual() {
  reset();
  return look();
}

/** Everything about the look as it was at first. */
function reset() {
  for (const field of all("[data-look] [data-usual]", form)) {
    const { usual: begins } = field.dataset;
    if (field.type === "radio") field.checked = field.value === begins;
    else if (field.type === "checkbox") field.checked = begins === "true";
    else field.value = begins;
    pair(field);
    forgive(field);
  }
  show();
}

/** A slider and its number say the same. */
function pair(field) {
  if (field.dataset.for) {
    document.getElementById(field.dataset.for).value = field.value;
    forgive(document.getElementById(field.dataset.for));
  }
  const slider = field.id && one(`[data-for="${field.id}"]`, form);
  if (slider) slider.value = field.value;
}

function check(field) {
  const isFine = field.checkValidity() && field.value !== "";
  complain(field.name, isFine ? "" : say("From {least} to {most}.", { least: asNumber(Number(field.min)), most: asNumber(Number(field.max)) }));
}

function charsetProblem(charset) {
  const found = [...charset];
  if (found.length === 0) return "";
  if (found.length < FEWEST || found.length > MOST) return say("{least} to {most} characters are needed.", { least: FEWEST, most: MOST });
  const twice = found.find((each, at) => found.indexOf(each) !== at);
  return twice === undefined ? "" : say("Every character may be there once: “{character}” is there twice.", { character: twice });
}

/** What the preview says of settings it cannot have. */
function refused(error) {
  if (error === null) return;
  if (error.code === "charset_invalid") complain("charset", error.details.reason || error.message);
  else bad(error.message);
}

/** Whoever changes a field has read what was wrong with it. */
function forgive(field) {
  if (field.name) complain(["gif", "save_txt", "save_png"].includes(field.name) ? "save_mp4" : field.name, "");
}

/** A file that has come is the one that is seen. */
function kept(file) {
  if (!["video", "image"].includes(file.kind) || (file.kind === "image" && file.mime !== "image/gif")) {
    throw new Error(say("“{name}” is no video.", { name: file.name }));
  }
  choose(file);
  watch();
}

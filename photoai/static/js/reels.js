// The page of reels: a video is chosen or sent, and what is found out about it is watched.

import { sendForm } from "./api.js";
import { all, make, one } from "./dom.js";
import { allSent, begin as send } from "./sending.js";
import * as player from "./reels-player.js";
import * as task from "./reels-task.js";
import { failed } from "./toasts.js";
import { asTime, say } from "./words.js";

const form = one("#order");
const files = one("#f-file_id");
const TAKEN = ["video/mp4", "video/quicktime", "video/webm"];
const { max, maxSec } = one("#sending").dataset;
let isStarting = false;

form.addEventListener("input", ({ target }) => complain(target.name, ""));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isStarting) start().catch(failed);
});
send({
  input: one("#new-file"), zone: one("#drop"), rows: one("#sending"), maxBytes: Number(max), kept,
  taken: () => complain("file_id", ""),
});
player.begin(one("#watched"));
task.begin();

/** A file that has come is the one that is analysed. */
function kept(file) {
  if (!TAKEN.includes(file.mime)) throw new Error(say("“{name}” is no MP4, MOV or WebM.", { name: file.name }));
  if (file.probe.duration_sec > Number(maxSec)) {
    throw new Error(say("“{name}” is longer than {time}.", { name: file.name, time: asTime(Number(maxSec)) }));
  }
  if (!one(`option[value="${file.id}"]`, files)) files.options[0].after(make("option", { value: file.id }, file.name));
  files.value = file.id;
  complain("file_id", "");
}

async function start() {
  const button = one("#start");
  isStarting = true;
  button.classList.add("busy");
  try {
    await allSent();
    if (!files.value) {
      complain("file_id", say("Choose a video first."));
      files.focus();
      return;
    }
    const fields = new FormData(form);
    fields.delete("video");
    const answer = await sendForm("/reels", new URLSearchParams(fields));
    if (!one("#order", answer.page)) throw new Error(one(".notice, main h1", answer.page)?.textContent.trim() || say("Something went wrong."));
    problems(answer.page);
    if (task.showAnswered(answer)) form.elements.nonce.value = one("#order [name=nonce]", answer.page).value;
  } finally {
    isStarting = false;
    button.classList.remove("busy");
  }
}

/** What is wrong, beside its fields; the form itself stays as it is. */
function problems(page) {
  one("#refusal").replaceChildren(...one("#refusal", page).cloneNode(true).childNodes);
  for (const place of all("[data-problem-of]", form)) complain(place.dataset.problemOf, page.getElementById(place.id)?.textContent || "");
  one("[aria-invalid=true]", form)?.focus();
}

function complain(name, text) {
  const place = document.getElementById(`f-${name}-problem`);
  const field = document.getElementById(`f-${name}`);
  if (place) place.textContent = text;
  field?.removeAttribute("aria-invalid");
  if (text) field?.setAttribute("aria-invalid", "true");
}

// The form of a page on which one video is chosen or sent, and something is ordered of it: it goes
// without leaving the page, and what is wrong is said beside its fields.

import { sendForm } from "./api.js";
import { all, make, one } from "./dom.js";
import { allSent } from "./sending.js";
import { failed } from "./toasts.js";
import { say } from "./words.js";

export const form = one("#order");
export const files = one("#f-file_id");
let isStarting = false;

/** `path` is where the form goes; `showAnswered(answer)` shows the task of an answer, if it has one. */
export function begin(path, showAnswered) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isStarting) start(path, showAnswered).catch(failed);
  });
}

/** A file that has come is the one that is chosen. */
export function choose(file) {
  if (!one(`option[value="${file.id}"]`, files)) files.options[0].after(make("option", { value: file.id }, file.name));
  files.value = file.id;
  complain("file_id", "");
}

/** Say what is wrong with a field; "" for nothing. */
export function complain(name, text) {
  const place = document.getElementById(`f-${name}-problem`);
  const field = document.getElementById(`f-${name}`);
  if (place) place.textContent = text;
  field?.removeAttribute("aria-invalid");
  if (text) field?.setAttribute("aria-invalid", "true");
}

async function start(path, showAnswered) {
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
    fields.delete(one("#new-file").name); // it has been sent
    const answer = await sendForm(path, new URLSearchParams(fields));
    if (!one("#order", answer.page)) throw new Error(one(".notice, main h1", answer.page)?.textContent.trim() || say("Something went wrong."));
    problems(answer.page);
    if (showAnswered(answer)) form.elements.nonce.value = one("#order [name=nonce]", answer.page).value;
  } finally {
    isStarting = false;
    button.classList.remove("busy");
  }
}

/** What the server finds wrong; the form itself stays as it is. */
function problems(page) {
  one("#refusal").replaceChildren(...one("#refusal", page).cloneNode(true).childNodes);
  for (const place of all("[data-problem-of]", form)) complain(place.dataset.problemOf, page.getElementById(place.id)?.textContent || "");
  const first = one("[aria-invalid=true]", form);
  for (let fold = first?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  first?.focus();
}

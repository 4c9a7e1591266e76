// What every page has: copying, times in the visitor's own zone, forms that are sent once.

import { all, one } from "./dom.js";
import { bad, good } from "./toasts.js";
import { asMoment, say } from "./words.js";

/** Times the server wrote in UTC, as the visitor's clock shows them. */
export function localTimes(root = document) {
  for (const time of all("time[datetime]", root)) time.textContent = asMoment(time.dateTime);
}

async function copy(button) {
  const field = one(`#${button.dataset.copy}`);
  try {
    await navigator.clipboard.writeText(field.value);
  } catch { // no secure origin, or not allowed
    field.focus();
    field.select();
    if (!document.execCommand("copy")) return bad(say("Copying is not allowed here: press Ctrl+C."));
  }
  return good(say("Copied."));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

document.addEventListener("submit", (event) => {
  const { form = event.target } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  const button = event.submitter;
  const question = button?.dataset.confirm || form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  button?.classList.add("busy");
});
// Back from the next page, a form may be sent again.
addEventListener("pageshow", () => {
  for (const form of all("form[data-sent]")) delete form.dataset.sent;
  for (const button of all(".button.busy")) button.classList.remove("busy");
});

localTimes();

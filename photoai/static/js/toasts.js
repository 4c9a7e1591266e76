// Words that come and go at the edge of the page; screen readers read them too.

import { make, one } from "./dom.js";
import { say } from "./words.js";

const GOOD_MS = 5000;
const BAD_MS = 12000;

/** What went well; a link behind it says where to look. */
export const good = (text, link = null) => show(text, "good", GOOD_MS, link);
export const bad = (text) => show(text, "bad", BAD_MS);

/** Whatever went wrong, as its message. */
export const failed = (error) => bad(error.message || say("Something went wrong."));

function show(text, kind, lastsMs, link = null) {
  const close = make("button", { type: "button", class: "icon-button", "aria-label": say("Close"), onclick: () => toast.remove() }, "×");
  const toast = make("div", { class: `toast ${kind}` }, make("span", {}, text, link && " ", link), close);
  one("#toasts").append(toast);
  setTimeout(() => toast.remove(), lastsMs);
  return toast;
}

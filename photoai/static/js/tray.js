// The late tray: photos come in and leave while one looks. What it shows is the server's own HTML,
// read anew when a late photo has changed.

import { post } from "./api.js";
import { all, make, one, settled } from "./dom.js";
import { refresh } from "./fresh.js";
import { on } from "./live.js";
import { failed, good } from "./toasts.js";
import { say } from "./words.js";

const ID = "late-tray";
const tray = () => document.getElementById(ID);
const shown = (id) => one(`#late-${CSS.escape(id)}`, tray());

// What the page's address says: how many are shown, and what can be undone.
const asked = new URLSearchParams(location.search);
const readSoon = settled(read, 300);

async function read() {
  if (document.hidden) return; // it is read when somebody looks
  try {
    await refresh(`/live/late?${asked}`, [ID]);
  } catch (error) {
    if (error.code !== "offline") failed(error);
  }
}

on("job", (job) => {
  if (job.type !== "photo") return;
  const row = shown(job.id);
  const isOver = ["failed", "cancelled"].includes(job.state);
  if (job.late && !isOver ? row?.dataset.state !== job.state : row) readSoon();
});
on("again", readSoon);
document.addEventListener("visibilitychange", readSoon);

// What is done with them

const CALLS = {
  done: async (form) => {
    const ids = all("input[name=id]", form).map((each) => each.value);
    const named = ids.length ? ids : [form.closest(".late-photo").dataset.id];
    const { handed_over: count, receipt } = await post("/api/late/done", { ids: named });
    if (count) asked.set("receipt", receipt);
    good(say("Handed over: {count}", { count }));
  },
  undo: async (form) => {
    const { put_back: count } = await post("/api/late/undo", { receipt: one("[name=receipt]", form).value });
    asked.delete("receipt");
    good(say("Back in the tray: {count}", { count }));
  },
  again: async (form) => {
    await post(`/api/tasks/${encodeURIComponent(form.closest(".late-photo").dataset.id)}/replay?counted=true`);
    good(say("It is made once more and will come here, too."));
  },
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const call = CALLS[form.dataset.tray];
  if (!call) return;
  event.preventDefault();
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  const button = one("button", form);
  button.classList.add("busy");
  try {
    await call(form);
    await read();
    if (document.activeElement === document.body) one("#late-head")?.focus();
  } catch (error) {
    failed(error);
  } finally {
    button.classList.remove("busy");
  }
}, true);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("#late-more");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  asked.set("photos", link.dataset.more);
  await read();
});
setInterval(() => { if (one(".undo", tray())) readSoon(); }, 60_000); // it is not offered for ever

/** A code as large as the screen allows, to be read from across a table. */
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-code]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const close = make("button", { class: "button primary" }, say("Close"));
  const dialog = make("dialog", { class: "showing", "aria-labelledby": "code-head" },
    make("form", { method: "dialog", class: "stack" },
      make("h2", { id: "code-head" }, say("Photo from {slot}", { slot: link.dataset.of })),
      make("img", { class: "code code-large", src: link.dataset.code, alt: one("img", link).alt, width: 400, height: 400 }),
      make("div", { class: "with-button" },
        make("input", { id: "code-link", class: "mono", value: link.href, readonly: true, "aria-label": say("Link for the guest") }),
        make("button", { type: "button", class: "button", "data-copy": "code-link" }, say("Copy"))),
      make("div", { class: "row end" }, close)));
  dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
});

// The forty slots: found while one types, and live.

import { localTimes } from "./app.js";
import { get } from "./api.js";
import { all, one, settled } from "./dom.js";
import { on } from "./live.js";

const LOOK_MS = 1000; // a busy evening changes many slots a second
const rows = one("#rows");
let due = 0;
let timer = null;

/** Read the rows anew, soon and not too often. */
function refresh() {
  if (timer) return;
  timer = setTimeout(async () => {
    timer = null;
    due = Date.now() + LOOK_MS;
    try {
      show(await get(rows.dataset.rows, { headers: { Accept: "text/html" } }));
    } catch { // the header says that the connection is lost; it is read again when it is back
      return;
    }
  }, Math.max(0, due - Date.now()));
}

/** Only what lives is put in: what somebody has the focus on or has selected stays. */
function show(html) {
  const fresh = new DOMParser().parseFromString(`<table><tbody>${html}</tbody></table>`, "text/html");
  localTimes(fresh);
  for (const row of all("tr[data-slot]", fresh)) {
    const known = one(`tr[data-slot="${row.dataset.slot}"]`, rows);
    for (const cell of all("[data-live], .name", row)) {
      const place = cell.dataset.live ? one(`[data-live="${cell.dataset.live}"]`, known) : one(".name", known);
      if (place && place.innerHTML !== cell.innerHTML && !place.contains(document.activeElement)) {
        place.replaceChildren(...cell.childNodes);
      }
    }
  }
}

const search = settled(() => one(".filters").requestSubmit(), 400);
one("#f-search").addEventListener("input", () => {
  const wanted = one("#f-search").value.toLocaleLowerCase();
  let isAny = false;
  for (const row of all("tr[data-slot]", rows)) {
    row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
    isAny ||= !row.hidden;
  }
  if (!isAny) search(); // the server says so
});
for (const select of all(".filters select")) select.addEventListener("change", () => one(".filters").requestSubmit());

on("job", (job) => { if (job.slot_id) refresh(); });
on("slot", refresh);
on("again", refresh);

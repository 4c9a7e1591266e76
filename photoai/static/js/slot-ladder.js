// The ladder of a slot: a row for each rung, and an empty one for the next.

import { get } from "./api.js";
import { all, one, whereabouts } from "./dom.js";
import { keepTyped, settingsIn } from "./slot-form.js";
import { failed } from "./toasts.js";

const MOST_RUNGS = 4;
const rows = one("#rungs");

/** `wire(row)` makes a row's fields work. */
export function begin(wire) {
  for (const row of all("[data-rung]", rows)) wire(row);
  rows.addEventListener("change", (event) => {
    if (event.target.dataset.what !== undefined) changed(event.target.closest("[data-rung]"), wire).catch(failed);
  });
}

async function changed(row, wire) {
  const what = one("[data-what]", row).value;
  const isLast = row === rows.lastElementChild;
  if (what === "" && !isLast) {
    row.remove();
    await number(wire);
    one("[data-what]", rows.lastElementChild)?.focus();
    return;
  }
  const fresh = await read(row.dataset.address, what);
  if (one("[data-what]", row).value !== what) return; // something else has been chosen since
  one("[data-from]", fresh).value = one("[data-from]", row).value;
  keepTyped(row, fresh);
  const lead = whereabouts();
  row.replaceWith(fresh);
  wire(fresh);
  lead();
  if (what !== "") await number(wire);
}

/** Rows are called by their places, and there is one to choose the next rung in. */
async function number(wire) {
  const there = all("[data-rung]", rows);
  const address = (place) => there[0].dataset.address.replace(/\d+$/, place);
  for (const [place, row] of there.entries()) {
    if (Number(row.dataset.place) !== place) renamed(row, Number(row.dataset.place), place, address(place));
  }
  const last = there.at(-1);
  if (one("[data-what]", last).value === "" || there.length >= MOST_RUNGS) return;
  const empty = await read(address(there.length), "");
  rows.append(empty);
  wire(empty);
}

function renamed(row, before, place, address) {
  for (const each of [row, ...all("*", row)]) {
    for (const { name, value } of [...each.attributes]) {
      if (!["id", "for", "name", "aria-describedby", "data-counter", "data-for", "data-place", "data-address"].includes(name)) continue;
      each.setAttribute(name, value.replaceAll(`l${before}-`, `l${place}-`).replace(`ladder.${before}.`, `ladder.${place}.`));
    }
  }
  Object.assign(row.dataset, { place, address });
  one("legend", row).textContent = one("legend", row).textContent.replace(/\d+/, place + 1);
}

async function read(address, what) {
  const html = await get(`${address}?${new URLSearchParams({ what })}`, { headers: { Accept: "text/html" } });
  return one("[data-rung]", new DOMParser().parseFromString(html, "text/html"));
}

/** What a PUT of the slot sends of it. */
export function ladder() {
  return all("[data-rung]", rows).filter((row) => one("[data-what]", row).value !== "").map((row) => {
    const [provider, operation] = one("[data-what]", row).value.split("/");
    const from = one("[data-from]", row);
    const seconds = from.value === "" && !from.validity.badInput ? null : Number(from.value.replace(",", "."));
    return { provider_id: provider, operation_id: operation, settings_json: settingsIn(all("[data-path]", row)), from_sec: seconds };
  });
}

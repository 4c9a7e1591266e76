// The page of readiness: rows are read again while they are looked at, and what a photo through each
// ticked slot will cost is said before.

import { post } from "./api.js";
import { all, one } from "./dom.js";
import { refresh } from "./fresh.js";
import { failed } from "./toasts.js";
import { say } from "./words.js";

const EVERY_MS = 1000;
const form = one("#rehearsal");
let waiting = null;

const boxes = () => all("input[name=slots]");
const isRunning = () => one("#report").dataset.running === "yes";

/** Read the rows anew; what is ticked stays ticked. */
async function read() {
  await refresh("/ready", ["report"], () => {
    const ticked = new Map(boxes().map((box) => [box.value, box.checked]));
    return () => { for (const box of boxes()) if (ticked.has(box.value)) box.checked = ticked.get(box.value); };
  });
  tellCost();
  follow();
}

function follow() {
  if (waiting || !isRunning()) return;
  waiting = setTimeout(() => {
    waiting = null;
    read().catch(follow);
  }, EVERY_MS);
}

function tellCost() {
  const chosen = boxes().filter((box) => box.checked);
  const known = chosen.filter((box) => box.dataset.cost !== "");
  const sum = known.reduce((usd, box) => usd + Number(box.dataset.cost), 0);
  const values = { slots: chosen.length, usd: sum.toFixed(2), unknown: chosen.length - known.length };
  if (!chosen.length) one("#cost").textContent = say("No slot is ticked: checking costs nothing.");
  else if (values.unknown) one("#cost").textContent = say("Slots to be tried: {slots}. About {usd} USD, and {unknown} of unknown price.", values);
  else one("#cost").textContent = say("Slots to be tried: {slots}. About {usd} USD.", values);
}

async function look(row) {
  const numbers = new FormData(form);
  const wish = { guests_per_hour: Number(numbers.get("guests_per_hour")), hours: Number(numbers.get("hours")) };
  if (row === "all") wish.slots = boxes().filter((box) => box.checked).map((box) => box.value);
  else wish.parts = [row];
  try {
    await post("/api/readiness/check", wish);
    await read();
  } catch (error) {
    failed(error);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  look(event.submitter?.value || "all");
});
document.addEventListener("change", ({ target }) => { if (target.name === "slots") tellCost(); });
one("#print").addEventListener("click", () => window.print());
tellCost();
follow();

// What somebody presses stays where it is until they let go: a click is lost when its target moves
// away between the two.

const LONGEST_MS = 3000; // whoever holds on for longer is not clicking, or let go where we do not hear it

let release = null;
let free = Promise.resolve();

/** Settles when nothing on the page is being pressed, and what a press was for has been done. */
export const untouched = () => free;

export const isTouched = () => release !== null;

function press({ button }) {
  if (button !== 0 || release) return;
  free = new Promise((resolve) => { release = resolve; });
  setTimeout(letGo, LONGEST_MS, release);
}

function letGo(which = release) {
  if (!which || which !== release) return;
  release = null;
  which();
}

addEventListener("pointerdown", press, true);
// The click comes right after its pointer is up.
addEventListener("pointerup", () => setTimeout(letGo, 0), true);
for (const end of ["pointercancel", "contextmenu"]) addEventListener(end, () => letGo(), true);
addEventListener("blur", () => letGo()); // the window's own: those of its elements do not bubble

// A video and what belongs to its moments: a click on a line, a shot or the curve of its sound leads
// there, and what is being said and seen is marked. All of it may be put in place anew meanwhile.

import { all, one } from "./dom.js";

const NUDGE = 0.001; // of rounding: a moment is never before its own shot
const WIDTH = 1000;
const hovers = matchMedia("(hover: hover)"); // what was tapped counts as hovered, too
const playing = new WeakSet();
let place = null;

/** Listens within `root` for as long as the page is open. */
export function begin(root) {
  place = root;
  root.addEventListener("click", seek);
  // Events of videos do not bubble.
  for (const name of ["timeupdate", "seeking"]) root.addEventListener(name, mark, true);
  root.addEventListener("play", ({ target }) => playing.add(target), true);
  root.addEventListener("pause", ({ target }) => playing.delete(target), true);
  for (const name of ["error", "loadedmetadata"]) root.addEventListener(name, admit, true);
  new MutationObserver(keep).observe(root, { childList: true });
  admit();
}

const video = () => one("video.player", place);

/** Of a picture that cannot be decoded some browsers play the sound alone. */
function admit() {
  const hint = one("[data-unplayable]", place);
  const { error, readyState, videoWidth } = video() || {};
  if (hint) hint.hidden = !error && !(readyState > 0 && videoWidth === 0);
}

function seek(event) {
  const target = event.target.closest("[data-seek], [data-timeline]");
  if (!target || !video() || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  video().currentTime = target.dataset.seek === undefined ? pointed(event, target) : Number(target.dataset.seek) + NUDGE;
}

function pointed({ clientX }, line) {
  const { left, width } = line.getBoundingClientRect();
  return ((clientX - left) / width) * Number(line.dataset.timeline);
}

function mark() {
  const sec = video().currentTime;
  for (const each of all("[data-seek]", place)) {
    const isNow = Number(each.dataset.seek) <= sec && sec < Number(each.dataset.until);
    if (isNow === each.hasAttribute("aria-current")) continue;
    each.removeAttribute("aria-current");
    if (!isNow) continue;
    each.setAttribute("aria-current", "true");
    show(each);
  }
  const line = one("[data-timeline]", place);
  if (!line) return; // nothing of it could be drawn
  const x = (sec / Number(line.dataset.timeline)) * WIDTH;
  for (const name of ["x1", "x2"]) one("[data-now]", line).setAttribute(name, x.toFixed(1));
}

/** Within its list, unless somebody is reading there; the page itself stays where it is. */
function show(each) {
  const list = each.closest("ol");
  if (!list || list.matches(":has(:focus-visible)") || (list.matches(":hover") && hovers.matches)) return;
  const { offsetTop: top, offsetLeft: left, offsetHeight: height, offsetWidth: width } = each.closest("li");
  if (top < list.scrollTop || top + height > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 3;
  if (left < list.scrollLeft || left + width > list.scrollLeft + list.clientWidth) list.scrollLeft = left - list.clientWidth / 3;
}

/** A video that is looked at goes on where it was when its card is put in place anew. */
function keep(changes) {
  const old = changes.flatMap(({ removedNodes }) => [...removedNodes]).map((node) => node.querySelector?.("video.player")).find(Boolean);
  const fresh = video();
  if (!old || !fresh || old === fresh || old.getAttribute("src") !== fresh.getAttribute("src")) return;
  const goesOn = playing.has(old); // taken out of the page it has stopped
  fresh.replaceWith(old);
  if (goesOn) old.play().catch(() => {});
  if (old.currentTime > 0) mark();
  admit();
}

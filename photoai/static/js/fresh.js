// Pieces of a page, read from the server anew while the rest of it stays as it is.

import { get } from "./api.js";
import { localTimes } from "./app.js";
import { all } from "./dom.js";
import { untouched } from "./steady.js";

/** Replace the elements with these ids by what the page at `path` has for them. The focus stays where
 * it was, and pictures that are there already are not fetched again. `keep()` is called just before,
 * and what it returns just after. */
export async function refresh(path, ids, keep = () => () => {}) {
  const page = new DOMParser().parseFromString(await get(path, { headers: { Accept: "text/html" } }), "text/html");
  await untouched();
  const focused = document.activeElement?.id;
  const restore = keep();
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (!old || !fresh) continue; // the session is over, and this is the page to sign in
    keepPictures(old, fresh);
    localTimes(fresh);
    old.replaceWith(fresh);
  }
  restore();
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
}

function keepPictures(old, fresh) {
  const known = new Map(all("img[src]", old).map((image) => [image.getAttribute("src"), image]));
  for (const image of all("img[src]", fresh)) {
    const same = known.get(image.getAttribute("src"));
    known.delete(image.getAttribute("src"));
    if (same) image.replaceWith(same);
  }
}

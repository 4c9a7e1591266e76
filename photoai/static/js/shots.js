// A list of photos, newest first, brought up to what the server has now.

/** The list begins with the `fresh` items from now on: what is there already stays as it is, chosen
 * or seen large, what is new is marked, what is gone goes. Items that are older than these stay
 * behind them; but none does when these are all there are, or when more have come than one page
 * holds, for what lies between is not here. Whether so: then the page's own way to older ones counts. */
export function bringUp(list, fresh, areAll) {
  const had = [...list.children];
  const known = new Map(had.map((each) => [each.id, each]));
  const last = known.get(fresh.at(-1)?.id);
  const older = last && !areAll ? had.slice(had.indexOf(last) + 1) : [];
  for (const each of fresh) if (!known.has(each.id)) each.classList.add("-arrived");
  const now = fresh.map((each) => known.get(each.id) ?? each);
  const stays = new Set([...now, ...older]);
  for (const each of had) if (!stays.has(each)) each.remove();
  let next = older[0] ?? null;
  for (const each of now.reverse()) {
    if (each.parentNode !== list || each.nextElementSibling !== next) list.insertBefore(each, next);
    next = each;
  }
  return older.length === 0;
}

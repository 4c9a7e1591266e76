// Small words for the document.

/** The first element that fits, within `root`. */
export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/** A new element: `make("a", { href, class }, "text", child)`. Text is never read as markup. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Begin the form's flash anew, even when it still runs. */
export function pulse(element) {
  element.classList.remove("-pulse");
  void element.offsetWidth;
  element.classList.add("-pulse");
}

/** Run `work` once calls have paused for so long. */
export function settled(work, pauseMs = 150) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), pauseMs);
  };
}

/** Where somebody is, to be led back there when what stands around is replaced by something with the
 * same ids: call it just before, and what it returns just after. */
export function whereabouts() {
  const { id, selectionStart, selectionEnd } = document.activeElement || {};
  return () => {
    const there = id ? document.getElementById(id) : null;
    if (!there || there === document.activeElement) return;
    there.focus();
    if (Number.isInteger(selectionStart) && there.setSelectionRange) there.setSelectionRange(selectionStart, selectionEnd);
  };
}

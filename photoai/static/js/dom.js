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

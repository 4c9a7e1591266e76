// One photo of many, as large as the screen: ← and → lead to its neighbours, Esc back.

import { compared } from "./compare.js";
import { all, make } from "./dom.js";
import { asMoment, say } from "./words.js";

const SWIPE_PX = 48;
const SIGNS = { close: "M5 5l14 14M19 5 5 19", back: "m15 5-7 7 7 7", on: "m9 5 7 7-7 7" };
const SVG = "http://www.w3.org/2000/svg";

/** Links with `data-view` within `root` open here: now, and those that come later. */
export function viewing(root) {
  const viewer = new Viewer(root);
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    viewer.open(link);
  });
  return viewer;
}

class Viewer {
  #root;
  #link = null;
  #stage = make("div", { class: "viewer-stage" });
  #title = make("p", { class: "viewer-title", role: "status" });
  #file = make("a", { class: "button small" }, say("Download"));
  #compare = make("button", { type: "button", class: "button small", "aria-pressed": "false", onclick: () => this.#swap() }, say("Before and after"));
  #back = step("back", say("The one before"), () => this.#go(-1));
  #on = step("on", say("The next one"), () => this.#go(1));
  #dialog = make("dialog", { class: "viewer", "aria-label": say("Photo") },
    this.#stage,
    make("div", { class: "viewer-bar" }, this.#title, this.#compare, this.#file),
    this.#back, this.#on,
    make("button", { type: "button", class: "icon-button viewer-close", title: say("Close"), "aria-label": say("Close"), onclick: () => this.close() }, sign("close")));

  constructor(root) {
    this.#root = root;
    document.body.append(this.#dialog);
    this.#dialog.addEventListener("keydown", (event) => this.#press(event));
    this.#dialog.addEventListener("close", () => {
      this.#stage.replaceChildren();
      if (this.#link?.isConnected) this.#link.focus();
    });
    let from = null;
    this.#stage.addEventListener("touchstart", ({ touches }) => { from = touches.length === 1 ? touches[0].clientX : null; }, { passive: true });
    this.#stage.addEventListener("touchend", ({ changedTouches, target }) => {
      const moved = from === null || target.type === "range" ? 0 : changedTouches[0].clientX - from;
      if (Math.abs(moved) > SWIPE_PX) this.#go(moved < 0 ? 1 : -1);
    });
  }

  open(link) {
    this.#show(link);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  #show(link) {
    this.#link = link;
    const { title, moment, file, savedAs, before } = link.dataset;
    this.#stage.replaceChildren(make("img", { src: link.href, alt: link.querySelector("img")?.alt ?? "" }));
    this.#title.textContent = [title, moment && asMoment(moment)].filter(Boolean).join(" · ");
    this.#file.href = file;
    this.#file.download = savedAs ?? "";
    this.#compare.hidden = !before;
    this.#compare.setAttribute("aria-pressed", "false");
    const [back, on] = [this.#neighbour(-1), this.#neighbour(1)];
    this.#back.hidden = !back;
    this.#on.hidden = !on;
    for (const each of [on, back]) if (each) new Image().src = each.href; // it is there when it is wanted
  }

  #swap() {
    const isCompared = this.#compare.getAttribute("aria-pressed") === "true";
    if (isCompared) {
      this.#show(this.#link);
      return;
    }
    this.#compare.setAttribute("aria-pressed", "true");
    this.#stage.replaceChildren(compared(this.#link.dataset.before, this.#link.href));
  }

  #go(by) {
    const next = this.#neighbour(by);
    if (next) this.#show(next);
  }

  #neighbour(by) {
    if (!this.#link.isConnected) return undefined; // it is gone from among them
    const links = all("[data-view]", this.#root);
    return links[links.indexOf(this.#link) + by];
  }

  #press(event) {
    if (event.target.type === "range") return; // they move the slider there
    if (event.key === "ArrowLeft") this.#go(-1);
    if (event.key === "ArrowRight") this.#go(1);
  }
}

function step(kind, label, onclick) {
  return make("button", { type: "button", class: `icon-button viewer-step -${kind}`, title: label, "aria-label": label, onclick }, sign(kind));
}

function sign(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[name]);
  drawing.append(path);
  return drawing;
}

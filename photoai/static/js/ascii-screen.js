// Cells on a canvas, pixel for pixel: a cell is a whole number of the screen's own pixels, and is
// copied from an atlas of its characters. Only what changed is painted.

import { LEVELS, atlas } from "./ascii-glyphs.js";

const CELL_RATIO = 2; // its height in its widths
// Below that nothing can be read: cells are drawn so wide, and shrunk.
const NARROWEST_PX = 4;
// Of the room; where whole pixels would fill less, cells are drawn a pixel larger, and shrunk.
const FULL = 0.9;
const MOST_PIXELS = 8e6;
const TALLEST = 0.72; // of the window

export class Screen {
  #canvas;
  #box;
  #pen;
  #cells = null;
  #charset = [];
  #ground = [0, 0, 0];
  #isClear = false;
  #size = ""; // what the atlas was made for
  #levels = null;
  #image = null;
  #pixels = null;
  #width = 0;
  #height = 0;
  #ink = new Uint32Array(LEVELS);
  #inkOf = "";
  #tinted = new Uint32Array(LEVELS);
  #tintOf = -1;
  #isLooked = false; // there is a new look since the last picture

  /** `box` is what the canvas may fill. */
  constructor(canvas, box) {
    this.#canvas = canvas;
    this.#box = box;
    this.#pen = canvas.getContext("2d");
    new ResizeObserver(() => this.repaint()).observe(box);
    addEventListener("resize", () => this.repaint()); // another screen has other pixels
  }

  /** From now on cells are of these characters, on this ground (`#rrggbb`). */
  look({ charset, ground, isClear }) {
    this.#charset = [...charset];
    this.#ground = rgbOf(ground);
    this.#isClear = isClear;
    this.#inkOf = "";
    this.#tintOf = -1;
    this.#isLooked = true;
  }

  show(cells) {
    const isNew = this.#cells !== cells || this.#isLooked;
    this.#isLooked = false;
    this.#cells = cells;
    const isFresh = this.#fit();
    const inkOf = cells.ink.join();
    const isInked = inkOf !== this.#inkOf;
    if (isInked) this.#mix(this.#ink, ...cells.ink);
    this.#inkOf = inkOf;
    const count = cells.columns * cells.rows;
    if (isNew || isFresh || isInked || !cells.changed) {
      for (let at = 0; at < count; at += 1) this.#paint(at);
      this.#pen.putImageData(this.#image, 0, 0);
      return;
    }
    const { changed } = cells;
    if (changed.length === 0) return;
    for (const at of changed) this.#paint(at);
    const top = Math.floor(changed[0] / cells.columns) * this.#height;
    const bottom = (Math.floor(changed[changed.length - 1] / cells.columns) + 1) * this.#height;
    this.#pen.putImageData(this.#image, 0, 0, 0, top, this.#canvas.width, bottom - top);
  }

  /** All of it once more: the letters or the size have changed. */
  repaint({ isAnew = false } = {}) {
    if (isAnew) this.#size = "";
    if (!this.#cells) return;
    const cells = this.#cells;
    if (this.#fit()) {
      this.#cells = null;
      this.show(cells);
    }
  }

  text() {
    return this.#cells ? this.#cells.text(this.#charset) : "";
  }

  /** Whether the atlas and the canvas are new ones. */
  #fit() {
    const { columns, rows } = this.#cells;
    const style = getComputedStyle(this.#box);
    const room = this.#box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const tall = Math.min(TALLEST * innerHeight, parseFloat(getComputedStyle(this.#canvas).maxHeight) || Infinity);
    const ratio = devicePixelRatio || 1;
    const fitting = Math.floor(Math.min((room * ratio) / columns, (tall * ratio) / rows / CELL_RATIO));
    const most = Math.floor(Math.sqrt(MOST_PIXELS / (columns * rows * CELL_RATIO)));
    const shown = Math.min(room, (tall * columns) / rows / CELL_RATIO);
    const isTight = (fitting * columns) / ratio < FULL * shown;
    const width = Math.max(NARROWEST_PX, Math.min(fitting + Number(isTight), most));
    const cssWidth = fitting < width ? shown : (width * columns) / ratio;
    const size = [columns, rows, width, Math.round(cssWidth * ratio), this.#charset.join("")].join(" ");
    if (size === this.#size && this.#levels) return false;
    this.#size = size;
    [this.#width, this.#height] = [width, width * CELL_RATIO];
    this.#levels = atlas(this.#charset, this.#width, this.#height);
    this.#canvas.width = columns * this.#width;
    this.#canvas.height = rows * this.#height;
    this.#canvas.style.width = `${cssWidth}px`;
    this.#canvas.style.height = `${(cssWidth * rows * CELL_RATIO) / columns}px`;
    this.#image = this.#pen.createImageData(this.#canvas.width, this.#canvas.height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    return true;
  }

  #paint(at) {
    const { columns, glyphs, colors } = this.#cells;
    const width = this.#width, height = this.#height, levels = this.#levels, pixels = this.#pixels;
    const ink = colors ? this.#tint(colors[3 * at], colors[3 * at + 1], colors[3 * at + 2]) : this.#ink;
    const stride = columns * width;
    let from = glyphs[at] * width * height;
    let to = Math.floor(at / columns) * height * stride + (at % columns) * width;
    for (let y = 0; y < height; y += 1, to += stride) {
      for (let x = 0; x < width; x += 1) pixels[to + x] = ink[levels[from++]];
    }
  }

  /** Neighbours are often of one colour. */
  #tint(red, green, blue) {
    const color = (red << 16) | (green << 8) | blue;
    if (color !== this.#tintOf) this.#mix(this.#tinted, red, green, blue);
    this.#tintOf = color;
    return this.#tinted;
  }

  /** Every level between the ground and the ink, as the canvas keeps it (little-endian RGBA). */
  #mix(into, red, green, blue) {
    const [groundRed, groundGreen, groundBlue] = this.#ground;
    for (let level = 0; level < LEVELS; level += 1) {
      const share = level / (LEVELS - 1);
      if (this.#isClear) {
        into[level] = ((Math.round(255 * share) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
        continue;
      }
      const r = groundRed + (red - groundRed) * share;
      const g = groundGreen + (green - groundGreen) * share;
      const b = groundBlue + (blue - groundBlue) * share;
      into[level] = ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    }
  }
}

export const rgbOf = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

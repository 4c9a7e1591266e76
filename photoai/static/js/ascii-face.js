// Somebody to play with while there is no video: a face that looks around, blinks, and follows the
// pointer. It is drawn here, with the same settings a video would be.

import { Cells } from "./ascii-cells.js";
import { rgbOf } from "./ascii-screen.js";

const FPS = 20;
const SHAPE = 9 / 16, CELL_RATIO = 2;
const SIZE = 0.86; // of half the height
const BRAILLE = "braille", EDGES = "edges";
const BRAILLE_PLACES = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 3], [1, 3]];
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
const SKIN = [1, 0.83, 0.24];

export class Face {
  #hears;
  #cells = new Cells();
  #settings = {};
  #charset = [];
  #timer = 0;
  #frame = 0;
  #turn = [0.25, 0.1];
  #aim = null; // where somebody points, from -1 to 1

  /** `hears` as of Live. */
  constructor(hears, area) {
    this.#hears = hears;
    area.addEventListener("pointermove", (event) => {
      const { left, top, width, height } = area.getBoundingClientRect();
      this.#aim = [(2 * (event.clientX - left)) / width - 1, (2 * (event.clientY - top)) / height - 1];
    });
    area.addEventListener("pointerleave", () => { this.#aim = null; });
  }

  watch(charset, settings, { isPaused }) {
    this.change(charset, settings);
    if (isPaused) this.pause();
    else this.resume();
  }

  change(charset, settings) {
    this.#settings = settings;
    this.#charset = [...charset];
    const columns = settings.width, rows = Math.max(1, Math.round((columns * SHAPE) / CELL_RATIO));
    this.#hears.ready({ columns, rows, charset, settings, fps: FPS, frames: 0, duration_sec: 0 });
    this.#draw();
  }

  pause() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  resume() {
    this.pause();
    this.#timer = setInterval(() => { this.#frame += 1; this.#look(); this.#draw(); }, 1000 / FPS);
  }

  leave() {
    this.pause();
  }

  #look() {
    const t = this.#frame / FPS;
    const [x, y] = this.#aim || [0.75 * Math.sin(t * 0.9) * Math.cos(t * 0.23), 0.35 * Math.sin(t * 0.61)];
    this.#turn[0] += 0.18 * (0.55 * x - this.#turn[0]);
    this.#turn[1] += 0.18 * (0.45 * y - this.#turn[1]);
  }

  #draw() {
    const { width: columns, style, color } = this.#settings;
    const rows = Math.max(1, Math.round((columns * SHAPE) / CELL_RATIO));
    const glyphs = new Uint8Array(columns * rows);
    const colors = color === "true" ? new Uint8Array(3 * columns * rows) : null;
    const isFine = style === BRAILLE || style === EDGES;
    const [across, down] = isFine ? [2, 4] : [1, 2];
    const scene = this.#scene(columns, rows, across, down);
    const tones = new Float32Array(across * down);
    for (let row = 0, at = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1, at += 1) {
        let sum = 0;
        for (let y = 0, each = 0; y < down; y += 1) {
          for (let x = 0; x < across; x += 1, each += 1) {
            tones[each] = this.#tone(scene(column * across + x, row * down + y));
            sum += tones[each];
          }
        }
        glyphs[at] = this.#glyph(tones, sum / tones.length, column, row);
        if (colors) for (let part = 0; part < 3; part += 1) colors[3 * at + part] = 255 * Math.min(1, SKIN[part] * (0.35 + (0.75 * sum) / tones.length));
      }
    }
    this.#cells.put({ columns, rows, glyphs, colors, ink: this.#ink() });
    this.#hears.picture(this.#cells, { number: this.#frame, atSec: 0 });
  }

  /** How light it is at a place, 0 to 1. */
  #scene(columns, rows, across, down) {
    const t = this.#frame / FPS;
    const half = (rows * down) / 2;
    const stretch = across / down * CELL_RATIO; // of a sample's height in its widths
    const [middle, bob] = [(columns * across) / 2, half + 0.05 * half * Math.sin(2.1 * t)];
    const size = Math.min(half, middle / stretch) * SIZE;
    const [sinX, cosX] = [Math.sin(this.#turn[0]), Math.cos(this.#turn[0])];
    const [sinY, cosY] = [Math.sin(this.#turn[1]), Math.cos(this.#turn[1])];
    const blink = t % 3.7 < 0.16 ? 0.12 : 1;
    const wink = t % 14.8 > 11.1 && t % 14.8 < 11.7 ? 0.12 : blink;
    return (column, row) => {
      const u = (column + 0.5 - middle) / stretch / size, v = (row + 0.5 - bob) / size;
      const far = u * u + v * v;
      if (far > 1) return 0.07 + 0.06 * Math.sin(3.1 * u + 2 * t) * Math.sin(2.3 * v - t);
      const z = Math.sqrt(1 - far);
      const y = v * cosY - z * sinY, deep = v * sinY + z * cosY;
      const x = u * cosX - deep * sinX;
      if (u * sinX + deep * cosX > 0 && isFeature(x, y, wink, blink)) return 0.02;
      return Math.min(1, Math.max(0.36, 0.84 * z - 0.32 * u - 0.4 * v));
    };
  }

  #tone(light) {
    const { brightness, contrast, gamma } = this.#settings;
    const turned = (light * brightness - 0.5) * contrast + 0.5;
    return Math.min(1, Math.max(0, turned)) ** (1 / gamma);
  }

  #glyph(tones, mean, column, row) {
    const { style, charset, dither } = this.#settings;
    if (style === BRAILLE) {
      return BRAILLE_PLACES.reduce((dots, [x, y], bit) => {
        const limit = (BAYER[((4 * row + y) % 4) * 4 + ((2 * column + x) % 4)] + 0.5) / 16;
        return dots | (tones[2 * y + x] > 0.25 + 0.6 * limit ? 1 << bit : 0);
      }, 0);
    }
    const stroke = style === EDGES && !charset ? strokeOf(tones) : null;
    if (stroke) return Math.max(0, this.#charset.indexOf(stroke));
    const steps = toneSteps(style, charset, this.#charset.length);
    const grain = dither === "none" ? 0 : ((BAYER[(row % 4) * 4 + (column % 4)] + 0.5) / 16 - 0.5) / steps;
    return Math.max(0, Math.min(steps - 1, Math.floor((mean + grain) * steps)));
  }

  #ink() {
    const { color, text_color: chosen } = this.#settings;
    if (color !== "random") return rgbOf(chosen);
    const hue = (this.#frame / FPS) * 0.35;
    return [0, 2.1, 4.2].map((shift) => Math.round(150 + 105 * Math.sin(hue + shift)));
  }
}

/** Eyes and a smile, where the face looks straight ahead. */
function isFeature(x, y, left, right) {
  const open = x < 0 ? left : right;
  const eye = ((Math.abs(x) - 0.34) / 0.14) ** 2 + ((y + 0.25) / (0.19 * open)) ** 2;
  if (eye < 1) return true;
  const far = (x / 0.64) ** 2 + ((y + 0.06) / 0.7) ** 2;
  return far < 1 && far > 0.56 && y + 0.06 > 0.42 * Math.abs(x);
}

/** What of a charset stands for tones alone. */
function toneSteps(style, charset, length) {
  if (charset) return length;
  return { blocks: 5, edges: 3 }[style] || length;
}

/** A stroke along the contour that goes through a cell of 2 × 4 samples; null without one. */
function strokeOf(tones) {
  const across = (tones[1] + tones[3] + tones[5] + tones[7] - tones[0] - tones[2] - tones[4] - tones[6]) / 4;
  const down = (tones[4] + tones[5] + tones[6] + tones[7] - tones[0] - tones[1] - tones[2] - tones[3]) / 4;
  if (Math.hypot(across, down) < 0.22) return null;
  const slope = Math.abs(down) / (Math.abs(across) + 1e-6);
  if (slope < 0.4) return "|";
  if (slope > 2.4) return down > 0 ? "_" : "-";
  return across * down > 0 ? "/" : "\\";
}

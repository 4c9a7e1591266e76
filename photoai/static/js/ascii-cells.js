// Pictures as they come over the wire: all of their cells, or those that changed. The format is in
// docs/http-api.md.

const HEAD_BYTES = 24, ALL = 1, CHANGED = 2, COLORS = 1;

export class Cells {
  columns = 0;
  rows = 0;
  glyphs = new Uint8Array(0);
  colors = null; // three bytes a cell, or null: all in `ink`
  ink = [0, 255, 0];
  changed = null; // which cells, null for all

  /** The number of the picture and its moment; null for what cannot be understood. */
  take(buffer) {
    const head = new DataView(buffer);
    const kind = head.getUint8(0), hasColors = (head.getUint8(1) & COLORS) !== 0;
    const columns = head.getUint16(2, true), rows = head.getUint16(4, true);
    const count = columns * rows, told = head.getUint32(16, true);
    const body = new Uint8Array(buffer, HEAD_BYTES);
    const fits = columns === this.columns && rows === this.rows && hasColors === (this.colors !== null);
    if (kind === CHANGED && fits) this.#change(body, count, told);
    else if (kind === ALL) this.#replace(body, columns, rows, hasColors);
    else return null;
    this.#dip(head.getUint8(20), head.getUint8(21), head.getUint8(22));
    return { number: head.getUint32(8, true), atSec: head.getUint32(12, true) / 1000 };
  }

  /** The same for cells that were drawn here. */
  put({ columns, rows, glyphs, colors, ink }) {
    Object.assign(this, { columns, rows, glyphs, colors, ink, changed: null });
  }

  text(charset) {
    const lines = [];
    for (let row = 0; row < this.rows; row += 1) {
      const line = this.glyphs.subarray(row * this.columns, (row + 1) * this.columns);
      lines.push(Array.from(line, (glyph) => charset[glyph] ?? " ").join(""));
    }
    return `${lines.join("\n")}\n`;
  }

  #replace(body, columns, rows, hasColors) {
    const count = columns * rows;
    Object.assign(this, { columns, rows, changed: null });
    this.glyphs = body.slice(0, count);
    this.colors = hasColors ? body.slice(count, 4 * count) : null;
  }

  #change(body, count, told) {
    const mask = Math.ceil(count / 8);
    const changed = new Uint32Array(told);
    let next = 0;
    for (let at = 0; at < count && next < told; at += 1) {
      if (body[at >> 3] & (0x80 >> (at & 7))) changed[next++] = at;
    }
    for (let each = 0; each < next; each += 1) {
      const at = changed[each];
      this.glyphs[at] = body[mask + each];
      if (!this.colors) continue;
      const from = mask + told + 3 * each;
      this.colors.set(body.subarray(from, from + 3), 3 * at);
    }
    this.changed = changed;
  }

  /** In another ink everything is another picture. */
  #dip(...ink) {
    if (this.colors === null && ink.some((part, at) => part !== this.ink[at])) this.changed = null;
    this.ink = ink;
  }
}

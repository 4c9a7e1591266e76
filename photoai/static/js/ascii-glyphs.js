// How much of a cell each character covers, as the server draws it: letters are those of its font, a
// fourth higher; blocks, dots and braille are drawn to the cell's very edges.

export const LEVELS = 64;
const ADVANCE_EM = 0.6, WEIGHT = 700, STRETCH = 1.25, BASELINE = 98 / 128;
// All in cells of 64 × 128.
const DOTS = { "·": 15.5, "∙": 22, "•": 27, "●": 31 };
const BRAILLE = 0x2800, BRAILLE_DOT = 13;
const BRAILLE_PLACES = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 3], [1, 3]];
// Blocks in eighths of the cell: left, top, right, bottom.
const SIDES = { 0x2580: [0, 0, 8, 4], 0x2590: [4, 0, 8, 8], 0x2594: [0, 0, 8, 1], 0x2595: [7, 0, 8, 8] };
const SHADES = { 0x2591: 0.25, 0x2592: 0.5, 0x2593: 0.75 };
const CORNERS = [[0, 0], [4, 0], [0, 4], [4, 4]];
const QUADRANTS = [[2], [3], [0], [0, 2, 3], [0, 3], [0, 1, 2], [0, 1, 3], [1], [1, 2], [1, 2, 3]];
const FAMILY = "photoai-letters";
let isLoading = false;

/** Whether the server's font has come just now: from then on letters are its own. */
export async function loadLetters(url) {
  if (isLoading) return false;
  isLoading = true;
  try {
    document.fonts.add(await new FontFace(FAMILY, `url("${url}")`, { weight: "300 700" }).load());
  } catch {
    return false; // the browser's own will do
  }
  return true;
}

/** The coverage of every character, 0 to LEVELS - 1, one cell after the other. */
export function atlas(charset, width, height) {
  const canvas = new OffscreenCanvas(width, height * charset.length);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#fff";
  charset.forEach((character, at) => {
    pen.save();
    pen.beginPath();
    pen.rect(0, at * height, width, height);
    pen.clip();
    pen.translate(0, at * height);
    draw(pen, character, width, height);
    pen.restore();
  });
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const levels = new Uint8Array(pixels.length / 4);
  for (let at = 0; at < levels.length; at += 1) levels[at] = pixels[4 * at + 3] >> 2;
  return levels;
}

function draw(pen, character, width, height) {
  const code = character.codePointAt(0);
  if (code >= 0x2580 && code < 0x25a0) block(pen, code, width / 8, height / 8);
  else if (character in DOTS) dot(pen, width / 2, height / 2, (DOTS[character] * width) / 64);
  else if (code >= BRAILLE && code < BRAILLE + 256) {
    BRAILLE_PLACES.forEach(([column, row], bit) => {
      if ((code >> bit) & 1) dot(pen, ((column + 0.5) * width) / 2, ((row + 0.5) * height) / 4, (BRAILLE_DOT * width) / 64);
    });
  } else letter(pen, character, width, height);
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function block(pen, code, across, down) {
  let boxes = [SIDES[code] || [0, 0, 8, 8]];
  if (code >= 0x2581 && code <= 0x2588) boxes = [[0, 0x2588 - code, 8, 8]];
  else if (code >= 0x2589 && code <= 0x258f) boxes = [[0, 0, 0x2590 - code, 8]];
  else if (code >= 0x2596) boxes = QUADRANTS[code - 0x2596].map((corner) => CORNERS[corner]).map(([left, top]) => [left, top, left + 4, top + 4]);
  pen.globalAlpha = SHADES[code] || 1;
  for (const [left, top, right, bottom] of boxes) pen.fillRect(left * across, top * down, (right - left) * across, (bottom - top) * down);
}

/** What would stand out of the cell is pressed into it. */
function letter(pen, character, width, height) {
  pen.font = `${WEIGHT} ${width / ADVANCE_EM}px "${FAMILY}", ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace`;
  const { actualBoundingBoxAscent: above, actualBoundingBoxDescent: below, width: advance } = pen.measureText(character);
  if (above + below <= 0) return;
  const top = Math.max(0, BASELINE * height - above * STRETCH);
  const bottom = Math.min(height, BASELINE * height + below * STRETCH);
  const scale = (bottom - top) / (above + below);
  pen.setTransform(Math.min(1, width / advance), 0, 0, scale, 0, pen.getTransform().f + top + above * scale);
  pen.fillText(character, 0, 0);
}

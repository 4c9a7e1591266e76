// Where a text or a picture will stand: a still of the video with a box on it that can be moved.

import { base as root } from "./api.js";
import { all, make, one } from "./dom.js";
import { say } from "./words.js";

const MARGIN = 0.04; // of a text to the edge, by the picture's height
const OWN_SIZE = 18; // as many lines of a text's own size are as high as the picture
const STEP = 0.02; // of the width, by the keys
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Offers a still wherever a place is chosen and there is none yet. */
export function offer(form) {
  for (const anchor of all('select[name$=".anchor"]', form)) {
    const prefix = anchor.name.slice(0, -"anchor".length);
    const field = (name) => form.elements[prefix + name];
    const scope = anchor.closest(".settings-grid");
    if (!field("x") || one(`[data-still="${prefix}"]`, form)) continue;
    const still = make("details", { class: "folded", "data-still": prefix }, make("summary", {}, say("Show its place")));
    still.addEventListener("toggle", () => { if (still.open && !one(".still", still)) begin(still, form, field); });
    scope.after(still);
  }
}

function begin(still, form, field) {
  const choices = all("[data-choice]", form);
  const video = choices[0];
  const over = field("content") ? null : choices.find((each) => each.name.replace(/files\..*$/, "config.") === field("x").name.slice(0, -1) && each !== video);
  const picture = make("img", { alt: "" });
  const box = make("div", { class: "ghost", tabindex: 0, role: "img", "aria-label": say("Its place: move it with the arrow keys") });
  const stage = make("div", { class: "still" }, picture, box);
  const wide = () => sizeOf(video) || [16, 9];
  const scale = () => stage.clientWidth / wide()[0];

  function draw() {
    const [width, height] = wide();
    if (video.value && !picture.src.endsWith(`${video.value}/look`)) picture.src = `${root}/studio/files/${video.value}/look`;
    stage.style.aspectRatio = `${width} / ${height}`;
    stage.style.maxWidth = `calc(60vh * ${width / height})`;
    if (over) drawOver(box, over, number(field("scale")), width, scale());
    else drawText(box, field, height, scale());
    const [left, top] = placeOf(width, height);
    box.style.left = `${left * scale()}px`;
    box.style.top = `${top * scale()}px`;
  }

  /** Of the box's top left corner, in pixels of the video. */
  function placeOf(width, height) {
    const [ownWidth, ownHeight] = [box.offsetWidth / scale(), box.offsetHeight / scale()];
    const isSet = field("x").value !== "" && field("y").value !== "";
    const anchor = field("anchor").value || (isSet ? "top-left" : "bottom");
    const [across, down] = [anchor.includes("left") ? 0 : anchor.includes("right") ? 1 : 0.5, anchor.includes("top") ? 0 : anchor.includes("bottom") ? 1 : 0.5];
    if (isSet) return [number(field("x")) - across * ownWidth, number(field("y")) - down * ownHeight];
    const margin = over ? 0 : MARGIN * height;
    return [margin + across * (width - ownWidth - 2 * margin), margin + down * (height - ownHeight - 2 * margin)];
  }

  /** From now on its top left corner stands there. */
  function put(left, top) {
    field("anchor").value = "top-left";
    field("x").value = Math.round(left);
    field("y").value = Math.round(top);
    field("x").dispatchEvent(new Event("input", { bubbles: true }));
  }

  box.addEventListener("pointerdown", (down) => {
    down.preventDefault();
    box.focus();
    box.setPointerCapture(down.pointerId);
    const [left, top] = placeOf(...wide());
    const follow = (move) => put(left + (move.clientX - down.clientX) / scale(), top + (move.clientY - down.clientY) / scale());
    box.addEventListener("pointermove", follow);
    box.addEventListener("lostpointercapture", () => box.removeEventListener("pointermove", follow), { once: true });
  });
  box.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    if (!way) return;
    event.preventDefault();
    const [left, top] = placeOf(...wide()), step = STEP * wide()[0];
    put(left + way[0] * step, top + way[1] * step);
  });
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => { if (still.isConnected) draw(); });
  new ResizeObserver(draw).observe(stage);
  still.append(stage);
  draw();
}

function drawText(box, field, height, scale) {
  box.textContent = field("content").value || say("Text");
  box.style.fontSize = `${(number(field("size")) || height / OWN_SIZE) * scale}px`;
  box.style.color = field("color").value;
}

function drawOver(box, over, part, width, scale) {
  const size = sizeOf(over) || [16, 9];
  const own = part ? part * width : size[0];
  box.style.width = `${own * scale}px`;
  box.style.aspectRatio = `${size[0]} / ${size[1]}`;
  box.style.backgroundImage = over.value ? `url("${root}/studio/files/${over.value}/look")` : "none";
}

const number = (field) => Number(field?.value) || 0;

/** Pixels of the chosen file, null when none is. */
function sizeOf(select) {
  const told = select.selectedOptions[0]?.dataset.size;
  return told ? told.split("x").map(Number) : null;
}

// Files instead of links: chosen or dropped, sent at once, their ids kept in the rows.

import { remove as forget } from "./api.js";
import { one } from "./dom.js";
import { add, changed, isEmpty, megabytes, most, problem, rows, showFile } from "./merge-clips.js";
import { upload } from "./upload.js";
import { say } from "./words.js";

const CONTAINERS = /\.(mp4|m4v|mov|webm|mkv|avi|ts|m2ts|mts|mpe?g|flv)$/i;
const maxBytes = Number(one("#merge").dataset.clipMax);
const sending = new Map(); // row → { abort, done }

/** Every upload that is under way has ended, well or not. */
export const allSent = () => Promise.all([...sending.values()].map(({ done }) => done));

/** Put files into the rows that are empty, and into new ones as long as there is room. */
export function take(files) {
  const left = [];
  for (const file of files) {
    const row = rows().find((each) => isEmpty(each) && !sending.has(each)) || add();
    if (row) put(row, file);
    else left.push(file.name);
  }
  if (left.length === 0) return;
  const room = one("#room");
  room.classList.add("problem");
  room.textContent = say("At most {most} clips: there is no room for {names}.", { most, names: left.join(", ") });
}

/** Send a file for this row. */
export function put(row, file) {
  stop(row);
  const wrong = whyNot(file);
  problem(row, wrong);
  // What was wrong with a file stays said: the row is empty, and nobody would know why.
  row.dataset.stays = wrong;
  if (wrong) return;
  const abort = new AbortController();
  const done = send(row, file, abort.signal).finally(() => {
    if (sending.get(row)?.abort === abort) sending.delete(row);
  });
  sending.set(row, { abort, done });
}

/** Whatever is being sent for this row is not wanted any more. */
export function stop(row) {
  sending.get(row)?.abort.abort();
  sending.delete(row);
}

function whyNot(file) {
  const name = file.name;
  if (file.size === 0) return say("“{name}” is empty.", { name });
  if (file.type && !file.type.startsWith("video/") && !CONTAINERS.test(name)) return say("“{name}” is no video.", { name });
  if (file.size <= maxBytes) return "";
  const sizes = { size: megabytes(file.size), most: megabytes(maxBytes) };
  return say("“{name}” has {size} MB; a clip may have {most} MB.", { name, ...sizes });
}

async function send(row, file, signal) {
  const bar = one("[data-uploaded]", row);
  showFile(row, { name: file.name, size: file.size });
  bar.hidden = false;
  bar.value = 0;
  try {
    const kept = await upload("/api/v1/files", file, { signal, progress: (part) => { bar.value = part; } });
    if (kept.kind === "video") {
      showFile(row, { id: kept.id, name: kept.name, size: kept.size_bytes });
      return;
    }
    forget(`/api/v1/files/${kept.id}`).catch(() => {}); // it stays among the visitor's files then
    refuse(row, say("“{name}” is no video.", { name: file.name }));
  } catch (error) {
    if (error.name !== "AbortError") refuse(row, say("“{name}”: {why}", { name: file.name, why: error.message }));
  } finally {
    bar.hidden = true;
  }
}

function refuse(row, text) {
  showFile(row, null);
  problem(row, text);
  row.dataset.stays = text;
  changed();
}

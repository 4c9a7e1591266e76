// A large file on its way to the server, part by part. When the connection is lost, or the server
// is away for a while, it asks how far it has come and goes on from there.

import { Refused, get, remove } from "./api.js";
import { send } from "./upload.js";

const FILES = "/api/v1/files";
const PART_BYTES = 8 << 20;
// The first part of a large file is small: a file that is not taken is refused before much of it
// has been sent, and its answer, which names the upload, can be waited for when it is given up.
const OPENING_BYTES = 64 << 10;
const FIRST_WAIT_SEC = 0.5, LONGEST_WAIT_SEC = 20;
const MOST_FAILURES = 12; // one after the other, about two and a half minutes
// Of these one learns more by asking how far the upload is.
const PASSING = new Set([0, 408, 409, 425, 429, 500, 502, 503, 504]);
const LOST = new Set(["upload_unknown", "upload_expired", "upload_bytes_differ"]);
const CUT_OFF = "upload_incomplete";
// Other conflicts and limits pass.
const FULL = new Set(["too_many_uploads", "upload_too_many_parts"]);
const unfinished = new WeakMap(); // file → the upload it has got, for whoever tries once more

/** The file as the server keeps it; `onProgress` gets the part that has come, up to 1.
 * What was sent of a file that is given up by `signal` is forgotten. Throws Refused, AbortError. */
export async function upload(file, { onProgress = () => {}, signal } = {}) {
  const id = unfinished.get(file);
  const sending = { file, onProgress, signal, id, received: 0, fileId: null, opening: null };
  try {
    const kept = await allSent(sending);
    unfinished.delete(file);
    return kept;
  } catch (error) {
    if (error.name === "AbortError") forget(sending);
    throw error;
  }
}

function forget(sending) {
  if (sending.id) giveUp(sending.id);
  sending.opening?.then((answer) => { if (answer.upload_id) giveUp(answer.upload_id); }).catch(() => {});
  unfinished.delete(sending.file);
  Object.assign(sending, { id: null, received: 0, opening: null });
}

function giveUp(id) {
  remove(`${FILES}/uploads/${id}`).catch(() => {}); // it expires
}

async function allSent(sending) {
  let failures = 0, isAnew = false, isSure = !sending.id;
  for (;;) {
    const before = sending.received;
    try {
      if (!isSure) await askHowFar(sending);
      if (sending.fileId) return await get(`${FILES}/${sending.fileId}`, { signal: sending.signal });
      const kept = await sendPart(sending);
      if (kept) return kept;
      failures = 0;
      isSure = true;
    } catch (error) {
      isSure = false;
      if (LOST.has(error.code) && !isAnew) {
        isAnew = true;
        forget(sending);
      } else if (!passes(error)) throw error;
      failures = sending.received > before ? 1 : failures + 1;
      if (failures > MOST_FAILURES) throw error;
      await pause(waitSec(failures, error), sending.signal);
    }
  }
}

/** The next part; the file when it was the last one. */
async function sendPart(sending) {
  const { file, signal } = sending, total = file.size;
  // When all has come and there is no file yet, any part makes the server put it together.
  const first = sending.received < total ? sending.received : Math.max(0, total - PART_BYTES);
  const isOpening = !sending.id && total > PART_BYTES;
  const body = file.slice(first, first + (isOpening ? OPENING_BYTES : PART_BYTES));
  const headers = {
    "Content-Type": "application/octet-stream",
    "Content-Range": `bytes ${first}-${first + body.size - 1}/${total}`,
    "X-File-Name": encodeURIComponent(file.name.toWellFormed?.() ?? file.name),
  };
  const path = sending.id ? `${FILES}/uploads/${sending.id}` : FILES;
  const progress = (sent) => sending.onProgress(Math.min(1, (first + sent * body.size) / total));
  const sent = send("PUT", path, body, { headers, progress, signal: isOpening ? null : signal });
  if (isOpening) sending.opening = sent;
  const answer = await (isOpening ? orAborted(sent, signal) : sent);
  if (!answer.upload_id) return answer;
  Object.assign(sending, { id: answer.upload_id, received: answer.received_bytes, opening: null });
  unfinished.set(file, sending.id);
  return null;
}

async function askHowFar(sending) {
  if (!sending.id) return; // the first part may be sent again: it is the same upload
  const seen = await get(`${FILES}/uploads/${sending.id}`, { signal: sending.signal });
  Object.assign(sending, { received: seen.received_bytes, fileId: seen.file_id });
}

/** What is promised, or an AbortError at once; it goes on in either case. */
function orAborted(promised, signal) {
  return new Promise((resolve, reject) => {
    const quit = () => reject(new DOMException("aborted", "AbortError"));
    promised.then(resolve, reject).finally(() => signal?.removeEventListener("abort", quit));
    signal?.addEventListener("abort", quit);
    if (signal?.aborted) quit();
  });
}

function passes(error) {
  if (!(error instanceof Refused) || FULL.has(error.code) || LOST.has(error.code)) return false;
  return PASSING.has(error.status) || error.code === CUT_OFF;
}

function waitSec(failures, error) {
  const backOff = Math.min(LONGEST_WAIT_SEC, FIRST_WAIT_SEC * 2 ** (failures - 1));
  return Math.max(Number(error.retryAfter) || 0, backOff * (0.8 + 0.4 * Math.random()));
}

/** Wait, but not longer than until the browser says that it is online again. */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const end = (then) => { clearTimeout(timer); done.abort(); then(); };
    const timer = setTimeout(() => end(resolve), seconds * 1000);
    const quit = () => end(() => reject(new DOMException("aborted", "AbortError")));
    addEventListener("online", () => end(resolve), { signal: done.signal });
    signal?.addEventListener("abort", quit, { signal: done.signal });
    if (signal?.aborted) quit();
  });
}

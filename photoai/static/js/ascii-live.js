// A video watched live: the conversation with the server over WebSocket. It outlasts restarts of the
// server; where it cannot be had at all, that is told once.

import { base } from "./api.js";
import { Cells } from "./ascii-cells.js";
import { say } from "./words.js";

const FIRST_WAIT_MS = 500, LONGEST_WAIT_MS = 10_000;
// In a row: of a conversation that never came about, and of one that was lost.
const MOST_REFUSED = 4, MOST_LOST = 40;
const PAUSED_TOO_LONG = "viewing_paused_too_long";
const AT_FAULT = 1008; // the close code of what would be refused again

export class Live {
  #hears;
  #socket = null;
  #fileId = null;
  #settings = {};
  #cells = new Cells();
  #isPaused = false;
  #atSec = 0;
  #duration = 0;
  #isIn = false; // the server has said what will be seen
  #wasIn = false; // ever, of this video
  #isAsking = false; // for other settings
  #isChanged = false; // since they were asked for
  #failures = 0;
  #refusal = null;
  #timer = 0;

  /** `hears` has `ready(about)`, `picture(cells, { number, atSec })`, `ended()`, `refused(error)` for
   * settings that cannot be, `waiting(text)` while it tries again, `gone(text, error)` when it has
   * given up, `up()`. */
  constructor(hears) {
    this.#hears = hears;
    addEventListener("online", () => { if (this.#fileId && !this.#socket) this.#connect(); });
  }

  /** Show this file from there on, where one is shown already in its place. */
  watch(fileId, settings, { isPaused, atSec = 0 }) {
    if (fileId !== this.#fileId) this.#wasIn = false;
    this.#fileId = fileId;
    this.#settings = settings;
    this.#isPaused = isPaused;
    this.#atSec = atSec;
    this.#failures = 0;
    this.#connect();
  }

  /** Once more, after it had given up. */
  again() {
    this.#failures = 0;
    this.#connect();
  }

  leave() {
    this.#fileId = null;
    this.#drop();
  }

  /** Other settings, at once; while some are on their way, the last of them wait. */
  change(settings) {
    this.#settings = settings;
    if (this.#isAsleep()) this.#connect();
    else if (!this.#isIn) this.#isChanged = this.#socket !== null;
    else if (this.#isAsking) this.#isChanged = true;
    else this.#ask();
  }

  pause() {
    this.#isPaused = true;
    this.#say({ action: "pause" });
  }

  resume() {
    this.#isPaused = false;
    this.#say({ action: "resume" });
  }

  seek(toSec) {
    this.#atSec = toSec;
    this.#say({ action: "seek", to_sec: toSec });
  }

  #ask() {
    this.#isAsking = true;
    this.#isChanged = false;
    this.#say({ action: "settings", ...this.#settings });
  }

  #say(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else if (this.#isAsleep()) this.#connect();
  }

  /** Nobody speaks, and nobody is about to: the video was over, or paused for too long. */
  #isAsleep() {
    return this.#fileId !== null && this.#socket === null && this.#timer === 0;
  }

  #connect() {
    this.#drop();
    this.#refusal = null;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${base}/api/v1/ws/convert`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#begin();
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.#hear(JSON.parse(data)) : this.#see(data));
    socket.onclose = ({ code }) => this.#close(code);
    this.#socket = socket;
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const socket = this.#socket;
    this.#socket = null;
    this.#isIn = this.#isAsking = this.#isChanged = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // A browser warns of one that is closed before it is open.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  }

  #begin() {
    const atSec = this.#atSec < this.#duration ? this.#atSec : 0;
    this.#say({ action: "start", file_id: this.#fileId, format: "binary", start_sec: atSec, ...this.#settings });
    if (!this.#isPaused) return;
    this.#say({ action: "pause" });
    this.#say({ action: "seek", to_sec: atSec }); // that picture is shown
  }

  #hear(said) {
    if (said.event === "ready") {
      this.#duration = said.duration_sec;
      this.#failures = 0;
      this.#isAsking = false;
      if (!this.#isIn) this.#hears.up();
      this.#isIn = this.#wasIn = true;
      this.#hears.ready(said);
      if (this.#isChanged) this.#ask();
    } else if (said.event === "error") {
      this.#refusal = said.error;
      if (!this.#isAsking) return;
      this.#isAsking = false;
      this.#hears.refused(said.error);
      if (this.#isChanged) this.#ask();
    } else if (said.event === "end") {
      this.#drop();
      this.#hears.ended();
    }
  }

  #see(buffer) {
    const seen = this.#cells.take(buffer);
    if (!seen) return;
    this.#atSec = seen.atSec;
    this.#refusal = null;
    this.#hears.picture(this.#cells, seen);
  }

  #close(code) {
    this.#drop();
    const refusal = this.#refusal;
    if (refusal?.code === PAUSED_TOO_LONG) return;
    this.#failures += 1;
    const isLost = this.#wasIn && !refusal;
    if ((refusal && code === AT_FAULT) || this.#failures > (isLost ? MOST_LOST : MOST_REFUSED)) {
      const why = refusal?.message || say("The live preview cannot be had here right now.");
      const instead = say("Set everything as you like and start: the finished video will be shown in full.");
      this.#hears.gone(refusal && code === AT_FAULT ? why : `${why} ${instead}`, refusal);
      return;
    }
    if (this.#wasIn || refusal || this.#failures > 1) this.#hears.waiting(refusal?.message || say("The connection is lost. Trying again…"));
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(() => this.#connect(), waitMs * (0.8 + 0.4 * Math.random()));
  }
}

// What happens, as it happens. Of all open tabs one listens and tells the others: a browser allows
// six connections to a server, and a stream holds one for as long as its page is open.

import { base, get } from "./api.js";
import { one } from "./dom.js";

const LOCK = `photoai-live-${base}-${document.body.dataset.user}`;
const KINDS = ["state", "progress", "slot"];
const SILENT_MS = 45_000; // the server says something every 15 s
const AGAIN_MS = 3000;

const listeners = { job: new Set(), slot: new Set(), alerts: new Set(), connection: new Set(), again: new Set() };
const channel = "BroadcastChannel" in window ? new BroadcastChannel(LOCK) : null;
let state = "connecting";
let hasBegun = false;

/** Whether what happens from now on is heard. */
export const isUp = () => state === "up";

/** `job` and `slot` get the row as it is now; `connection` whether we are connected; `again` is
 * called when something may have been missed, and what a page shows has to be read anew, with whether
 * that is no more than what happened since the page was written; `alerts` when they have changed. */
export function on(what, listener) {
  listeners[what].add(listener);
  begin();
  // Who comes when the stream is open may have missed what it told before.
  if (what === "again" && isUp()) queueMicrotask(() => listener(true));
  return () => listeners[what].delete(listener);
}

function begin() {
  if (hasBegun) return;
  hasBegun = true;
  channel?.addEventListener("message", ({ data }) => hear(data));
  on("connection", (isUp) => { one("#connection")?.toggleAttribute("hidden", isUp); });
  if (navigator.locks) navigator.locks.request(LOCK, () => new Promise(listen));
  else listen();
  channel?.postMessage({ what: "asked" });
}

/** Never settles: the lock is held until the tab is closed. */
function listen() {
  let source = null;
  let heardAt = Date.now();
  const connect = () => {
    source?.close();
    heardAt = Date.now();
    source = new EventSource(`${base}/api/events`);
    source.onopen = () => {
      heardAt = Date.now();
      // The tab that listened before is gone, and what it heard last nobody knows.
      if (state === "up") tell({ what: "again" });
      tell({ what: "connection", state: "up" });
    };
    source.onerror = () => {
      tell({ what: "connection", state: "down" });
      if (source.readyState === EventSource.CLOSED) setTimeout(ask, AGAIN_MS);
    };
    source.addEventListener("alerts", () => tell({ what: "alerts" }));
    source.addEventListener("bye", () => tell({ what: "connection", state: "down" }));
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data }) => {
        heardAt = Date.now();
        tell({ what: kind === "slot" ? "slot" : "job", row: JSON.parse(data), kind });
      });
    }
  };
  // The stream was refused: the session may be over, and signing in again brings it back.
  const ask = async () => {
    try {
      await get("/api/tasks?page_size=1");
      connect();
    } catch {
      setTimeout(ask, AGAIN_MS);
    }
  };
  connect();
  setInterval(() => { if (source.readyState === EventSource.CONNECTING && Date.now() - heardAt > SILENT_MS) connect(); }, AGAIN_MS);
  // The browser's word is taken for a hint: the server may be one that needs no network.
  addEventListener("online", connect);
  addEventListener("offline", connect);
  channel?.addEventListener("message", ({ data }) => {
    if (data.what === "asked") channel.postMessage({ what: "connection", state });
  });
}

function tell(news) {
  channel?.postMessage(news);
  hear(news);
}

function hear(news) {
  if (news.what === "job" || news.what === "slot") {
    for (const listener of listeners[news.what]) listener(news.row, news.kind);
  } else if (news.what === "again" || news.what === "alerts") {
    for (const listener of listeners[news.what]) listener();
  } else if (news.what === "connection" && news.state !== state) {
    const isFirst = state === "connecting";
    state = news.state;
    for (const listener of listeners.connection) listener(state !== "down");
    // What happened between the page and the stream, or while it was away, was told to nobody.
    if (state === "up") for (const listener of listeners.again) listener(isFirst);
  }
}

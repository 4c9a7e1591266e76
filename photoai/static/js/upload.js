// A file on its way to the server, seen going: fetch says nothing of what it has sent.

import { Refused, address, cookie, signInAgain } from "./api.js";
import { language, say } from "./words.js";

/** What the server answers; `progress` gets the part sent, up to 1. Throws Refused, AbortError. */
export function upload(path, file, { progress, signal }) {
  const form = new FormData();
  form.append("file", file);
  return send("POST", path, form, { progress, signal });
}

/** The same for any body. */
export async function send(method, path, body, { headers = {}, progress, signal }) {
  for (let isSecond = false; ; isSecond = true) {
    const request = await sent(method, path, body, { headers, progress, signal });
    if (request.status >= 200 && request.status < 300) return JSON.parse(request.responseText);
    const refused = refusalOf(request);
    if (refused.status !== 401 || isSecond || !(await signInAgain())) throw refused;
  }
}

function sent(method, path, body, { headers, progress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, address(path));
    const all = { Accept: "application/json", "Accept-Language": language, "X-CSRF-TOKEN": cookie("csrf_access_token"), ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Refused(say("The server cannot be reached. Nothing you typed is lost."), { code: "offline" }));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    if (signal?.aborted) { request.onabort(); return; }
    const abort = () => request.abort();
    signal?.addEventListener("abort", abort);
    request.onloadend = () => signal?.removeEventListener("abort", abort);
    request.send(body);
  });
}

function refusalOf(request) {
  const facts = { status: request.status, retryAfter: request.getResponseHeader("Retry-After") };
  try {
    const { error } = JSON.parse(request.responseText);
    return new Refused(error.message, { ...facts, code: error.code, details: error.details });
  } catch {
    return new Refused(say("The server answered {status}.", { status: request.status }), { ...facts, code: "unknown" });
  }
}

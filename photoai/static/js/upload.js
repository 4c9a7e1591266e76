// A file on its way to the server, seen going: fetch says nothing of what it has sent.

import { Refused, address, cookie } from "./api.js";
import { signInAgain } from "./session.js";
import { language, say } from "./words.js";

/** What the server answers; `progress` gets the part sent, up to 1. Throws Refused, AbortError. */
export async function upload(path, file, { progress, signal }) {
  for (let isSecond = false; ; isSecond = true) {
    const request = await sent(path, file, progress, signal);
    if (request.status < 300) return JSON.parse(request.responseText);
    const refused = refusalOf(request);
    if (refused.status !== 401 || isSecond || !(await signInAgain())) throw refused;
  }
}

function sent(path, file, progress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file);
    request.open("POST", address(path));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Accept-Language", language);
    request.setRequestHeader("X-CSRF-TOKEN", cookie("csrf_access_token"));
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new Refused(say("The server cannot be reached. Nothing you typed is lost."), { code: "offline" }));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function refusalOf({ status, responseText }) {
  try {
    const { error } = JSON.parse(responseText);
    return new Refused(error.message, { code: error.code, details: error.details, status });
  } catch {
    return new Refused(say("The server answered {status}.", { status }), { code: "unknown", status });
  }
}

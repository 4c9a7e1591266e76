// The server's API as a page uses it: with the session's cookie, its CSRF token, and a way to sign
// in again in the middle of whatever one was doing.

import { language, say } from "./words.js";

export const base = document.documentElement.dataset.base;

/** What the server refused, or that it could not be reached (`code` "offline"). */
export class Refused extends Error {
  constructor(message, { code, details = {}, status = 0, retryAfter = null }) {
    super(message);
    Object.assign(this, { code, details, status, retryAfter });
  }
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, json, options) => call("POST", path, { json, ...options });
export const put = (path, json, options) => call("PUT", path, { json, ...options });
export const remove = (path, options) => call("DELETE", path, options);
export const postForm = (path, form, options) => call("POST", path, { form, ...options });

/** What the server answers, read as JSON; null for an empty answer, text for HTML. Throws Refused. */
export async function call(method, path, { json, form, headers = {}, signal } = {}) {
  for (let isSecond = false; ; isSecond = true) {
    const response = await send(method, path, { json, form, headers, signal });
    if (response.ok) return read(response);
    const refused = await refusalOf(response);
    // Nothing that was typed is lost: the same call is made again after signing in.
    if (refused.status !== 401 || isSecond || !(await signInAgain())) throw refused;
  }
}

/** Whether somebody has signed in again, on the spot. What asks them is fetched when it is needed; where
 * even that is gone, nobody has. */
export async function signInAgain() {
  const session = await import("./session.js").catch(() => null);
  return session !== null && session.signInAgain();
}

/** What a page answers to its form, whatever the status: where that led to, and the document there. */
export async function sendForm(path, fields) {
  for (let isSecond = false; ; isSecond = true) {
    const response = await send("POST", path, { form: fields, headers: { Accept: "text/html" } });
    if (response.status === 401 && !isSecond && (await signInAgain())) continue;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return { isFine: response.ok, address: new URL(response.url), page };
  }
}

/** A link of ours or a path, as an address. */
export const address = (path) => (path.startsWith("/") ? base + path : path);

async function send(method, path, { json, form, headers, signal }) {
  const all = { Accept: "application/json, text/html;q=0.5", "Accept-Language": language, ...headers };
  if (method !== "GET") all["X-CSRF-TOKEN"] = cookie("csrf_access_token");
  if (json !== undefined) all["Content-Type"] = "application/json";
  try {
    return await fetch(address(path), {
      method, headers: all, signal, credentials: "same-origin", cache: "no-store",
      body: json === undefined ? form : JSON.stringify(json),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(say("The server cannot be reached. Nothing you typed is lost."), { code: "offline" });
  }
}

async function read(response) {
  if (response.status === 204) return null;
  const kind = response.headers.get("Content-Type") || "";
  return kind.includes("json") ? response.json() : response.text();
}

async function refusalOf(response) {
  const facts = { status: response.status, retryAfter: response.headers.get("Retry-After") };
  try {
    const { error } = await response.json();
    return new Refused(error.message, { ...facts, code: error.code, details: error.details });
  } catch {
    return new Refused(say("The server answered {status}.", { status: response.status }), { ...facts, code: "unknown" });
  }
}

/** A cookie that scripts may read; empty when there is none. */
export function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

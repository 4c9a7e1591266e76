// A session that has ended while its page is open: sign in on the spot and go on.

import { make, one } from "./dom.js";
import { language, say } from "./words.js";

let asking = null;

/** Whether somebody has signed in again; asked once, however many calls wait for it. */
export function signInAgain() {
  asking ??= ask().finally(() => { asking = null; });
  return asking;
}

function ask() {
  return new Promise((resolve) => {
    const problem = make("p", { class: "problem", role: "alert" });
    const name = input("username", say("User name or email"), "text", "username");
    const password = input("password", say("Password"), "password", "current-password");
    name.box.value = document.body.dataset.user || "";
    const form = make("form", { method: "dialog", class: "stack" },
      make("h2", { id: "sign-in-again" }, say("The session has ended")),
      make("p", { class: "soft" }, say("Sign in again to go on: nothing you typed is lost.")),
      name.field, password.field, problem,
      make("div", { class: "row end" },
        make("button", { type: "button", class: "button", onclick: () => dialog.close() }, say("Not now")),
        make("button", { class: "button primary" }, say("Sign in"))));
    const dialog = make("dialog", { "aria-labelledby": "sign-in-again" }, form);
    let isIn = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      problem.textContent = await signIn(name.box.value, password.box.value);
      isIn = problem.textContent === "";
      if (isIn) dialog.close();
    });
    dialog.addEventListener("close", () => { dialog.remove(); resolve(isIn); });
    document.body.append(dialog);
    dialog.showModal();
    (name.box.value ? password.box : name.box).focus();
  });
}

/** Nothing, or why it did not work. */
async function signIn(username, password) {
  try {
    const response = await fetch(`${document.documentElement.dataset.base}/api/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": language },
      body: JSON.stringify({ username, password }),
    });
    return response.ok ? "" : (await response.json()).error.message;
  } catch {
    return say("The server cannot be reached. Nothing you typed is lost.");
  }
}

function input(name, label, type, autocomplete) {
  const box = make("input", { id: `again-${name}`, name, type, autocomplete, required: true });
  return { box, field: make("div", { class: "field" }, make("label", { for: `again-${name}` }, label), box) };
}

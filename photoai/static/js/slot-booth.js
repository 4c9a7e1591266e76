// The link with the guest's answers follows the prompt while it is typed.

import { all, make, one } from "./dom.js";

// As services/ingest/tokens.py reads a prompt; doubled braces are braces.
const MARK = /\{\{|\}\}|\{([A-Za-z][A-Za-z0-9_]{0,31})(?:\|([^{}]*))?\}/g;

/** Each placeholder's name with its default, in the prompt's order. */
function placeholders(prompt) {
  const found = new Map();
  for (const [, name, usual] of prompt.matchAll(MARK)) {
    if (name && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), (usual || "").trim());
  }
  return found;
}

/** Shows what the prompt in the form waits for. */
export function showSurvey(form) {
  const prompt = all("[data-path]", form).find((input) => input.dataset.path === "prompt");
  const found = placeholders(prompt?.value || "");
  const link = one("#ingest-link").value;
  one("#survey").hidden = found.size === 0;
  one("#survey-link").value = `${link}?${[...found.keys()].map((name) => `${name}={${name}}`).join("&")}`;
  const chips = [...found].map(([name, usual]) => make("code", { class: "chip plain" }, usual ? `${name} · ${usual}` : name));
  one("#placeholders").replaceChildren(...chips);
  showSamples(found);
}

/** What a guest answers, for a try: a row for each placeholder; what was typed stays. */
function showSamples(found) {
  const typed = samples();
  one("#samples").hidden = found.size === 0;
  const rows = [...found].map(([name, usual]) => {
    const input = make("input", { type: "text", name: `answer.${name}`, "data-answer": name, maxlength: one("#samples").dataset.most, placeholder: usual });
    input.value = typed.get(name) || "";
    return make("label", { class: "answer" }, make("code", { class: "chip plain" }, name), input);
  });
  const names = all("[data-answer]").map((input) => input.dataset.answer);
  const isSame = names.join() === [...found.keys()].join();
  if (isSame) all("[data-answer]").forEach((input) => { input.placeholder = found.get(input.dataset.answer); });
  else one("#answers").replaceChildren(...rows);
}

/** The sample answers by their placeholders' names; empty ones are none. */
export function samples() {
  return new Map(all("[data-answer]").filter((input) => input.value).map((input) => [input.dataset.answer, input.value]));
}

/** What the form says about its booth's program. */
export function profileOf(form) {
  return form.elements.client_profile.value;
}

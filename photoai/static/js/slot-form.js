// A slot's form as the API wants it, and the API's problems as the form shows them.

import { all, one } from "./dom.js";
import { profileOf } from "./slot-booth.js";

/** What a PUT of the slot sends. */
export function updateOf(form) {
  const isSecond = one("#toggle-second", form)?.checked ?? true;
  const settings = {};
  for (const input of all("[data-path]", form)) {
    if (!isSecond && one("#second", form).contains(input)) continue;
    const value = valueOf(input);
    if (value !== undefined) put(settings, input.dataset.path.split("."), value);
  }
  return {
    name: form.elements.name.value,
    provider_id: form.elements.provider_id.value,
    operation_id: form.elements.operation_id.value,
    settings_json: settings,
    client_profile: profileOf(form),
    version: Number(form.elements.version.value),
  };
}

/** Undefined for what was left empty; what is no number stays text, for the server to refuse. */
function valueOf(input) {
  if (input.dataset.type === "boolean") return input.checked;
  const text = input.value;
  if (text === "") return input.validity.badInput ? NaN : undefined;
  if (!["integer", "number"].includes(input.dataset.type)) return text;
  const number = Number(text.replace(",", "."));
  return Number.isNaN(number) ? text : number;
}

function put(target, [name, ...rest], value) {
  if (rest.length === 0) target[name] = value;
  else put((target[name] ??= {}), rest, value);
}

/** Shows each problem beside its field; true when all of them found their place. */
export function showProblems(form, details) {
  clearProblems(form);
  let first = null;
  let isAll = true;
  for (const [path, told] of Object.entries(details || {})) {
    const input = fieldOf(form, path);
    const place = input && document.getElementById(`${input.id.replace(/-file$/, "")}-problem`);
    const words = place || (input && one(".problem", input.closest(".field")));
    if (!words) {
      isAll = false;
      continue;
    }
    words.textContent = [told].flat().join(" ");
    input.setAttribute("aria-invalid", "true");
    first ??= input;
  }
  first?.focus();
  return isAll && first !== null;
}

export function clearProblems(form) {
  for (const each of all(".problem", form)) each.textContent = "";
  for (const each of all("[aria-invalid]", form)) each.removeAttribute("aria-invalid");
}

function fieldOf(form, path) {
  const inner = path.replace(/^settings_json\.?/, "");
  const found = all("[data-path]", form).find((input) => input.dataset.path === inner) || form.elements[path];
  if (!found) return null;
  return found.type === "hidden" ? document.getElementById(`${found.id}-file`) : found;
}

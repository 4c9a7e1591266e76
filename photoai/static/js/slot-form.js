// A slot's form as the API wants it, and the API's problems as the form shows them.

import { all, one } from "./dom.js";
import { profileOf } from "./slot-booth.js";

/** What a PUT of the slot sends. */
export function updateOf(form) {
  const isSecond = one("#toggle-second", form)?.checked ?? true;
  const inputs = all("[data-path]", form).filter((input) => !input.closest("[data-rung]"));
  const settings = settingsIn(inputs.filter((input) => isSecond || !one("#second", form).contains(input)));
  return {
    name: form.elements.name.value,
    provider_id: form.elements.provider_id.value,
    operation_id: form.elements.operation_id.value,
    settings_json: settings,
    client_profile: profileOf(form),
    version: Number(form.elements.version.value),
  };
}

/** The settings that stand in these inputs. */
export function settingsIn(inputs) {
  const settings = {};
  for (const input of inputs) {
    const value = valueOf(input);
    if (value !== undefined) put(settings, input.dataset.path.split("."), value);
  }
  return settings;
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

/** What was typed for one operation is good for another that has the same field. */
export function keepTyped(before, after) {
  const typed = new Map(all("[data-path]", before).map((input) => [input.dataset.path, input]));
  for (const input of all("[data-path]", after)) {
    const known = typed.get(input.dataset.path);
    if (!known || known.value === "" || input.type === "hidden") continue;
    if (input.type === "checkbox") input.checked = known.checked;
    else if (input.tagName !== "SELECT" || [...input.options].some(({ value }) => value === known.value)) input.value = known.value;
  }
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
  const [, place, own] = path.match(/^ladder\.(\d+)\.(.*)$/) || [null, null, path];
  // Only rungs that are to do something were sent.
  const rungs = all("[data-rung]", form).filter((row) => one("[data-what]", row).value !== "");
  const part = place === null ? form : rungs[place];
  if (!part) return null;
  const inner = own.replace(/^settings_json\.?/, "");
  const inputs = all("[data-path]", part).filter((input) => part !== form || !input.closest("[data-rung]"));
  const named = place === null ? form.elements[path] : one(own === "from_sec" ? "[data-from]" : "[data-what]", part);
  const found = inputs.find((input) => input.dataset.path === inner) || named;
  if (!found) return null;
  return (found.type === "hidden" && document.getElementById(`${found.id}-file`)) || found;
}

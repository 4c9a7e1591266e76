// What modules say, in the page's language. English is what the source says itself.

const address = document.documentElement.dataset.words;
const words = address ? (await import(address)).default : {};

export const language = document.documentElement.lang || "ru";

/** The text in the page's language, its {names} filled in. */
export function say(text, values = {}) {
  const said = words[text] || text;
  return said.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const number = new Intl.NumberFormat(language);
const moment = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });

export const asNumber = (value) => number.format(value);
export const asMoment = (value) => moment.format(new Date(value));

/** Seconds as a person says them. */
export function asTime(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return say("{seconds} s", { seconds: whole });
  return say("{minutes} min {seconds} s", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** Why something did not work, and what may help. */
export const because = (error) => [error?.message, ...(error?.details?.advice ?? [])].filter(Boolean).join(" ");

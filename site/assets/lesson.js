// Makes a lesson's steppers live, and opens folded sections that a link leads into.

import { mount } from "./model.js";

const SETTINGS = 'script[type="application/vnd.d2l-stepper+json"]';

/** The still image that a stepper replaces; without JavaScript it stays. */
const stillOf = (script) => script.closest(".cell_output")?.querySelector("img");

for (const script of document.querySelectorAll(SETTINGS)) {
  const place = document.createElement("div");
  place.className = "stepper-place";
  script.before(place);
  mount(place, JSON.parse(script.textContent));
  stillOf(script)?.remove();
}

/** A link into a folded section, or to its heading, opens it. */
function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target?.querySelector(":scope > details") ?? target; part; part = part.parentElement) {
    if (part.localName === "details") part.open = true;
  }
  target?.scrollIntoView();
}

addEventListener("hashchange", open);
if (location.hash) open();

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
  const target = document.querySelector(":target");
  const section = target?.closest("section");
  const isHeading = section && (target === section || target.parentElement === section);
  const folded = isHeading ? section.querySelector(":scope > details") : null;
  for (let part = folded ?? target; part; part = part.parentElement) if (part.localName === "details") part.open = true;
  target?.scrollIntoView();
}

addEventListener("hashchange", open);
if (location.hash) open();

// Makes a lesson's steppers live, and opens folded sections that a link leads into.

import { mount } from "./model.js";
import { WORDS } from "./stepper.js";

const SETTINGS = 'script[type="application/vnd.d2l-stepper+json"]';

/** The still image that a stepper replaces; without JavaScript it stays. */
const stillOf = (script) => script.closest(".cell_output")?.querySelector("img");

for (const script of document.querySelectorAll(SETTINGS)) {
  const place = document.createElement("div");
  place.className = "stepper-place";
  script.before(place);
  const model = mount(place, JSON.parse(script.textContent));
  stillOf(script)?.remove();
  place.append(playgroundLink(model));
}

/** The playground with what the stepper shows now; its module is loaded when somebody is about to go there. */
function playgroundLink(model) {
  const link = document.createElement("a");
  link.textContent = WORDS.playground.open;
  link.href = `${document.documentElement.dataset.content_root}playground.html`;
  const point = async () => {
    const { fragmentOf } = await import("./playground.js");
    link.hash = fragmentOf(model);
  };
  for (const event of ["pointerenter", "focus"]) link.addEventListener(event, point); // a new tab may be opened, too
  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    await point();
    location.assign(link.href);
  });
  return link;
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

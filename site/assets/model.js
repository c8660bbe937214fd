// A stepper without a kernel: the few methods of a widget's model that stepper.js calls, and a function that mounts one.

import stepper, { WORDS } from "./stepper.js";

/** What a state may leave out. */
const defaultOf = ([name, setting]) => [name, setting.default];
const DEFAULTS = { K: [[1, 1], [1, 1]], op: "corr", position: [0, 0], predict: false };
Object.assign(DEFAULTS, Object.fromEntries(Object.entries(WORDS.settings).map(defaultOf)));

/** The model of a widget that holds `state`. A changed value is told to those who listen to "change:name", then to those who
    listen to "change". The same value again is no change. */
export function modelOf(state) {
  const handlers = {};
  const tell = (event, ...about) => [...(handlers[event] ?? [])].forEach((handler) => handler(...about));
  return {
    state,
    handlers,
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      tell(`change:${name}`);
      tell("change", name);
    },
    on: (event, handler) => (handlers[event] ??= []).push(handler),
    off: (event, handler) => (handlers[event] = (handlers[event] ?? []).filter((other) => other !== handler)),
    save_changes() {},
  };
}

/** Show a stepper at the end of `element`. Returns its model, whose `close` removes the stepper and whose `view` is what is
    seen. */
export function mount(element, state) {
  const model = modelOf({ ...DEFAULTS, ...state });
  const destroy = stepper.render({ model, el: element });
  const root = element.lastElementChild;
  model.view = root.stepper;
  model.close = () => {
    destroy();
    root.remove();
  };
  return model;
}

import stepper from "./stepper.js";
export function modelOf(state) {
  const handlers = {};
  return {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; for (const handler of handlers[`change:${name}`] ?? []) handler(); },
    on: (event, handler) => (handlers[event] ??= []).push(handler),
    off: (event, handler) => { handlers[event] = handlers[event].filter((other) => other !== handler); },
    save_changes() {},
  };
}
export function mount(element, state) {
  const model = modelOf(state);
  stepper.render({ model, el: element });
  return model;
}

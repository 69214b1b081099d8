// When things are done.

/** Runs `work` one at a time; calls that come while it runs are one more run after it. */
export function oneAtATime(work) {
  let running = null;
  let again = false;
  return function run() {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await work();
      } while (again);
    })().finally(() => (running = null));
    return running;
  };
}

/** Calls `work` when nobody has asked for it for so many milliseconds. */
export function soon(work, milliseconds) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}

/** Whether the person wants things to keep still. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

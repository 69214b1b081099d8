// A subscription that outlives its connections. `EventSource` sends no headers, so the stream is read by `fetch`.

import { failure, forget } from "./bff.js";
import { EventParser } from "./sse.js";

const SHORTEST = 300;
const LONGEST = 10_000;
/** The gateway says something every twelve seconds, if only a comment. A line that is silent for longer is dead. */
const SILENCE = 30_000;
/** Reasons for an end that pass by themselves. */
const PASSING = new Set(["UNAUTHENTICATED", "UNAVAILABLE", "INTERNAL", "THROTTLED", "DEADLINE_EXCEEDED"]);
const PASSING_STATUS = new Set([401, 408, 425, 429]);

/** Follows a subscription of a client. */
export function follow(client, operation, variables, handlers) {
  const open = (headers, signal) => client.open(operation, variables, headers, signal);
  return new Live(open, handlers).start();
}

/**
 * `message` gets the data of each answer; `state` one of `connecting`, `live`, `offline`, `ended`; `error` why it ended,
 * if not by itself.
 */
export class Live {
  #open;
  #handlers;
  #state = "";
  #ended = false;
  #lastEventId = "";
  #failures = 0;
  #shortest = SHORTEST;
  #line = null;
  #wake = null;
  #hurry = false;

  constructor(open, { message, state = () => {}, error = () => {} }) {
    this.#open = open;
    this.#handlers = { message, state, error };
  }

  start() {
    addEventListener("online", this.#again);
    addEventListener("pageshow", this.#again);
    addEventListener("offline", this.#cut);
    this.#run();
    return this;
  }

  /** Comes back at once, in the language of now, and goes on where it stood. */
  reopen() {
    this.#again();
    this.#line?.abort();
  }

  stop() {
    this.#ended = true;
    removeEventListener("online", this.#again);
    removeEventListener("pageshow", this.#again);
    removeEventListener("offline", this.#cut);
    this.reopen();
  }

  #again = () => {
    this.#failures = 0;
    this.#hurry = true;
    this.#wake?.();
  };

  // The browser may hold a dead connection open until something is sent on it.
  #cut = () => {
    this.#line?.abort();
    this.#say("offline");
  };

  async #run() {
    while (!this.#ended) {
      this.#hurry = false;
      this.#say(navigator.onLine ? "connecting" : "offline");
      const end = await this.#connection().catch((error) => (lasting(error) ? { error } : null));
      if (this.#ended) break;
      if (end) {
        this.stop();
        if (end.error) this.#handlers.error(end.error);
        break;
      }
      this.#failures += 1;
      this.#say(navigator.onLine && this.#failures < 3 ? "connecting" : "offline");
      if (!this.#hurry) await this.#pause();
    }
    this.#say("ended");
  }

  /** One connection, until it is lost; what it ended with if the subscription is over. */
  async #connection() {
    const line = (this.#line = new AbortController());
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => line.abort(), SILENCE);
    };
    let end = null;
    let error = null;
    const parser = new EventParser(
      (event) => {
        if (event.type === "complete") end = { error };
        if (event.type !== "next") return;
        const answer = JSON.parse(event.data);
        error = failure(answer);
        if (!error) this.#message(event, answer.data);
      },
      (milliseconds) => (this.#shortest = Math.min(milliseconds, LONGEST)),
    );
    try {
      alive();
      const headers = { accept: "text/event-stream" };
      if (this.#lastEventId) headers["last-event-id"] = this.#lastEventId;
      const answer = await this.#open(headers, line.signal);
      this.#hurry = false;
      this.#say("live");
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return null;
        alive();
        parser.push(value);
        if (!end) continue;
        if (!PASSING.has(error?.code)) return end;
        if (error.code === "UNAUTHENTICATED") forget();
        return null;
      }
    } finally {
      clearTimeout(watch);
      line.abort();
      this.#line = null;
    }
  }

  #message(event, data) {
    // Something came, so the next loss is a new one.
    this.#failures = 0;
    if (event.id) this.#lastEventId = event.id;
    try {
      this.#handlers.message(data);
    } catch (error) {
      // A message that the page stumbles over must not stop those after it.
      reportError(error);
    }
  }

  /** Between the shortest and a bound that doubles, by chance: pages that were cut off together come back apart. */
  #pause() {
    const bound = Math.min(LONGEST, this.#shortest * 2 ** this.#failures);
    // Where there is no network an attempt only costs power; `online` wakes it.
    const from = navigator.onLine ? this.#shortest : LONGEST;
    const time = from + Math.random() * Math.max(0, bound - from);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }).finally(() => (this.#wake = null));
  }

  #say(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#handlers.state(state);
  }
}

/** Whether coming back would end the same way: refused, and not by the moment. */
const lasting = ({ status = 0 }) => status >= 400 && status < 500 && !PASSING_STATUS.has(status);

// Server-sent events as the HTML standard parses them (9.2.6), from text that comes in pieces.

/** Calls `event` with each `{ type, data, id }`, and `retry` with a number of milliseconds. */
export class EventParser {
  #event;
  #retry;
  #rest = "";
  #first = true;
  #type = "";
  #data = [];
  #id = "";

  constructor(event, retry = () => {}) {
    this.#event = event;
    this.#retry = retry;
  }

  /** The next piece. What is not yet a whole line waits for more; an event that is never ended is dropped. */
  push(piece) {
    if (this.#first && piece) {
      piece = piece.replace(/^\uFEFF/, "");
      this.#first = false;
    }
    this.#rest += piece;
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      // A carriage return at the very end may be half of a line's end.
      if (end < 0 || (this.#rest[end] === "\r" && end === this.#rest.length - 1)) return;
      const width = this.#rest.startsWith("\r\n", end) ? 2 : 1;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + width);
      this.#line(line);
    }
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#type = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.#retry(Number(value));
  }

  #dispatch() {
    const [type, data] = [this.#type || "message", this.#data];
    this.#type = "";
    this.#data = [];
    if (data.length > 0) this.#event({ type, data: data.join("\n"), id: this.#id });
  }
}

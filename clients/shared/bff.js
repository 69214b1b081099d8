// An app's operations at the gateway: `/bff/{client}/{operation}`.

import { language } from "./texts.js";

const VERSION = "1.0.0";
const PATIENCE = 15_000;
/** Where the gateway is; the page's own origin when it does not say. */
const GATEWAY = document.querySelector('meta[name="milepost-gateway"]')?.content ?? "";

/** What went wrong: `code` of the gateway, or `NETWORK` when nothing came back. */
export class BffError extends Error {
  constructor(code, message, status = 0) {
    super(message || code);
    this.name = "BffError";
    this.code = code;
    this.status = status;
  }
}

let opened;

/** Who has signed in. A product has its own sign-in here; the demo is given tokens. */
export function session() {
  opened ??= fetch(`${GATEWAY}/demo/session.json`)
    .catch((error) => Promise.reject(new BffError("NETWORK", error.message)))
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new BffError("SESSION", "", answer.status))));
  opened.catch(forget);
  return opened;
}

/** Signs in anew with the next request: a token has run out. */
export function forget() {
  opened = undefined;
}

/** The operations of one app, for the one whose token `tokenOf` finds in the session. */
export function client(name, tokenOf) {
  const address = (operation, variables) => `${GATEWAY}/bff/${name}/${operation}${parameters(variables)}`;

  async function send(url, init, headers) {
    for (let again = true; ; again = false) {
      const own = {
        authorization: `Bearer ${tokenOf(await session())}`,
        "accept-language": language(),
        "graphql-client-version": VERSION,
      };
      const answer = await fetch(url, { ...init, headers: { ...own, ...headers } }).catch((error) => {
        throw init.signal?.aborted && error.name !== "TimeoutError" ? error : new BffError("NETWORK", error.message);
      });
      if (answer.status !== 401 || !again) return answer;
      forget();
    }
  }

  return {
    /** A query's data. Fields that could not be had are null in it. */
    async ask(operation, variables = {}) {
      const init = { signal: AbortSignal.timeout(PATIENCE) };
      return data(await send(address(operation, variables), init, { accept: "application/json" }));
    },

    /** A mutation's data. What a user can put right is `userErrors` in it, and no error. */
    async tell(operation, variables) {
      const init = { method: "POST", body: JSON.stringify(variables), signal: AbortSignal.timeout(PATIENCE) };
      const headers = { accept: "application/json", "content-type": "application/json" };
      return data(await send(address(operation), init, headers));
    },

    /** A subscription's answer, whose body is the stream. */
    async open(operation, variables, headers, signal) {
      const answer = await send(address(operation, variables), { signal, cache: "no-store" }, headers);
      if (!answer.ok) await data(answer);
      if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
        throw new BffError("NO_STREAM", "", answer.status);
      }
      return answer;
    },
  };
}

/** The error of an answer that came to nothing; none when there is anything in it. */
export function failure({ data, errors }, status) {
  if (!errors?.length || (data && Object.values(data).some((field) => field !== null))) return null;
  return new BffError(errors[0].extensions?.code ?? "UNKNOWN", errors[0].message, status);
}

async function data(answer) {
  const body = await answer.json().catch(() => null);
  if (body === null) throw new BffError("NO_ANSWER", `HTTP ${answer.status}`, answer.status);
  const error = failure(body, answer.status);
  if (error) throw error;
  return body.data ?? {};
}

/** Variables as the gateway reads them from an address: objects and lists as JSON, the rest as text. */
function parameters(variables = {}) {
  const given = Object.entries(variables).filter(([, value]) => value !== null && value !== undefined);
  const texts = given.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]);
  return texts.length > 0 ? `?${new URLSearchParams(texts)}` : "";
}

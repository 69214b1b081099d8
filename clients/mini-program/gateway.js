// A WeChat mini-program's way to the gateway: `wx.request` for operations, one socket for what is followed. Needs nothing of a
// browser, and no GraphQL library unless something is followed (then `graphql-ws`, with `socketOf` as its `webSocketImpl`).

const PATIENCE = 15_000;
/** How many answers are kept with their tags. */
const KEPT = 50;

/** What went wrong: `code` of the gateway, or `NETWORK` when nothing came back. `retryAfterMs` where it says when to come again. */
export class GatewayError extends Error {
  constructor(code, message, status = 0, retryAfterMs = undefined) {
    super(message || code);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The operations of the app `mini-program`. `wx` is WeChat's; `version` is the app's own; `token` answers with the signed-in
 * person's, or nothing; `language` may be that of `wx.getSystemInfoSync().language`.
 */
export function gateway(wx, { url, version, token = () => undefined, language = "zh-CN" }) {
  /** The last answers to `ask` with their tags, as text: what has not changed is not sent again. */
  const known = new Map();
  let whose = token();

  function send(method, operation, options) {
    const authorization = token();
    const header = { "accept-language": language.replace("_", "-"), ...options.header };
    if (version) header["graphql-client-version"] = version;
    if (authorization) header.authorization = `Bearer ${authorization}`;
    return new Promise((resolve, reject) => wx.request({
      ...options, method, header, dataType: "json", timeout: PATIENCE,
      url: `${url}/bff/mini-program/${operation}${options.query ?? ""}`,
      success: resolve,
      fail: ({ errMsg }) => reject(new GatewayError("NETWORK", errMsg)),
    }));
  }

  return {
    /** Asks. Answers with `data`; null where there is nothing that the person may see. */
    async ask(operation, variables = {}) {
      const query = parameters(variables);
      // A tag of somebody else's answer says nothing.
      if (whose !== token()) known.clear();
      whose = token();
      const key = `${operation}${query}`;
      const before = known.get(key);
      const answer = await send("GET", operation, { query, header: before ? { "if-none-match": before.tag } : {} });
      if (answer.statusCode === 304 && before) return JSON.parse(before.text);
      const data = read(answer);
      const tag = headerOf(answer, "etag");
      known.delete(key);
      if (tag) known.set(key, { tag, text: JSON.stringify(data) });
      // A Map holds its keys in the order in which they came.
      if (known.size > KEPT) known.delete(known.keys().next().value);
      return data;
    },

    /** Does something. Answers with `data`, in whose payload `userErrors` tells what the person can put right. */
    async change(operation, variables = {}) {
      return read(await send("POST", operation, { data: variables, header: { "content-type": "application/json" } }));
    },
  };
}

/** As `?name=value&…`. Only what is given; lists and objects as JSON. */
function parameters(variables) {
  const given = Object.entries(variables).filter(([, value]) => value !== undefined && value !== null);
  const text = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const pairs = given.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(text(value))}`);
  return pairs.length ? `?${pairs.join("&")}` : "";
}

/** WeChat gives headers in the case in which they came. */
function headerOf(answer, name) {
  return Object.entries(answer.header ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

function read({ statusCode, data }) {
  const [error] = data?.errors ?? [];
  const refused = data?.data && Object.values(data.data).some((one) => one?.userErrors?.length);
  if (statusCode < 400 || refused) return data?.data;
  if (statusCode === 404 && !error && data?.data) return data.data;
  const { code = "INTERNAL", retryAfterMs } = error?.extensions ?? {};
  throw new GatewayError(code, error?.message, statusCode, retryAfterMs);
}

/**
 * `wx.connectSocket` in the form of a browser's `WebSocket`. An app may hold five sockets: keep to one, with the operation
 * `MyEvents`.
 */
export function socketOf(wx) {
  return class Socket {
    static CONNECTING = 0;
    static OPEN = 1;
    static CLOSING = 2;
    static CLOSED = 3;

    constructor(url, protocol) {
      this.readyState = Socket.CONNECTING;
      this.protocol = protocol;
      // A connection that does not come about is told once, whichever of the two ways WeChat takes.
      const failed = ({ errMsg }) => {
        if (this.readyState !== Socket.CONNECTING) return;
        this.readyState = Socket.CLOSED;
        this.onerror?.(new GatewayError("NETWORK", errMsg));
        this.onclose?.({ code: 1006, reason: "", wasClean: false });
      };
      this.task = wx.connectSocket({ url, protocols: [].concat(protocol ?? []), tcpNoDelay: true, fail: failed });
      this.task.onOpen(() => {
        this.readyState = Socket.OPEN;
        this.onopen?.({});
      });
      this.task.onMessage(({ data }) => this.onmessage?.({ data }));
      this.task.onError((error) => {
        if (this.readyState === Socket.CONNECTING) failed(error);
        else this.onerror?.(new GatewayError("NETWORK", error.errMsg));
      });
      this.task.onClose(({ code = 1006, reason = "" }) => {
        if (this.readyState === Socket.CLOSED) return;
        this.readyState = Socket.CLOSED;
        this.onclose?.({ code, reason, wasClean: code !== 1006 });
      });
    }

    send(data) {
      this.task.send({ data });
    }

    close(code, reason) {
      if (this.readyState < Socket.CLOSING) this.readyState = Socket.CLOSING;
      this.task.close({ code, reason });
    }
  };
}

// A WeChat mini-program's way to the gateway: `wx.request` for operations, one socket for what is followed. Needs nothing of a
// browser, and no GraphQL library unless something is followed (then `graphql-ws`, with `socketOf` as its `webSocketImpl`).

const VERSION = "1.0.0";
const PATIENCE = 15_000;

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
 * The operations of the app `mini-program`. `wx` is WeChat's; `token` answers with the signed-in person's, or nothing;
 * `language` is that of `wx.getSystemInfoSync().language`.
 */
export function gateway(wx, { url, token = () => undefined, language = "zh-CN" }) {
  /** Answers to `ask` with their tags: what has not changed is not sent again. */
  const known = new Map();

  function send(method, operation, options) {
    const authorization = token();
    const header = { "accept-language": language, "graphql-client-version": VERSION, ...options.header };
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
      // Of one person: a tag of somebody else's answer says nothing.
      const key = `${token() ?? ""} ${language} ${operation}${query}`;
      const before = known.get(key);
      const answer = await send("GET", operation, { query, header: before ? { "if-none-match": before.tag } : {} });
      if (answer.statusCode === 304 && before) return before.data;
      const data = read(answer);
      const tag = headerOf(answer, "etag");
      if (tag) known.set(key, { tag, data });
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
  if (statusCode === 404 && !error) return data?.data ?? null;
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
      this.task = wx.connectSocket({ url, protocols: [].concat(protocol ?? []), tcpNoDelay: true });
      this.task.onOpen(() => {
        this.readyState = Socket.OPEN;
        this.onopen?.({});
      });
      this.task.onMessage(({ data }) => this.onmessage?.({ data }));
      this.task.onError(({ errMsg }) => this.onerror?.(new GatewayError("NETWORK", errMsg)));
      this.task.onClose(({ code = 1006, reason = "" }) => {
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

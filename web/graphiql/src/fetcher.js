import { getOperationAST } from "graphql";
import { createClient } from "graphql-ws";

const HTTP_URL = "/graphql";
const WS_PATH = "/graphql/ws";

// GraphiQL would show the stack too.
function plainError(message) {
  const error = new Error(message);
  delete error.stack;
  return error;
}

async function overHttp(params, headers) {
  const response = await fetch(HTTP_URL, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json;q=0.9",
      ...headers,
    },
    body: JSON.stringify(params),
  }).catch((error) => {
    throw plainError(`The server could not be reached: ${error.message}`);
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw plainError(
      `The server answered ${response.status} ${response.statusText}: ${text}`,
    );
  }
}

// The browser cannot set headers on a WebSocket, so the headers editor's
// authorization goes into the connection_init message.
function connectionParams(headers = {}) {
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === "authorization") {
      return { authorization: value };
    }
  }
  return {};
}

// An observable and not an async generator: GraphiQL's stop button must end
// the subscription while the next event is still awaited.
function overWebSocket(params, headers) {
  return {
    subscribe(sink) {
      const url = new URL(WS_PATH, window.location.href);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      const client = createClient({
        url: url.href,
        connectionParams: connectionParams(headers),
        retryAttempts: 0,
      });
      const unsubscribe = client.subscribe(params, {
        next: (result) => sink.next(result),
        complete: () => sink.complete(),
        error(error) {
          if (error instanceof CloseEvent) {
            sink.error(
              plainError(
                `The WebSocket was closed: ${error.code} ${error.reason}`.trim(),
              ),
            );
          } else if (error instanceof Event) {
            sink.error(plainError("The WebSocket could not be opened"));
          } else {
            sink.error(error);
          }
        },
      });
      return { unsubscribe };
    },
  };
}

// GraphiQL asks for the schema before its headers editor is there, so that
// request takes `defaultHeaders`.
export function createFetcher(defaultHeaders) {
  return (params, { headers, documentAST } = {}) => {
    if (params.operationName === "IntrospectionQuery") {
      return overHttp(params, headers ?? defaultHeaders);
    }
    const operation =
      documentAST && getOperationAST(documentAST, params.operationName);
    return operation?.operation === "subscription"
      ? overWebSocket(params, headers)
      : overHttp(params, headers);
  };
}

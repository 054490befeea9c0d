import type { IncomingMessage, ServerResponse } from "node:http";

/** An error with the status and body of RFC 9457. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export interface Request {
  params: Record<string, string>;
  query: URLSearchParams;
  json: unknown;
  body: string;
  token: string;
  cookie: string;
  raw: IncomingMessage;
  response: ServerResponse;
  setHeader(name: string, value: string): void;
}

/** undefined answers 204; "streaming" leaves the response to the handler. */
type Handler = (request: Request) => unknown;

interface Route {
  method: string;
  pattern: RegExp;
  names: string[];
  handler: Handler;
  status: number;
}

/** Routes with `:name` segments, JSON in and out. */
export class Router {
  private readonly routes: Route[] = [];

  on(method: string, path: string, handler: Handler, status = 200): void {
    const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? "");
    this.routes.push({ method, pattern: new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`), names, handler, status });
  }

  /** Answers the request if a route fits; returns whether one did. */
  async handle(raw: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(raw.url ?? "/", "http://mock");
    for (const route of this.routes) {
      const match = route.method === raw.method ? route.pattern.exec(url.pathname) : null;
      if (!match) continue;
      const params = Object.fromEntries(route.names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? "")]));
      let body = "";
      for await (const chunk of raw) body += String(chunk);
      try {
        const isJson = (raw.headers["content-type"] ?? "").includes("json") && body !== "";
        const result = await route.handler({
          params, query: url.searchParams, body, json: isJson ? (JSON.parse(body) as unknown) : undefined,
          token: (raw.headers.authorization ?? "").replace(/^Bearer /, "") || (url.searchParams.get("token") ?? ""),
          cookie: raw.headers.cookie ?? "", raw, response,
          setHeader: (name, value) => response.setHeader(name, value),
        });
        if (result === "streaming") return true;
        if (result === undefined) response.writeHead(204).end();
        else json(response, route.status, result);
      } catch (error) {
        const problem = error instanceof Problem ? error : new Problem(500, "internal", String(error));
        json(response, problem.status, { type: "about:blank", title: problem.message, status: problem.status, detail: problem.message, code: problem.code });
      }
      return true;
    }
    return false;
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "Content-Type": status < 400 ? "application/json" : "application/problem+json" }).end(JSON.stringify(value));
}

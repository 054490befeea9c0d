import type { Lang } from "./i18n";

/** A failed request: `status` 0 means that no answer arrived (`code` "network" or "timeout"). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Seconds the server asks to wait, or 0. */
  readonly retryAfter: number;
  /** The body of the problem, for pages that show its extensions. */
  readonly problem: Record<string, unknown>;

  constructor(status: number, code: string, message: string, retryAfter = 0, problem: Record<string, unknown> = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.problem = problem;
  }

  /** Whether the same request may succeed later without being changed. */
  get transient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export interface RequestOptions {
  body?: unknown;
  /** A body sent as it is (a file), with its content type. */
  raw?: { data: BodyInit; type: string };
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  idempotencyKey?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** What people read when no usable answer came from a server. */
export interface FailureWords {
  network: string;
  timeout: string;
  badAnswer: string;
}

/** Those words in both languages. */
export const failureWords: Record<Lang, FailureWords> = {
  zh: { network: "连不上服务器，请检查网络", timeout: "服务器没有及时响应，请稍后再试", badAnswer: "服务器的回答无法识别，请稍后再试" },
  en: { network: "the server cannot be reached", timeout: "the server did not answer in time", badAnswer: "the server's answer cannot be read" },
};

export interface HttpOptions {
  /** Origin (and path prefix) of the server, without a trailing slash; "" is the page's own. */
  base: string;
  /** Bearer token of the next request, or undefined for cookie sessions. */
  token?: () => string | undefined;
  fetch?: typeof fetch;
  timeoutMs?: number;
  /** English when left out. */
  words?: FailureWords;
  /** Called for each answer 401, before the error is thrown. */
  onUnauthenticated?: () => void;
}

/** JSON over fetch; every failure is an ApiError. */
export class Http {
  private readonly options: HttpOptions;

  constructor(options: HttpOptions) {
    this.options = options;
  }

  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.request<T>("GET", path, options);
  }

  post<T>(path: string, body?: unknown, options: RequestOptions = {}): Promise<T> {
    return this.request<T>("POST", path, { ...options, body });
  }

  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return (await this.exchange<T>(method, path, options)).data;
  }

  /** Like request, with the response's headers. */
  async exchange<T>(method: string, path: string, options: RequestOptions = {}): Promise<{ data: T; headers: Headers }> {
    const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
    let body: BodyInit | undefined;
    if (options.raw) {
      body = options.raw.data;
      headers["Content-Type"] = options.raw.type;
    } else if (options.body !== undefined) {
      body = JSON.stringify(options.body);
      headers["Content-Type"] = "application/json";
    }
    const token = this.options.token?.();
    if (token) headers["Authorization"] = `Bearer ${token}`;
    if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;

    const limit = new AbortController();
    const abort = () => limit.abort();
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener("abort", abort);
    const timer = setTimeout(abort, options.timeoutMs ?? this.options.timeoutMs ?? 20_000);
    try {
      const send = this.options.fetch ?? fetch;
      const response = await send(this.options.base + path + queryString(options.query), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        credentials: "same-origin",
        signal: limit.signal,
      });
      const text = await response.text();
      if (!response.ok) throw this.failure(response, text);
      return { data: (text === "" ? undefined : JSON.parse(text)) as T, headers: response.headers };
    } catch (error) {
      if (error instanceof ApiError || options.signal?.aborted) throw error;
      const words = this.options.words ?? failureWords.en;
      if (limit.signal.aborted) throw new ApiError(0, "timeout", words.timeout);
      if (error instanceof SyntaxError) throw new ApiError(502, "bad_answer", words.badAnswer);
      throw new ApiError(0, "network", words.network);
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
    }
  }

  private failure(response: Response, text: string): ApiError {
    let problem: Record<string, unknown> = {};
    try {
      const parsed: unknown = JSON.parse(text);
      if (typeof parsed === "object" && parsed !== null) problem = parsed as Record<string, unknown>;
    } catch {
      problem = {}; // a proxy's HTML page: the status says what there is to know
    }
    if (response.status === 401) this.options.onUnauthenticated?.();
    const said = problem["detail"] ?? problem["title"];
    const message = typeof said === "string" && said !== "" ? said : `HTTP ${response.status}`;
    const code = typeof problem["code"] === "string" ? problem["code"] : `http_${response.status}`;
    return new ApiError(response.status, code, message, retryAfter(response.headers), problem);
  }
}

function queryString(query: RequestOptions["query"]): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

function retryAfter(headers: Headers): number {
  const seconds = Number(headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) : 0;
}

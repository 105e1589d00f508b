// One request over HTTP, whichever version the server speaks, and what can go wrong with it.

/** Header names are in lower case. */
export interface HttpRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: Record<string, string | string[]>;
  body?: Buffer;
  signal: AbortSignal;
}

export interface HttpResponse {
  code: number;
  headers: Record<string, string | string[] | undefined>;
  /** Throws when the connection is lost before the end. To stop reading is to cancel the request. */
  body: AsyncIterable<Buffer>;
}

export interface HttpConnection {
  /** Whether one more request may be sent on it. */
  readonly usable: boolean;
  /** Whether requests are under way. */
  readonly busy: boolean;
  /** Rejects with an UnsentError when the server cannot have seen the request, else with what broke. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Takes no more requests; `now` also ends those under way. */
  close(now: boolean): void;
}

/** The server has not taken the request up: it may be sent again whatever it is. */
export class UnsentError extends Error {}

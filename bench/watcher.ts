// The process of many watchers: opens watches over HTTP/2 or HTTP/1.1, counts the events of all and times those of one.
// Started by scenarios/watch.ts, which tells it what to do in messages.

import { connect as connectHttp2 } from "node:http2";
import { connect as connectTls } from "node:tls";

export interface WatcherSettings {
  url: string;
  path: string;
  authorization: string;
  protocol: "HTTP/2" | "HTTP/1.1";
  connections: number;
  /** Watches on each connection; HTTP/1.1 has one. */
  watches: number;
}

/** What happened since the last question. */
export interface WatcherReport {
  events: number;
  /** Milliseconds from the sending of a create to the arrival of its event at one of the watchers. */
  lags: number[];
  ended: number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

const report: WatcherReport = { events: 0, lags: [], ended: 0 };

/** Events end with a newline; the lines of HTTP/1.1 itself end with CR and LF. */
function count(chunk: Buffer): void {
  for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) {
    if (at === 0 || chunk[at - 1] !== carriageReturn) report.events++;
  }
}

function time(chunk: Buffer): void {
  const now = performance.timeOrigin + performance.now();
  for (const match of chunk.toString("latin1").matchAll(/"sentAt":"([0-9.]+)"/g))
    report.lags.push(now - Number(match[1]));
}

function watchHttp2({ url, path, authorization, connections, watches }: WatcherSettings): Promise<unknown> {
  const opened: Promise<void>[] = [];
  for (let connection = 0; connection < connections; connection++) {
    const session = connectHttp2(url, { rejectUnauthorized: false, settings: { initialWindowSize: 1 << 24 } });
    session.on("connect", () => session.setLocalWindowSize(1 << 26));
    for (let watch = 0; watch < watches; watch++) {
      const stream = session.request({ ":path": path, authorization });
      const timed = connection === 0 && watch === 0;
      opened.push(new Promise((resolve) => stream.once("response", () => resolve())));
      stream.on("data", (chunk: Buffer) => {
        count(chunk);
        if (timed) time(chunk);
      });
      stream.on("error", () => undefined);
      stream.on("close", () => report.ended++);
    }
  }
  return Promise.all(opened);
}

function watchHttp1({ url, path, authorization, connections }: WatcherSettings): Promise<unknown> {
  const { hostname, port } = new URL(url);
  const opened: Promise<void>[] = [];
  for (let connection = 0; connection < connections; connection++) {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: ${authorization}\r\n\r\n`);
    // The head of the answer comes first, alone: the watched resource is still quiet.
    opened.push(new Promise((resolve) => socket.once("data", () => resolve())));
    socket.on("data", (chunk: Buffer) => {
      count(chunk);
      if (connection === 0) time(chunk);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => report.ended++);
  }
  return Promise.all(opened);
}

process.on("message", async (message: { watch: WatcherSettings } | "report") => {
  if (message === "report") {
    process.send!(report);
    Object.assign(report, { events: 0, lags: [] });
    return;
  }
  await (message.watch.protocol === "HTTP/2" ? watchHttp2 : watchHttp1)(message.watch);
  process.send!("watching");
});
process.on("disconnect", () => process.exit(0));

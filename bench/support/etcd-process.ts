// etcd as a yardstick of durability: one member, no TLS, raw puts of one key over gRPC.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { freePort } from "./muster-process.ts";

export class EtcdProcess {
  readonly url: string;
  readonly headers = { "content-type": "application/grpc", te: "trailers" };
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    process.once("exit", () => child.kill("SIGKILL"));
    this.url = url;
  }

  static async start(dataDir: string): Promise<EtcdProcess> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    const child = spawn(
      "etcd",
      [
        `--data-dir=${dataDir}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        "--log-level=error",
      ],
      { stdio: "ignore" },
    );
    const etcd = new EtcdProcess(child, url);
    for (;;) {
      if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}`);
      try {
        await etcd.revision();
        return etcd;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The store's revision, which every put raises by one. */
  async revision(): Promise<number> {
    const answer = await call(this.url, "/etcdserverpb.KV/Range", frame(bytesField(1, "absent")));
    // RangeResponse.header (1) → ResponseHeader.revision (3).
    return varintField(lengthField(answer.subarray(5), 1), 3);
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}

/** The body of `POST /etcdserverpb.KV/Put`. */
export function putBody(key: string, value: string): Buffer {
  return frame(Buffer.concat([bytesField(1, key), bytesField(2, value)]));
}

/** A gRPC message: a flag, its length, the bytes. */
function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function bytesField(number: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(bytes.length)]), bytes]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}

function* fields(message: Buffer): Generator<{ number: number; value: number | Buffer }> {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = read();
    const number = tag >> 3;
    if ((tag & 7) === 0) yield { number, value: read() };
    else {
      const length = read();
      yield { number, value: message.subarray(at, at + length) };
      at += length;
    }
  }
}

function lengthField(message: Buffer, wanted: number): Buffer {
  for (const { number, value } of fields(message)) if (number === wanted && typeof value !== "number") return value;
  return Buffer.alloc(0);
}

function varintField(message: Buffer, wanted: number): number {
  for (const { number, value } of fields(message)) if (number === wanted && typeof value === "number") return value;
  return 0;
}

async function call(url: string, path: string, body: Buffer): Promise<Buffer> {
  const session = connect(url);
  try {
    await once(session, "connect");
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.end(body);
    await once(stream, "end");
    return Buffer.concat(chunks);
  } finally {
    session.close();
  }
}

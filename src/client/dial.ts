// Opens the socket under a connection: TLS that verifies the server, through a proxy if there is one.

import { request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { type TLSSocket, connect as tlsConnect } from "node:tls";

/** Where connections go, and how the two ends show who they are. Certificates and keys are PEM. */
export interface Target {
  server: URL;
  /** Trusted authorities; the system's when absent. */
  certificateAuthority?: string;
  insecureSkipTlsVerify?: boolean;
  /** The name that the server's certificate has to have, when that is not the host of the URL. */
  tlsServerName?: string;
  /** An `http:` proxy that passes connections on. */
  proxyUrl?: string;
  clientCertificate?: string;
  clientKey?: string;
  /** Milliseconds until a connection has to stand. */
  timeout: number;
}

/** The socket after the handshake; its `alpnProtocol` says what is spoken on it. */
export async function dialTls(target: Target, protocols: string[]): Promise<TLSSocket> {
  const { server } = target;
  const host = hostOf(server);
  const port = Number(server.port || 443);
  const under =
    target.proxyUrl === undefined ? undefined : await tunnel(target, target.proxyUrl, `${server.hostname}:${port}`);
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      ...(under === undefined ? { host, port } : { socket: under, host }),
      ca: target.certificateAuthority,
      cert: target.clientCertificate,
      key: target.clientKey,
      rejectUnauthorized: target.insecureSkipTlsVerify !== true,
      ...(target.tlsServerName !== undefined && { servername: target.tlsServerName }),
      ALPNProtocols: protocols,
    });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const late = () => fail(new Error(`no connection within ${target.timeout} ms`));
    socket.setTimeout(target.timeout, late);
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      socket.setTimeout(0);
      socket.off("timeout", late);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** A URL's host as `connect` takes it: IPv6 addresses without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/** A connection through a proxy, by the method CONNECT. */
function tunnel(target: Target, proxyUrl: string, authority: string): Promise<Socket> {
  const proxy = new URL(proxyUrl);
  if (proxy.protocol !== "http:")
    throw new Error(`proxies of ${proxy.protocol.slice(0, -1)} are not supported: ${proxyUrl}`);
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method: "CONNECT",
      host: hostOf(proxy),
      port: Number(proxy.port || 80),
      path: authority,
      timeout: target.timeout,
      headers: {
        host: authority,
        ...(proxy.username !== "" && { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` }),
      },
    });
    request.once("timeout", () => request.destroy(new Error(`the proxy did not answer within ${target.timeout} ms`)));
    request.once("error", reject);
    request.once("response", (response) => {
      response.resume();
      reject(new Error(`the proxy answered ${response.statusCode} to CONNECT`));
    });
    request.once("connect", (response, socket) => {
      if (response.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`the proxy answered ${response.statusCode} to CONNECT`));
      }
    });
    request.end();
  });
}

// The sentences of Go's network stack for failed calls, which users of webhooks know and scripts look for.

interface NetworkError {
  code?: string;
  address?: string;
  port?: number;
  hostname?: string;
  message?: string;
  reason?: string;
  cert?: { subjectaltname?: string };
}

const unverified = "tls: failed to verify certificate: x509:";

/** Why a call to a URL failed. */
export function networkErrorText(error: unknown, to: { host: string; hostname: string }): string {
  const { code = "", address, port, hostname, message = String(error), cert } = (error ?? {}) as NetworkError;
  const place = address === undefined ? to.host : `${address.includes(":") ? `[${address}]` : address}:${port}`;
  switch (code) {
    case "ECONNREFUSED":
      return `dial tcp ${place}: connect: connection refused`;
    case "EHOSTUNREACH":
      return `dial tcp ${place}: connect: no route to host`;
    case "ENETUNREACH":
      return `dial tcp ${place}: connect: network is unreachable`;
    case "ETIMEDOUT":
      return `dial tcp ${place}: i/o timeout`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${hostname ?? to.hostname}: no such host`;
    case "ECONNRESET":
      return "EOF";
    case "ERR_TLS_CERT_ALTNAME_INVALID": {
      const names = (cert?.subjectaltname ?? "").split(", ").map((name) => name.replace(/^[^:]*:/, ""));
      return `${unverified} certificate is valid for ${names.join(", ")}, not ${to.hostname}`;
    }
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `${unverified} certificate has expired or is not yet valid`;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return `${unverified} certificate signed by unknown authority`;
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return "http: server gave HTTP response to HTTPS client";
    default:
      return message;
  }
}

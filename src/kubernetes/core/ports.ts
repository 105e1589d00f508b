// Protocols of ports, and the defaults that lists of ports share.

import type { JsonObject } from "../../machinery/object.ts";
import { listOf } from "../validation/fields.ts";

export const protocols = ["SCTP", "TCP", "UDP"];

/** Ports without a protocol are TCP. */
export function defaultProtocols(ports: unknown): void {
  for (const port of listOf(ports) as JsonObject[]) port.protocol ||= "TCP";
}

// What can be set for one control plane.

import type { AdmissionPlugin } from "../admission.ts";
import type { AnonymousSettings } from "../authentication/anonymous.ts";
import type { OidcIssuer } from "../authentication/oidc.ts";
import type { PolicyRule } from "../identity.ts";
import type { ControlPlane } from "./control-plane.ts";

/** Which modules a control plane has. `bare` has no controllers at all. */
export type Profile = "hub" | "cluster" | "bare";

export interface PlaneSettings {
  profile: Profile;
  /** The URL under which the plane is reached; also the issuer of its tokens. */
  externalUrl: string;
  /** The URL that those who join are told (`cluster-info`, the endpoints of the service `kubernetes`), where it is another one. */
  advertisedUrl?: string;
  serviceClusterIPRange: string;
  serviceNodePortRange: { from: number; to: number };
  anonymous: AnonymousSettings;
  /** The static token file, `token,user,uid,"group1,group2"` per line. */
  staticTokens?: { text: string; fileName: string };
  oidcIssuers: OidcIssuer[];
  /** Largest body of a request, in bytes. */
  maximumBody: number;
  /** The rules of the role system:node, as far as they are not decided object by object. */
  nodeRules: readonly PolicyRule[];
  /** Plug-ins of the modules, in order. */
  admission: (plane: ControlPlane) => AdmissionPlugin[];
}

export const defaultSettings: PlaneSettings = {
  profile: "hub",
  externalUrl: "https://kubernetes.default.svc",
  serviceClusterIPRange: "10.96.0.0/12",
  serviceNodePortRange: { from: 30000, to: 32767 },
  anonymous: { mode: "health" },
  oidcIssuers: [],
  maximumBody: 3 * 1024 * 1024,
  nodeRules: [],
  admission: () => [],
};

// What `/version` tells: the Kubernetes version whose API is served. Clients compare it with their own.

/** The Kubernetes release of the built-in kinds. */
const kubernetes = { major: "1", minor: "36" } as const;

/** Muster's own version. */
export const musterVersion = "0.1.0";

/** The platform as Go names it: clients match on that. */
const architecture = process.arch === "x64" ? "amd64" : process.arch;

export const versionDocument = {
  major: kubernetes.major,
  minor: kubernetes.minor,
  emulationMajor: kubernetes.major,
  emulationMinor: kubernetes.minor,
  minCompatibilityMajor: kubernetes.major,
  minCompatibilityMinor: String(Number(kubernetes.minor) - 1),
  gitVersion: `v${kubernetes.major}.${kubernetes.minor}.0+muster-${musterVersion}`,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: `node ${process.versions.node}`,
  compiler: "v8",
  platform: `${process.platform}/${architecture}`,
};

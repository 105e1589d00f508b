// The floors of docs/architecture.md: each imports only those below it.
const floors = ["machinery", "storage", "apiserver", "client", "runtime"];
const modules = ["kubernetes"];

const forbidden = floors.map((floor, index) => ({
  name: `${floor}-stands-on-lower-floors`,
  severity: "error",
  from: { path: `^src/${floor}/`, pathNot: "\\.test\\.ts$|/testing\\.ts$" },
  to: { path: "^src/", pathNot: [`^src/(${floors.slice(0, index + 1).join("|")})/`, "^src/types/"] },
}));

module.exports = {
  forbidden: [
    ...forbidden,
    {
      name: "machinery-is-pure",
      comment: "No I/O, no clock, no environment: only pure functions on values.",
      severity: "error",
      from: { path: "^src/machinery/", pathNot: "\\.test\\.ts$" },
      to: {
        path: "^node:(?!crypto$|buffer$|util$|net$)|^(fs|http|https|http2|child_process|worker_threads|os|process)$",
      },
    },
    {
      name: "modules-know-each-other-by-kinds",
      comment: "Of another module only its kinds.ts may be imported.",
      severity: "error",
      from: { path: `^src/(${modules.join("|")})/` },
      to: { path: `^src/(${modules.join("|")})/`, pathNot: ["^src/$1/", "/kinds\\.ts$"] },
    },
    {
      name: "agents-are-programs-of-their-own",
      severity: "error",
      from: { path: "^src/[^/]+/agent/" },
      to: { path: "^src/(storage|apiserver)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "client-runs-without-a-server",
      comment: "The in-process transport knows only the types of the API server.",
      severity: "error",
      from: { path: "^src/client/", pathNot: "\\.test\\.ts$" },
      to: { path: "^src/(storage|apiserver)/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nobody-imports-the-command",
      severity: "error",
      from: { path: "^src/(?!cli/)" },
      to: { path: "^src/cli/" },
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".json"] },
  },
};

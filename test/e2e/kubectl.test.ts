// Every kubectl of this machine does what people do with it, against a server of its own. The commands are in kubectl/.
// Scenarios that show the server rather than the client run with the newest one only; MUSTER_E2E=full runs all with all.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { scenarios } from "./kubectl/index.ts";
import { difference } from "./support/expected.ts";
import { findKubectls, type KubectlProgram, KubectlShell } from "./support/kubectl.ts";
import { MusterServer, remove, temporaryDirectory } from "./support/muster.ts";
import type { Scenario, Step } from "./support/scenario.ts";

const patience = 20_000;
const programs = findKubectls();
const newest = programs.at(-1);

if (newest === undefined) {
  const why = "NO KUBECTL FOUND: these tests did not run. Put one on the PATH, or name some in MUSTER_KUBECTLS.";
  process.stderr.write(`\n!!! ${why}\n\n`);
  it("kubectl", { skip: why }, () => undefined);
}

for (const program of programs) {
  describe(`kubectl 1.${program.minor}`, () => {
    const directory = temporaryDirectory();
    let server: MusterServer;
    let shell: KubectlShell;
    before(async () => {
      server = await MusterServer.start({
        dataDir: join(directory, "data"),
        storage: program === newest ? "sqlite" : "memory",
      });
      shell = new KubectlShell(program.path, server.kubeconfig, directory);
    });
    after(async () => {
      await server?.stop();
      remove(directory);
    });
    for (const scenario of scenarios) {
      if (isFor(scenario, program)) it(scenario.name, () => play(scenario, program, shell));
    }
  });
}

function isFor({ since = 0, newestOnly }: Scenario, program: KubectlProgram): boolean {
  return program.minor >= since && (newestOnly !== true || program === newest || process.env.MUSTER_E2E === "full");
}

async function play(scenario: Scenario, program: KubectlProgram, shell: KubectlShell): Promise<void> {
  for (const [name, text] of Object.entries(scenario.files ?? {})) writeFileSync(join(shell.directory, name), text);
  for (const step of scenario.steps) {
    const { since = 0, until = Number.POSITIVE_INFINITY } = step[2] ?? {};
    if (program.minor >= since && program.minor <= until) await take(step, shell);
  }
}

async function take([line, prints, options = {}]: Step, shell: KubectlShell): Promise<void> {
  const deadline = Date.now() + (options.eventually ? patience : 0);
  for (;;) {
    const { code, output } = await shell.run(line);
    const different = difference(prints, output);
    const expectedCode = options.code ?? 0;
    if (different === undefined && code === expectedCode) return;
    if (Date.now() < deadline) {
      await setTimeout(50);
      continue;
    }
    assert.fail(`$ ${line}\n${different ?? output}\nexit code ${code}, expected ${expectedCode}`);
  }
}

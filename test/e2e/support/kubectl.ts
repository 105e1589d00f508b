// The kubectl programs of this machine, and running command lines with one of them.

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

export interface KubectlProgram {
  path: string;
  /** 33 for kubectl 1.33. */
  minor: number;
}

/**
 * All kubectls, one of each minor version, oldest first: those that MUSTER_KUBECTLS names (separated as in PATH), else those called
 * `kubectl` or like `kubectl.1.33` in a directory of the PATH or beside the program that `kubectl` is a link to.
 */
export function findKubectls(): KubectlProgram[] {
  const found = new Map<number, KubectlProgram>();
  for (const path of candidates()) {
    const minor = minorOf(path);
    if (minor !== undefined && !found.has(minor)) found.set(minor, { path, minor });
  }
  return [...found.values()].sort((a, b) => a.minor - b.minor);
}

function candidates(): string[] {
  const named = process.env.MUSTER_KUBECTLS;
  if (named !== undefined) return named.split(delimiter).filter((path) => path !== "");
  const directories = new Set((process.env.PATH ?? "").split(delimiter).filter((directory) => existsSync(directory)));
  for (const directory of [...directories]) {
    const plain = join(directory, "kubectl");
    if (existsSync(plain)) directories.add(dirname(realpathSync(plain)));
  }
  const paths = [...directories].flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => /^kubectl([.-]?v?1\.[0-9]+(\.[0-9]+)?)?$/.test(name))
      .map((name) => join(directory, name)),
  );
  // A name with a version is that version; plain `kubectl` may be a program that chooses one.
  return paths.sort((a, b) => b.length - a.length);
}

function minorOf(path: string): number | undefined {
  try {
    const text = execFileSync(path, ["version", "--client", "-o", "json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return Number.parseInt(JSON.parse(text).clientVersion.minor, 10);
  } catch {
    return undefined;
  }
}

/** A shell in which `kubectl` is one program with a kubeconfig, a home and a working directory of its own. */
export class KubectlShell {
  readonly directory: string;
  readonly #environment: Record<string, string>;

  /** `directory` must exist; the home, the program's place and the working directory are made in it. */
  constructor(program: string, kubeconfig: string, directory: string) {
    this.directory = join(directory, "work");
    const programs = join(directory, "bin");
    const home = join(directory, "home");
    for (const each of [this.directory, programs, home]) mkdirSync(each);
    writeFileSync(join(programs, "kubectl"), `#!/bin/sh\nexec '${program}' "$@"\n`);
    chmodSync(join(programs, "kubectl"), 0o755);
    this.#environment = {
      PATH: `${programs}${delimiter}${process.env.PATH}`,
      HOME: home,
      KUBECONFIG: kubeconfig,
      LC_ALL: "C",
    };
  }

  /** Runs a command line; `output` is what a terminal would show. */
  async run(line: string): Promise<{ code: number | null; output: string }> {
    const child = this.start(line);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    clearTimeout(timer);
    return { code, output };
  }

  /** Starts a command line that the caller ends. */
  start(line: string) {
    return spawn("sh", ["-c", `exec 2>&1\n${line}`], {
      cwd: this.directory,
      env: this.#environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
  }
}

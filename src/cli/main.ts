// The `muster` command.

import { Command, Option } from "commander";
import { musterVersion } from "../apiserver/endpoints/version.ts";
import { logLevels } from "../runtime/log.ts";
import { UserError } from "./user-error.ts";

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("muster")
    .description("A multi-cluster control plane for Kubernetes in one process")
    .showHelpAfterError("(add --help for what the command takes)");
  program
    .command("up")
    .description("serve the hub's Kubernetes API until the process is told to stop")
    .addOption(dataDirOption())
    .option("--listen <host:port>", "where to listen; port 0 takes a free one", "127.0.0.1:6443")
    .addOption(new Option("--storage <engine>", "where data is kept").choices(["sqlite", "memory"]).default("sqlite"))
    .option("--tls-san <name>", "another name or address of the serving certificate (may be repeated)", collect, [])
    .addOption(new Option("--profile <profile>", "which modules run").choices(["hub", "cluster", "bare"]))
    .option("--audit-log <file>", "append one JSON line per request to this file")
    .option("--token-auth-file <file>", 'accept the tokens of this file: token,user,uid,"group1,group2" per line')
    .option(
      "--authentication-config <file>",
      "accept tokens of the OIDC issuers in this file (AuthenticationConfiguration)",
    )
    .addOption(new Option("--log-level <level>", "the least important lines to log").choices(logLevels).default("info"))
    .addOption(new Option("--log-format <format>", "how to log").choices(["text", "json"]).default("text"))
    .action(async (options) => (await import("./up.ts")).up(options));
  program
    .command("kubeconfig")
    .description("print the administrator's kubeconfig of a data directory")
    .addOption(dataDirOption())
    .action(async (options) => (await import("./kubeconfig.ts")).printKubeconfig(options));
  program
    .command("version")
    .description("print the version")
    .action(() => {
      process.stdout.write(`muster ${musterVersion}\n`);
    });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`muster: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function dataDirOption(): Option {
  return new Option("--data-dir <dir>", "where the server keeps its state").env("MUSTER_DATA_DIR").default(".muster");
}

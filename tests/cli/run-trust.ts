import { trustCommand } from "../../cli/trust.ts";

export type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

type Input = {
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: readonly (string | Uint8Array)[];
  readonly now?: Date;
};

/** Runs `oidc-reconciler trust …` on files that exist for it alone. */
export async function runTrust(args: readonly string[], input: Input = {}): Promise<Run> {
  const written = { stdout: "", stderr: "" };
  const into = (stream: keyof typeof written) => ({
    write: (text: string) => {
      written[stream] += text;
      return true;
    },
  });
  const files = new Map(Object.entries(input.files ?? {}));
  const { now } = input;
  const code = await trustCommand(args, {
    stdout: into("stdout"),
    stderr: into("stderr"),
    stdin: (async function* () {
      yield* input.stdin ?? [];
    })(),
    readFile: async (path) => {
      const text = files.get(path);
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
    ...(now === undefined ? {} : { clock: () => now }),
  });
  return { code, ...written };
}

import type { Line } from "../shared/report/layout.ts";
import type { ExitCode, ExitName } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** An option as parsing, help and completion need it. */
export type Option = {
  /** What usage calls its value: `FILE` where it is the name of a file. None: it is a switch. */
  readonly value?: string;
  /**
   * It takes every word up to the next option, and may be given several times: `--ref a b --ref c`
   * is the same as `--ref a --ref b --ref c`.
   */
  readonly list?: true;
  readonly summary: string;
};

export type Options = Readonly<Record<string, Option>>;

/** What is on the command line apart from options: `FILE` where these are names of files. */
type Operands = {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** The only ones that there are, for completion. */
  readonly choices?: readonly string[];
};

/** What a command answers. */
export type Answer = {
  readonly exit: ExitCode;
  /** What `--json` prints. */
  readonly json: object;
  /** What people read: lines for their terminal, or a text that is printed letter by letter. */
  readonly view: readonly Line[] | string;
  /** What goes to standard error beside either. */
  readonly warnings?: readonly string[];
};

/** A command line as a command sees it: only the options that its entry lists can be asked for. */
export type Input<
  Switch extends string = string,
  Valued extends string = string,
  Listed extends string = string,
> = {
  readonly operands: readonly string[];
  readonly has: (option: Switch | "json") => boolean;
  readonly value: (option: Valued) => string | null;
  /** The values of a list, as they are written; empty where it is not given. */
  readonly values: (option: Listed) => readonly string[];
  /** The values of several lists one by one, where the order between them matters. */
  readonly inOrder: <Name extends Listed>(
    ...options: readonly Name[]
  ) => readonly { readonly option: Name; readonly value: string }[];
};

export type Command = {
  readonly kind: "command";
  readonly name: string;
  /** One line, beginning with a verb, without a full stop. */
  readonly summary: string;
  /** What may follow the name, one line for each way to call it. */
  readonly usage: readonly string[];
  /** Paragraphs of its help. */
  readonly description?: readonly string[];
  readonly operands?: Operands;
  readonly options: Options;
  readonly examples: readonly Example[];
  readonly exits: Readonly<Partial<Record<ExitName, string>>>;
  /** The page that says more, as README links to it. */
  readonly page?: string;
  /** Prints its JSON on one line. */
  readonly oneLine?: true;
  /** An exit code alone says that everything is printed already. */
  readonly run: (input: Input, io: Io) => Promise<Answer | ExitCode>;
};

export type Example = { readonly line: string; readonly does: string };

/** Commands under one name, such as `trust compare` and `trust explain`. */
export type Group = {
  readonly kind: "group";
  readonly name: string;
  readonly summary: string;
  readonly description?: readonly string[];
  readonly commands: readonly (Command | Group)[];
};

type NamesOfSwitches<Given extends Options> = {
  [Name in keyof Given]: Given[Name] extends { readonly value: string } ? never : Name;
}[keyof Given];

type NamesOfLists<Given extends Options> = {
  [Name in keyof Given]: Given[Name] extends { readonly list: true } ? Name : never;
}[keyof Given];

type NamesOfValues<Given extends Options> = Exclude<
  {
    [Name in keyof Given]: Given[Name] extends { readonly value: string } ? Name : never;
  }[keyof Given],
  NamesOfLists<Given>
>;

/** An entry of the table; its `run` can only ask for options that the entry lists. */
export function command<const Given extends Options>(
  entry: Omit<Command, "kind" | "options" | "run"> & {
    readonly options: Given;
    readonly run: (
      input: Input<
        NamesOfSwitches<Given> & string,
        NamesOfValues<Given> & string,
        NamesOfLists<Given> & string
      >,
      io: Io,
    ) => Promise<Answer | ExitCode>;
  },
): Command {
  return { kind: "command", ...entry };
}

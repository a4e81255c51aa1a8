/** What a version of a function consists of: its code, and what it runs with. */
export type Settings = {
  readonly role: string;
  readonly packageType: "Zip" | "Image";
  readonly runtime: string | null;
  readonly handler: string | null;
  readonly description: string;
  readonly timeout: number;
  readonly memorySize: number;
  readonly environment: ReadonlyMap<string, string>;
  readonly architectures: readonly string[];
  readonly code: Code;
};

export type Code = {
  readonly sha256: string;
  readonly size: number;
  /** For a container image, its address. */
  readonly imageUri: string | null;
};

/** `$LATEST`, which updates replace, or a published version, which nothing changes any more. */
export type Version = {
  readonly version: string;
  readonly settings: Settings;
  readonly modifiedAt: Date;
  /** New with every change. */
  readonly revisionId: string;
};

export type Alias = {
  readonly name: string;
  readonly functionVersion: string;
  readonly description: string;
  readonly routing: ReadonlyMap<string, number>;
  readonly revisionId: string;
};

export type LambdaFunction = {
  readonly name: string;
  /** Without a qualifier. */
  readonly arn: string;
  readonly latest: Version;
  /** The oldest first. */
  readonly published: readonly Version[];
  /** A number is never given twice, also where its version was deleted. */
  readonly versionsEver: number;
  readonly aliases: ReadonlyMap<string, Alias>;
  readonly tags: ReadonlyMap<string, string>;
};

/** One Region's functions by name. An entry is replaced, never changed in place. */
export type Functions = Map<string, LambdaFunction>;

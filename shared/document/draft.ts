/** One project of a draft; its texts are not checked yet. */
export type ProjectDraft = {
  readonly id: string;
  readonly origin?: string;
  readonly refs?: readonly string[];
  readonly until?: string;
};

/** A document that is being put together, in the words of one. The parser says what is wrong with it. */
export type DocumentDraft = {
  readonly circleci: { readonly organizationId: string; readonly audiences?: readonly string[] };
  readonly trust: { readonly projects: "all" | readonly ProjectDraft[] };
  readonly role?: {
    readonly name?: string;
    readonly path?: string;
    readonly maxSessionSeconds?: number;
    readonly permissionsBoundary?: string;
    readonly tags?: Readonly<Record<string, string>>;
  };
  readonly policy?: { readonly name?: string; readonly readOutputs?: boolean };
  /** A Region, and lists by kind of target as a document writes them. */
  readonly deploy: { readonly region?: string } & Readonly<
    Record<string, string | readonly unknown[]>
  >;
};

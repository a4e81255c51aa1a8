/** How many rows the long tables have at most; each says in its caption what it leaves out. */
export type Limits = {
  readonly events: number;
  readonly policies: number;
  readonly resources: number;
};

/** Enough for 1,000 environments as they usually are. */
export const usual: Limits = { events: 1200, policies: 2_000, resources: 5_000 };

/** For very many environments with long documents: those that need a look go first. */
export const tight: Limits = { events: 300, policies: 150, resources: 500 };

/** A page that is longer takes a browser too long, and no mail takes it. */
export const bytesMax = 3 * 1024 * 1024;

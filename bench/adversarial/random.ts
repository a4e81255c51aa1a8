import { allow, deny, policy, sub } from "../../tests/compare/pairs/vocabulary.ts";
import { randomFrom } from "../../tests/compare/properties/requests.ts";

/** A pair of random policies of wholly wild patterns; what is true of it nobody knows beforehand. */
export type WildPair = { readonly title: string; readonly before: string; readonly after: string };

const alphabets = ["ab*", "ab*?", "ab**??", "abc*?/", "a*?", "x-*0123456789", "a?*????"];

/** Pairs of random lists, Denys and statements over a few letters and many wildcards. */
export function wildPairs(count: number, seed: number): readonly WildPair[] {
  const random = randomFrom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const pattern = (alphabet: string): string =>
    Array.from({ length: 1 + below(14) }, () => alphabet[below(alphabet.length)] ?? "").join("");
  const document = (alphabet: string): string => {
    const list = (): readonly string[] =>
      Array.from({ length: 1 + below(6) }, () => pattern(alphabet));
    const statement = () =>
      random() < 0.7
        ? allow({ StringLike: { [sub]: list() } })
        : allow({ StringLike: { [sub]: list() }, StringNotLike: { [sub]: list() } });
    const denies = random() < 0.3 ? [deny({ StringLike: { [sub]: list() } })] : [];
    return policy(...Array.from({ length: 1 + below(3) }, statement), ...denies);
  };
  return Array.from({ length: count }, (_, at) => {
    const alphabet = alphabets[at % alphabets.length] ?? "ab*";
    return {
      title: `wild over ${alphabet}`,
      before: document(alphabet),
      after: document(alphabet),
    };
  });
}

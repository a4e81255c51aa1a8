/** A time axis: the place of an instant on it, and of its marks. */
export type Scale = {
  readonly from: number;
  readonly to: number;
  /** An instant in milliseconds; what is before the beginning is drawn there. */
  readonly x: (instant: number) => number;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
};

const day = 86_400_000;
const steps = [1, 2, 7, 14, 28, 91, 182, 364, 728, 3_640, 36_400];
const ticksMax = 7;

/** A linear scale over two instants, with marks at whole days (UTC). */
export function timeScale(from: number, to: number, width: number): Scale {
  const start = Math.min(from, to - day);
  const x = (instant: number) =>
    Math.round((Math.min(Math.max(instant, start), to) - start) * (width / (to - start)) * 10) / 10;
  const days = (to - start) / day;
  const step = (steps.find((each) => days / each <= ticksMax) ?? days) * day;
  const first = Math.ceil(start / step) * step;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  const ticks = Array.from({ length: count }, (_, at) => first + at * step).map((instant) => ({
    x: x(instant),
    label: new Date(instant).toISOString().slice(0, 10),
  }));
  return { from: start, to, x, ticks };
}

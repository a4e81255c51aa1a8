/** The account's time: it starts at an instant and moves with real time; tests may move it. */
export type Clock = {
  now(): Date;
  set(at: Date): void;
  advance(milliseconds: number): void;
};

/** A clock that shows `startsAt` now, or real time without it. */
export function clockFrom(startsAt?: Date): Clock {
  let ahead = startsAt === undefined ? 0 : startsAt.getTime() - Date.now();
  return {
    now: () => new Date(Date.now() + ahead),
    set: (at) => {
      ahead = at.getTime() - Date.now();
    },
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

/** A clock that moves only when it is moved. */
export function stillClock(startsAt: Date): Clock {
  let now = startsAt.getTime();
  return {
    now: () => new Date(now),
    set: (at) => {
      now = at.getTime();
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

/** The same clock, which calls `onMoved` when a test moves it, but not as time passes. */
export function observedClock(clock: Clock, onMoved: (now: Date) => void): Clock {
  return {
    now: clock.now,
    set: (at) => {
      clock.set(at);
      onMoved(clock.now());
    },
    advance: (milliseconds) => {
      clock.advance(milliseconds);
      onMoved(clock.now());
    },
  };
}

import { expect, test } from "vitest";
import { layoutOf } from "../../cli/io.ts";

const terminal = { isTTY: true, columns: 100 };

test.each([
  ["a terminal", terminal, {}, { width: 100, colour: true }],
  ["a pipe", {}, {}, { width: null, colour: false }],
  ["a terminal with NO_COLOR", terminal, { NO_COLOR: "1" }, { width: 100, colour: false }],
  ["a terminal with an empty NO_COLOR", terminal, { NO_COLOR: "" }, { width: 100, colour: true }],
  ["a dumb terminal", terminal, { TERM: "dumb" }, { width: 100, colour: false }],
  ["a pipe with FORCE_COLOR", {}, { FORCE_COLOR: "1" }, { width: null, colour: true }],
  ["a terminal with FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, { width: 100, colour: false }],
  ["a pipe with both", {}, { NO_COLOR: "1", FORCE_COLOR: "1" }, { width: null, colour: true }],
  ["a terminal of no known width", { isTTY: true }, {}, { width: null, colour: true }],
])("width and colours of %s", (_, stream, environment, layout) => {
  expect(layoutOf(stream, environment)).toEqual(layout);
});

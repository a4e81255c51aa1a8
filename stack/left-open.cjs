// A choice may be left open: packaging then makes the template for plain CloudFormation, which asks for
// it as a parameter of its own. Both templates come from these same files; scripts/artifacts/template.ts
// packages with every choice left open, and a test deploys both with the same choices and compares.
//
// CloudFormation can neither calculate nor cut text. What this template takes is therefore narrower in
// four places, and each says so: scheduleMinutes, roleNames, policyNames and organizations.
// CommonJS, because osls loads the files of its configuration with `require`.

/** The mark of a value that is left open: plain letters, so that it may be part of any name. */
function openValue(parameter) {
  return `open--${parameter}--`;
}

function isOpen(value) {
  return /^open--\w+--$/.test(String(value));
}

const leftOut = { Ref: "AWS::NoValue" };

/** One of two values: which, is known now (true, false) or said by a condition of the template. */
function either(choice, yes, no) {
  if (typeof choice === "boolean") return choice ? yes : no;
  return { "Fn::If": [choice, yes, no] };
}

/** An object with one property, or without it. */
function propertyIf(choice, name, value) {
  return choice === false ? {} : { [name]: either(choice, value, leftOut) };
}

/** A part of a parameter that has `separator` between its parts. */
function partOf(text, separator, index) {
  return { "Fn::Select": [index, { "Fn::Split": [separator, text] }] };
}

module.exports = { openValue, isOpen, either, propertyIf, partOf };

// What each kind of deploy target needs of the stack: a file for each in stack/targets/, all of which
// are read here. The rules of home and the role of the loop take it from here while the stack is
// packaged; scripts/generate-stack.cjs writes it into the templates that are deployed by themselves.
//
// source     whose events these are
// calls      what creates, deletes or changes a target, as CloudTrail records it: a name, or a name with
//            what the request must hold
// events     the service's own events, which come without a trail: those that can mean another ARN or
//            other roles
// reads      what the loop reads; a resource is SERVICE:REGION:RESOURCE, or * for calls that IAM knows
//            only with every resource
// grants     the most that jobs may ever do: the boundary
// passesTo   the services that a role may be passed to

const { readdirSync } = require("node:fs");
const { join } = require("node:path");

const folder = join(__dirname, "targets");
const kinds = readdirSync(folder)
  .sort()
  .map((name) => require(join(folder, name)));

/** The alternatives (`$or`) of the rule over CloudTrail's records, one for each service. */
function calls() {
  const sources = [...new Set(kinds.map(({ source }) => source))];
  return sources.flatMap((source) => {
    const own = union(kinds.map((kind) => (kind.source === source ? kind.calls : [])));
    const names = own.filter((call) => typeof call === "string");
    const narrowed = own.filter((call) => typeof call !== "string");
    const pattern = (eventName, more) => ({
      source: [source],
      detail: { errorCode: [{ exists: false }], eventName, ...more },
    });
    return [
      ...(names.length === 0 ? [] : [pattern(names, {})]),
      ...narrowed.map((call) => pattern([call.name], { requestParameters: call.with })),
    ];
  });
}

/** The alternatives of the rule over the services' own events. */
function events() {
  const all = kinds.flatMap(({ source, events: own }) =>
    own.map((pattern) => ({ source: [source], ...pattern })),
  );
  return [...new Map(all.map((pattern) => [JSON.stringify(pattern), pattern])).values()];
}

/** The statements by which the loop reads targets. */
function reads() {
  return statements(kinds.flatMap((kind) => kind.reads));
}

/** The statements on targets of the boundary. */
function grants() {
  return statements(kinds.flatMap((kind) => kind.grants));
}

/** The services that the boundary lets a role be passed to. */
function passesTo() {
  return union(kinds.map((kind) => kind.passesTo));
}

/** One statement for each Sid: kinds of one service share theirs. */
function statements(parts) {
  const sids = [...new Set(parts.map(({ sid }) => sid))];
  return sids.map((sid) => {
    const own = parts.filter((part) => part.sid === sid);
    const [{ condition }] = own;
    return {
      Sid: sid,
      Effect: "Allow",
      Action: oneOrMore(union(own.map(({ actions }) => actions))),
      Resource: oneOrMore(union(own.map(({ resources }) => resources)).map(arnOf)),
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  });
}

function arnOf(resource) {
  if (resource === "*") return resource;
  const [service, region, ...rest] = resource.split(":");
  const place = `\${AWS::Partition}:${service}:${region}:\${AWS::AccountId}`;
  return { "Fn::Sub": `arn:${place}:${rest.join(":")}` };
}

function union(lists) {
  return [...new Set(lists.flat())];
}

function oneOrMore(values) {
  return values.length === 1 ? values[0] : values;
}

module.exports = { calls, events, reads, grants, passesTo };

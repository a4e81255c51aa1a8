import type { Members } from "../input/members.ts";
import { refused } from "../input/refusal.ts";
import type { Call } from "../server/operation.ts";

export type Trail = {
  readonly name: string;
  readonly arn: string;
  readonly homeRegion: string;
  readonly bucket: string;
  readonly keyPrefix: string | null;
  readonly multiRegion: boolean;
  readonly globalEvents: boolean;
  readonly validation: boolean;
  readonly tags: ReadonlyMap<string, string>;
  readonly startedAt: Date | null;
  readonly stoppedAt: Date | null;
  readonly logging: boolean;
  readonly selector: Selector;
};

/** Which management events a trail logs. */
export type Selector = {
  readonly managementEvents: boolean;
  readonly readWrite: "All" | "ReadOnly" | "WriteOnly";
};

/** The account's trails by ARN. */
export type Trails = Map<string, Trail>;

/** Whether a trail logs this event of this Region, so that EventBridge gets it. */
export function isWatched(
  trails: Trails,
  event: { readonly region: string; readonly readOnly: boolean },
): boolean {
  return trails.values().some(({ logging, multiRegion, homeRegion, selector }) => {
    const side = event.readOnly ? "ReadOnly" : "WriteOnly";
    const selected =
      selector.managementEvents && (selector.readWrite === "All" || selector.readWrite === side);
    return logging && selected && (multiRegion || homeRegion === event.region);
  });
}

function named(trails: Trails, nameOrArn: string, region: string): Trail | null {
  const found = trails.get(nameOrArn);
  if (found !== undefined) return found;
  return (
    trails
      .values()
      .find(
        ({ name, multiRegion, homeRegion }) =>
          name === nameOrArn && (multiRegion || homeRegion === region),
      ) ?? null
  );
}

function existing(trails: Trails, members: Members, call: Call): Trail {
  const name = members.text("Name");
  const found = named(trails, name, call.region);
  if (found === null) {
    const message = `Unknown trail: ${name} for the user: ${call.account}`;
    throw refused("TrailNotFoundException", message);
  }
  return found;
}

/** A trail can only be changed in its home Region. */
function atHome(trails: Trails, members: Members, call: Call): Trail {
  const trail = existing(trails, members, call);
  if (trail.homeRegion !== call.region) {
    throw refused(
      "InvalidHomeRegionException",
      `The trail ${trail.name} can only be changed in its home Region, ${trail.homeRegion}.`,
    );
  }
  return trail;
}

/** CreateTrail: does not log until StartLogging. The bucket need not exist. */
export function createTrail(trails: Trails, members: Members, call: Call): object {
  const name = members.text("Name");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/.test(name)) {
    const message = `Trail name ${name} is not valid: 3 to 128 letters, digits, '.', '_' and '-'.`;
    throw refused("InvalidTrailNameException", message);
  }
  const arn = `arn:aws:cloudtrail:${call.region}:${call.account}:trail/${name}`;
  if (trails.has(arn)) {
    const message = `Trail ${name} already exists for customer: ${call.account}`;
    throw refused("TrailAlreadyExistsException", message);
  }
  const trail: Trail = {
    name,
    arn,
    homeRegion: call.region,
    bucket: members.text("S3BucketName", { min: 3, max: 63 }),
    keyPrefix: members.optionalText("S3KeyPrefix"),
    multiRegion: members.flag("IsMultiRegionTrail", false),
    globalEvents: members.flag("IncludeGlobalServiceEvents", true),
    validation: members.flag("EnableLogFileValidation", false),
    tags: new Map(
      members
        .structures("TagsList", { max: 200 })
        .map((tag): [string, string] => [tag.text("Key"), tag.optionalText("Value") ?? ""]),
    ),
    startedAt: null,
    stoppedAt: null,
    logging: false,
    selector: { managementEvents: true, readWrite: "All" },
  };
  if (trail.multiRegion && !trail.globalEvents) {
    throw refused(
      "InvalidParameterCombinationException",
      "Multi-Region trail must include global service events.",
    );
  }
  trails.set(arn, trail);
  return settings(trail);
}

export function deleteTrail(trails: Trails, members: Members, call: Call): object {
  trails.delete(atHome(trails, members, call).arn);
  return {};
}

export function startLogging(trails: Trails, members: Members, call: Call): object {
  const trail = atHome(trails, members, call);
  trails.set(trail.arn, { ...trail, logging: true, startedAt: call.now });
  return {};
}

export function stopLogging(trails: Trails, members: Members, call: Call): object {
  const trail = atHome(trails, members, call);
  trails.set(trail.arn, { ...trail, logging: false, stoppedAt: call.now });
  return {};
}

/** DescribeTrails: those of this Region, and multi-Region trails of other Regions. */
export function describeTrails(trails: Trails, members: Members, call: Call): object {
  const names = members.optionalTexts("trailNameList") ?? [];
  const shadows = members.flag("includeShadowTrails", true);
  const here = [...trails.values()].filter(
    ({ homeRegion, multiRegion }) => homeRegion === call.region || (shadows && multiRegion),
  );
  const asked = here.filter(
    ({ name, arn }) => names.length === 0 || names.includes(name) || names.includes(arn),
  );
  return { trailList: asked.map(shown) };
}

export function getTrail(trails: Trails, members: Members, call: Call): object {
  return { Trail: shown(existing(trails, members, call)) };
}

export function listTrails(trails: Trails): object {
  return {
    Trails: [...trails.values()].map(({ arn, name, homeRegion }) => ({
      TrailARN: arn,
      Name: name,
      HomeRegion: homeRegion,
    })),
  };
}

export function getTrailStatus(trails: Trails, members: Members, call: Call): object {
  const { logging, startedAt, stoppedAt } = existing(trails, members, call);
  return {
    IsLogging: logging,
    ...(startedAt === null ? {} : { StartLoggingTime: startedAt }),
    ...(stoppedAt === null ? {} : { StopLoggingTime: stoppedAt }),
    TimeLoggingStarted: startedAt === null ? "" : startedAt.toISOString(),
    TimeLoggingStopped: stoppedAt === null ? "" : stoppedAt.toISOString(),
  };
}

/** PutEventSelectors: only selectors of management events count. */
export function putEventSelectors(trails: Trails, members: Members, call: Call): object {
  const name = members.text("TrailName");
  const trail = named(trails, name, call.region);
  if (trail === null) throw refused("TrailNotFoundException", `Unknown trail: ${name}`);
  const [first] = members.structures("EventSelectors", { min: 1, max: 5 });
  const readWrite = first?.optionalText("ReadWriteType", {
    oneOf: ["All", "ReadOnly", "WriteOnly"],
  });
  const selector: Selector = {
    managementEvents: first?.flag("IncludeManagementEvents", true) ?? true,
    readWrite: readWrite === "ReadOnly" || readWrite === "WriteOnly" ? readWrite : "All",
  };
  trails.set(trail.arn, { ...trail, selector });
  return { TrailARN: trail.arn, EventSelectors: [shownSelector(selector)] };
}

export function getEventSelectors(trails: Trails, members: Members, call: Call): object {
  const name = members.text("TrailName");
  const trail = named(trails, name, call.region);
  if (trail === null) throw refused("TrailNotFoundException", `Unknown trail: ${name}`);
  return { TrailARN: trail.arn, EventSelectors: [shownSelector(trail.selector)] };
}

function shownSelector(selector: Selector): object {
  return {
    ReadWriteType: selector.readWrite,
    IncludeManagementEvents: selector.managementEvents,
    DataResources: [],
    ExcludeManagementEventSources: [],
  };
}

function shown(trail: Trail): object {
  return {
    ...settings(trail),
    HomeRegion: trail.homeRegion,
    HasCustomEventSelectors: trail.selector.readWrite !== "All",
    HasInsightSelectors: false,
  };
}

function settings(trail: Trail): object {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.keyPrefix === null ? {} : { S3KeyPrefix: trail.keyPrefix }),
    IncludeGlobalServiceEvents: trail.globalEvents,
    IsMultiRegionTrail: trail.multiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.validation,
    IsOrganizationTrail: false,
  };
}

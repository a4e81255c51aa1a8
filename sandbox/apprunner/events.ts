import type { Emit } from "../eventbridge/event.ts";
import type { Call } from "../server/operation.ts";
import type { AppRunnerService, OperationType } from "./service.ts";

/** What App Runner calls an operation in its events. */
const eventNames: Readonly<Record<OperationType, string>> = {
  CREATE_SERVICE: "CreateService",
  START_DEPLOYMENT: "Deployment",
  UPDATE_SERVICE: "UpdateService",
  PAUSE_SERVICE: "PauseService",
  RESUME_SERVICE: "ResumeService",
  DELETE_SERVICE: "DeleteService",
};

/**
 * Sends the events of an operation to the bus: that it started, that it succeeded, and the
 * service's new status if it has changed.
 */
export function emitOperation(
  emit: Emit,
  call: Call,
  done: {
    readonly before: AppRunnerService;
    readonly service: AppRunnerService;
    readonly type: OperationType;
  },
): void {
  const { before, service, type } = done;
  const base = { source: "aws.apprunner", region: call.region, at: call.now };
  const about = { serviceName: service.name, serviceId: service.id, severity: "INFO" };
  for (const stage of ["Started", "CompletedSuccessfully"]) {
    const operationStatus = `${eventNames[type]}${stage}`;
    emit({
      ...base,
      detailType: "AppRunner Service Operation Status Change",
      resources: [service.arn],
      detail: {
        ...about,
        operationStatus,
        message: `Service operation status: ${operationStatus}.`,
      },
    });
  }
  const previous = type === "CREATE_SERVICE" ? "OPERATION_IN_PROGRESS" : before.status;
  if (previous === service.status) return;
  emit({
    ...base,
    detailType: "AppRunner Service Status Change",
    resources: [service.arn],
    detail: {
      ...about,
      previousServiceStatus: previous,
      currentServiceStatus: service.status,
      message: `Service status is set to ${service.status}.`,
    },
  });
}

const rpcName = /^(?:\w+\.)+(\w+\/\w+)$/;

/**
 * The name of a span where there is little room: that of a gRPC call without its package, so that the method is not what is cut off
 * (`log.v1.CommitLog/Produce`: `CommitLog/Produce`).
 */
export function shortSpanName(name: string): string {
  return rpcName.exec(name)?.[1] ?? name;
}

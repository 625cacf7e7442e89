/**
 * Who calls a gRPC server, and who is refused: an interceptor for servers of `@grpc/grpc-js`. What the client sends meanwhile waits until
 * the check has answered, so that no handler runs for a call that is refused.
 */
import type { Metadata, ServerInterceptingCallInterface, ServerInterceptor } from '@grpc/grpc-js';
import { captureException } from '../log/exceptions.ts';
import { identify } from '../request.ts';
import type { Caller } from '../trace/context.ts';

/** What a check knows of a call. */
export interface AuthenticateCall {
  /** `package.Service/Method`. */
  readonly method: string;
  readonly metadata: Metadata;
  /** Address and port of the client. */
  readonly peer: string;
}

/** The refusals of gRPC (grpc/statuscodes.md): who it is does not show, or is known and may not. */
const refusals = { UNAUTHENTICATED: 16, PERMISSION_DENIED: 7 } as const;

/** Thrown by a check: the call is answered with this code and these words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: keyof typeof refusals;

  constructor(code: keyof typeof refusals, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * For `new Server({ interceptors: [authenticate(check)] })`. The check gives who calls (`caller()` of `@sonde/instrument/request` in
 * handlers, `user.id` in span and log lines), undefined for a call that anyone may make, or throws a `RefusedError`. Whatever else it
 * throws is a fault of the service: the call ends with INTERNAL, and the client is not told why.
 */
export function authenticate(
  check: (call: AuthenticateCall) => Caller | undefined | Promise<Caller | undefined>,
): ServerInterceptor {
  return (definition, call) => {
    const start = call.start.bind(call);
    const method = definition.path.replace(/^\//, '');
    call.start = (listener) => start(checked(listener, call, { method, check }));
    // grpc-js takes what an interceptor returns for the call itself; this one is checked in place.
    return call as ReturnType<ServerInterceptor>;
  };
}

interface Checking {
  readonly method: string;
  readonly check: Parameters<typeof authenticate>[0];
}

type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];

/** Passes on what comes once the call is known to be welcome, in the order in which it came. */
function checked(listener: Listener, call: ServerInterceptingCallInterface, { method, check }: Checking): Listener {
  let waiting: (() => void)[] | undefined = [];
  const inTurn = (pass: () => void): void => {
    if (waiting === undefined) pass();
    else waiting.push(pass);
  };
  const decide = async (metadata: Metadata): Promise<void> => {
    const answer = await ask({ method, metadata, peer: call.getPeer() }, check);
    if (answer.kind === 'refused') return call.sendStatus(answer.status);
    if (answer.caller !== undefined) identify(answer.caller);
    const passes = waiting ?? [];
    waiting = undefined;
    for (const pass of passes) pass();
  };
  return {
    onReceiveMetadata(metadata) {
      inTurn(() => listener.onReceiveMetadata(metadata));
      void decide(metadata);
    },
    onReceiveMessage: (message) => inTurn(() => listener.onReceiveMessage(message)),
    onReceiveHalfClose: () => inTurn(() => listener.onReceiveHalfClose()),
    onCancel() {
      // Nobody waits for an answer any more, whatever the check says.
      if (waiting === undefined) listener.onCancel();
      waiting = waiting === undefined ? undefined : [];
    },
  };
}

type Answer =
  | { readonly kind: 'welcome'; readonly caller: Caller | undefined }
  | { readonly kind: 'refused'; readonly status: { readonly code: number; readonly details: string } };

async function ask(call: AuthenticateCall, check: Checking['check']): Promise<Answer> {
  try {
    return { kind: 'welcome', caller: await check(call) };
  } catch (thrown) {
    if (thrown instanceof RefusedError) {
      return { kind: 'refused', status: { code: refusals[thrown.code], details: thrown.message } };
    }
    captureException(thrown);
    return { kind: 'refused', status: { code: internal, details: 'the check of who calls failed' } };
  }
}

const internal = 13;

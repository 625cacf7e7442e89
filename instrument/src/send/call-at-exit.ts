/**
 * A program of its own: sends over gRPC what a process had left as it exited, which waits for it. Reads one JSON object from its input:
 * `{timeoutMs, module, address, isPlain, headers, tls, frames: [{method, body}]}`, bodies in base64; `module` is the file of grpc-js that
 * the process had.
 */
import { createRequire } from 'node:module';
import type { TlsFiles } from '../settings.ts';

interface Input {
  readonly timeoutMs: number;
  readonly module: string;
  readonly address: string;
  readonly isPlain: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFiles;
  readonly frames: readonly { readonly method: string; readonly body: string }[];
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const input = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Input;
const grpc = createRequire(input.module)(input.module) as typeof import('@grpc/grpc-js');
setTimeout(() => process.exit(1), input.timeoutMs).unref();
const client = new grpc.Client(input.address, credentials());
const metadata = new grpc.Metadata();
for (const [name, value] of Object.entries(input.headers)) metadata.set(name, value);
const called = await Promise.allSettled(input.frames.map(call));
process.exit(called.every(({ status }) => status === 'fulfilled') ? 0 : 1);

function credentials(): import('@grpc/grpc-js').ChannelCredentials {
  const { isPlain, tls } = input;
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return isPlain ? grpc.credentials.createInsecure() : grpc.credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
}

function call({ method, body }: Input['frames'][number]): Promise<void> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const options = { deadline: Date.now() + input.timeoutMs };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(method, asIs, asIs, Buffer.from(body, 'base64'), metadata, options, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

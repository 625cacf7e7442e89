/**
 * A program of its own: posts what a process had left as it exited, which waits for it. Reads one JSON object from its input:
 * `{timeoutMs, frames: [{url, headers, tls, body}]}`, bodies in base64.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TlsFiles } from '../settings.ts';

interface Frame {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFiles;
  readonly body: string;
}

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const { timeoutMs, frames } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
  readonly timeoutMs: number;
  readonly frames: readonly Frame[];
};
setTimeout(() => process.exit(1), timeoutMs).unref();
const posted = await Promise.allSettled(frames.map(post));
process.exit(posted.every(({ status }) => status === 'fulfilled') ? 0 : 1);

function post({ url, headers, tls, body }: Frame): Promise<void> {
  const bytes = Buffer.from(body, 'base64');
  return new Promise((resolve, reject) => {
    const sending = (url.startsWith('https:') ? httpsRequest : httpRequest)(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': bytes.length }, ...tls },
      (answer) => {
        answer.resume();
        const { statusCode = 0 } = answer;
        answer.on('end', () => (statusCode < 300 ? resolve() : reject(new Error(String(statusCode)))));
      },
    );
    sending.on('error', reject);
    sending.end(bytes);
  });
}

/**
 * The built UI, read into memory at the start: a file by its path, and index.html for every path that names no file, as pages
 * have paths of their own. Files whose name holds a hash are cached for good, the rest is asked for anew.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { HttpResponse } from '../base/http.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Everything comes from this origin; styles may be set by script, as charts do. */
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

interface Asset {
  readonly body: Buffer;
  readonly brotli: Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export type StaticSite = (request: {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}) => Promise<HttpResponse>;

/** Reads a folder; when it is not there (the UI was not built) every path answers how to build it. */
export async function loadSite(folder: string): Promise<StaticSite> {
  const assets = await readAssets(folder);
  const index = assets.get('/index.html');
  return async ({ path, headers }) => {
    const asset = assets.get(path) ?? (looksLikeFile(path) ? undefined : index);
    if (asset !== undefined) return answer(asset, String(headers['accept-encoding'] ?? ''));
    const body =
      index === undefined ? 'The UI is not built. Run "npm run build", then start again.\n' : `There is nothing at ${path}.\n`;
    return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
  };
}

function looksLikeFile(path: string): boolean {
  return path.startsWith('/assets/') || path === '/favicon.ico';
}

async function readAssets(folder: string): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const file of files) {
    if (!file.isFile()) continue;
    const full = join(file.parentPath ?? file.path, file.name);
    const path = full.slice(folder.length).replaceAll('\\', '/');
    assets.set(path, await readAsset(full, path));
  }
  return assets;
}

const compress = promisify<Buffer, { params: Record<number, number> }, Buffer>(brotliCompress);
/** Nearly as small as the best, at a hundredth of its time: it is done at every start. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

async function readAsset(full: string, path: string): Promise<Asset> {
  const body = await readFile(full);
  const type = contentTypes[extname(path)] ?? 'application/octet-stream';
  const compressible = type.includes('text') || type.includes('json') || type.includes('svg');
  const hashed = path.startsWith('/assets/');
  return {
    body,
    brotli: compressible ? await compress(body, quick) : undefined,
    headers: {
      'content-type': type,
      'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': contentSecurityPolicy,
      vary: 'Accept-Encoding',
    },
  };
}

function answer(asset: Asset, acceptEncoding: string): HttpResponse {
  if (asset.brotli === undefined || !acceptEncoding.includes('br'))
    return { status: 200, headers: asset.headers, body: asset.body };
  return { status: 200, headers: { ...asset.headers, 'content-encoding': 'br' }, body: asset.brotli };
}

// The clients, by name: each installs what it needs, pinned, and gives the command that sends. What was installed is kept in
// .cache until the manifest or the sources change.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.js';

const here = import.meta.dirname;
const mavenDependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

export const clients = {
  javascript: async () => {
    const folder = join(here, 'javascript');
    await once('javascript', [join(folder, 'package-lock.json')], async () => {
      await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
    });
    return [process.execPath, join(folder, 'sender.js')];
  },

  python: async () => {
    const folder = join(here, 'python');
    const cache = await once('python', [join(folder, 'requirements.txt')], async (fresh) => {
      await run('python3', ['-m', 'venv', fresh]);
      await run(join(fresh, 'bin', 'pip'), ['install', '--quiet', '-r', join(folder, 'requirements.txt')]);
    });
    return [join(cache, 'bin', 'python'), '-B', join(folder, 'sender.py')];
  },

  go: async () => {
    const folder = join(here, 'go');
    const cache = await once('go', filesOf(folder), async (fresh) => {
      await run('go', ['build', '-mod=readonly', '-buildvcs=false', '-o', join(fresh, 'sender'), '.'], { cwd: folder });
    });
    return [join(cache, 'sender')];
  },

  java: async () => {
    const folder = join(here, 'java');
    const cache = await once('java', filesOf(folder), async (fresh) => {
      const libraries = join(fresh, 'libraries');
      await run('mvn', ['-q', '-B', `${mavenDependencyPlugin}:copy-dependencies`, `-DoutputDirectory=${libraries}`], {
        cwd: folder,
      });
      const sources = filesOf(folder).filter((path) => path.endsWith('.java'));
      await run('javac', ['-encoding', 'UTF-8', '-cp', join(libraries, '*'), '-d', join(fresh, 'classes'), ...sources]);
    });
    return ['java', '-cp', `${join(cache, 'libraries', '*')}:${join(cache, 'classes')}`, 'Sender'];
  },
};

/** Fills the folder .cache/name, unless it was filled for the same files before. */
async function once(name, files, fill) {
  const folder = join(here, '.cache', name);
  const stamp = join(folder, 'stamp');
  const wanted = hashOf(files);
  if (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === wanted &&
    (name !== 'javascript' || existsSync(join(here, name, 'node_modules')))
  ) {
    return folder;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await fill(folder);
  writeFileSync(stamp, wanted);
  return folder;
}

function filesOf(folder) {
  return readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name));
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** The targets of one job: what discovery finds becomes loops, and what it does not find any more ends. */
import { SondeError } from '../base/errors.ts';
import type { Labels } from '../lang/labels.ts';
import type { ScrapeConfig } from './config.ts';
import { discover } from './discovery.ts';
import { HttpClient } from './http-client.ts';
import { ScrapeLoop } from './scrape-loop.ts';
import type { LoopConfig, ScrapeSite } from './scrape-loop.ts';
import type { Running, TargetGroup } from './target-groups.ts';
import { findTargets } from './targets.ts';
import type { FoundTargets } from './targets.ts';

export class ScrapePool {
  dropped: readonly Labels[] = [];
  droppedCount = 0;
  readonly #site: ScrapeSite;
  #config: ScrapeConfig;
  #client: HttpClient;
  /** By the place of their discovery in the configuration; undefined until it has found something. */
  #groups: (readonly TargetGroup[] | undefined)[] = [];
  #discoveries: readonly Running[] = [];
  readonly #loops = new Map<string, ScrapeLoop>();
  /** Loops that are about to end. */
  readonly #ending = new Set<Promise<void>>();

  constructor(site: ScrapeSite, config: ScrapeConfig) {
    this.#site = site;
    this.#config = config;
    this.#client = new HttpClient(config.client);
    this.#discover();
  }

  get config(): ScrapeConfig {
    return this.#config;
  }

  get loops(): readonly ScrapeLoop[] {
    return [...this.#loops.values()];
  }

  /** Goes on under another configuration. Targets that stay are not interrupted. */
  reconfigure(config: ScrapeConfig): void {
    const before = this.#client;
    for (const discovery of this.#discoveries) discovery.stop();
    this.#config = config;
    this.#client = new HttpClient(config.client);
    this.#discover();
    before.retire();
  }

  /** Ends all targets. */
  async stop(): Promise<void> {
    for (const discovery of this.#discoveries) discovery.stop();
    // What a discovery finds in its last moments starts nothing.
    this.#groups = [];
    for (const key of this.#loops.keys()) this.#end(key);
    await Promise.all(this.#ending);
    this.#client.close();
  }

  #discover(): void {
    const { discoveries } = this.#config;
    const groups: (readonly TargetGroup[] | undefined)[] = discoveries.map(() => undefined);
    this.#groups = groups;
    this.#discoveries = discoveries.map((discovery, i) =>
      discover(
        discovery,
        (found) => {
          // What a discovery of an earlier configuration still finds is of no interest.
          if (this.#groups !== groups) return;
          groups[i] = found;
          this.#update();
        },
        this.#site.log,
      ),
    );
    if (discoveries.length === 0) this.#update();
  }

  #update(): void {
    const { jobName, limits } = this.#config;
    const found = findTargets(
      this.#config,
      this.#groups.flatMap((groups) => groups ?? []),
    );
    for (const fault of found.faults) this.#site.log.warn('target ignored', { job: jobName, fault });
    this.dropped = found.dropped;
    this.droppedCount = found.droppedCount;
    const count = found.targets.length;
    const isOver = limits.targets > 0 && count > limits.targets;
    const refusal = isOver
      ? new SondeError('too_large', `Over the target_limit of ${limits.targets}: ${count} targets.`)
      : undefined;
    this.#replace(found, refusal);
  }

  #replace({ targets }: FoundTargets, refusal: SondeError | undefined): void {
    const keys = new Set(targets.map(({ key }) => key));
    // Until each discovery has spoken, a target that none has found yet may still be there.
    const isComplete = this.#groups.every((groups) => groups !== undefined);
    if (isComplete) for (const key of this.#loops.keys()) if (!keys.has(key)) this.#end(key);
    for (const target of targets) {
      const given: LoopConfig = { config: this.#config, target, client: this.#client, refusal };
      const loop = this.#loops.get(target.key);
      if (loop === undefined) this.#loops.set(target.key, new ScrapeLoop(this.#site, given));
      else loop.reconfigure(given);
    }
    this.#site.counters.set('sonde_scrape_targets', { job: this.#config.jobName }, this.#loops.size);
  }

  #end(key: string): void {
    const loop = this.#loops.get(key);
    this.#loops.delete(key);
    if (loop === undefined) return;
    const ending = loop.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** The signals that OTLP carries, each with its own requests and endpoints. */
export const signals = ['traces', 'logs', 'metrics'] as const;

export type Signal = (typeof signals)[number];

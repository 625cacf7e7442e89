/**
 * The colours of both themes: the one place that names a colour. style/theme.ts hands them to CSS as custom properties
 * (`textMuted` is `--text-muted`), the charts read them from here. tokens.test.ts holds them to WCAG AA and to being told
 * apart by people who see red and green alike.
 */
export interface Palette {
  /** The page, a panel on it, and what floats above or is under the pointer. */
  readonly page: string;
  readonly panel: string;
  readonly raised: string;
  readonly hover: string;
  readonly selected: string;
  /** Hairlines between things, and the edge of a control. */
  readonly line: string;
  readonly edge: string;
  readonly text: string;
  readonly textMuted: string;
  readonly textFaint: string;
  readonly accent: string;
  /** A filled control and the text on it. */
  readonly accentFill: string;
  readonly onAccent: string;
  readonly error: string;
  readonly errorFill: string;
  readonly errorTint: string;
  readonly warn: string;
  readonly warnTint: string;
  readonly match: string;
  /** Log levels as marks: bars of the histogram, the bar at a line's start. */
  readonly levelUnknown: string;
  readonly levelTrace: string;
  readonly levelDebug: string;
  readonly levelInfo: string;
  readonly levelWarn: string;
  readonly levelError: string;
  readonly levelFatal: string;
  /** p50, p95, p99: one hue, stronger with the quantile. */
  readonly quantileLow: string;
  readonly quantileMid: string;
  readonly quantileHigh: string;
  /** Services and series, in order of use. None is the colour of an error. */
  readonly series: readonly string[];
}

export type ThemeName = 'dark' | 'light';

const dark: Palette = {
  page: '#0e1116',
  panel: '#14181f',
  raised: '#1c222b',
  hover: '#1a2029',
  selected: '#1b2d45',
  line: '#252c37',
  edge: '#616c7c',
  text: '#e8ecf2',
  textMuted: '#a7b1bf',
  textFaint: '#8791a0',
  accent: '#7ab5ff',
  accentFill: '#2f6fc4',
  onAccent: '#ffffff',
  error: '#ff8f78',
  errorFill: '#ef5f45',
  errorTint: '#2b1815',
  warn: '#ecb955',
  warnTint: '#2a2111',
  match: '#6b5413',
  levelUnknown: '#596373',
  levelTrace: '#657080',
  levelDebug: '#76829a',
  levelInfo: '#587ba8',
  levelWarn: '#e6b040',
  levelError: '#ef5f45',
  levelFatal: '#f29be8',
  quantileLow: '#55799f',
  quantileMid: '#7ab5ff',
  quantileHigh: '#d7e8ff',
  series: ['#5ea6ee', '#eabb52', '#7cc8a6', '#cd78ad', '#c1c4fb', '#8b9f3f', '#58cfe0', '#b98a68'],
};

const light: Palette = {
  page: '#f5f6f8',
  panel: '#ffffff',
  raised: '#ffffff',
  hover: '#f0f3f7',
  selected: '#ddeafb',
  line: '#e1e5eb',
  edge: '#858f9d',
  text: '#161b22',
  textMuted: '#4d5766',
  textFaint: '#626d7c',
  accent: '#0a5cb8',
  accentFill: '#0a5cb8',
  onAccent: '#ffffff',
  error: '#b3300f',
  errorFill: '#d4481f',
  errorTint: '#fdf0ec',
  warn: '#805300',
  warnTint: '#fdf5e2',
  match: '#ffe08a',
  levelUnknown: '#8f98a5',
  levelTrace: '#87919f',
  levelDebug: '#6d788b',
  levelInfo: '#6289ba',
  levelWarn: '#c48a00',
  levelError: '#c2330f',
  levelFatal: '#8a1f8f',
  quantileLow: '#7fa3cc',
  quantileMid: '#2272c9',
  quantileHigh: '#0b3566',
  series: ['#2272c9', '#b77207', '#4a9c8a', '#8b4f70', '#4a3a9a', '#576310', '#0b8ea3', '#8a5b38'],
};

export const palettes: Readonly<Record<ThemeName, Palette>> = { dark, light };

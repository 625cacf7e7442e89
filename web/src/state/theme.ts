/** Dark or light: the system's choice until the reader makes another. Colours reach CSS as custom properties. */
import { computed, effect, signal } from '@preact/signals';
import { palettes } from '../style/tokens.ts';
import type { Palette, ThemeName } from '../style/tokens.ts';
import { recall, remember } from './remembered.ts';

const system = globalThis.matchMedia('(prefers-color-scheme: light)');
const systemTheme = signal(ofSystem());
const chosen = signal<ThemeName | null>(themeNamed(recall('theme')));

export const theme = computed<ThemeName>(() => chosen.value ?? systemTheme.value);
export const palette = computed<Palette>(() => palettes[theme.value]);

/** Switches to the other theme. When that is the system's own, the system is followed again. */
export function toggleTheme(): void {
  const other = theme.peek() === 'dark' ? 'light' : 'dark';
  chosen.value = other === ofSystem() ? null : other;
  remember('theme', chosen.peek());
}

/** Keeps the document in the theme's colours. */
export function applyTheme(): void {
  system.addEventListener('change', () => {
    systemTheme.value = ofSystem();
  });
  effect(() => {
    const root = document.documentElement;
    root.dataset['theme'] = theme.value;
    root.style.colorScheme = theme.value;
    for (const [name, value] of Object.entries(palette.value)) {
      if (typeof value === 'string') root.style.setProperty(propertyOf(name), value);
    }
    palette.value.series.forEach((colour, i) => root.style.setProperty(`--series-${i}`, colour));
  });
}

function ofSystem(): ThemeName {
  return system.matches ? 'light' : 'dark';
}

function themeNamed(name: string | null): ThemeName | null {
  return name === 'dark' || name === 'light' ? name : null;
}

function propertyOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

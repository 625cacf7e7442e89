/** Colour arithmetic for the tests of the palette: WCAG contrast, and what a colour-blind eye makes of a colour. */
type Rgb = readonly [number, number, number];

/** The contrast ratio of two `#rrggbb` colours as WCAG 2.2 defines it, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** How far apart two colours look, in OKLab: 0.02 is just visible, black to white is 1. */
export function distance(a: Rgb, b: Rgb): number {
  const [x, y] = [oklab(a), oklab(b)];
  return Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

/** Linear light as a deuteranope or protanope sees it (Machado, Oliveira, Fernandes 2009, severity 1). */
export function seenBy(eye: 'normal' | 'deuteranopia' | 'protanopia', colour: string): Rgb {
  const [r, g, b] = linear(colour);
  if (eye === 'normal') return [r, g, b];
  if (eye === 'deuteranopia') {
    return clip([
      0.367322 * r + 0.860646 * g - 0.227968 * b,
      0.280085 * r + 0.672501 * g + 0.047413 * b,
      -0.01182 * r + 0.04294 * g + 0.968881 * b,
    ]);
  }
  return clip([
    0.152286 * r + 1.052583 * g - 0.204868 * b,
    0.114503 * r + 0.786281 * g + 0.099216 * b,
    -0.003882 * r - 0.048116 * g + 1.051998 * b,
  ]);
}

function luminance(colour: string): number {
  const [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function linear(colour: string): Rgb {
  const part = (at: number): number => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function clip([r, g, b]: Rgb): Rgb {
  const within = (x: number): number => Math.min(1, Math.max(0, x));
  return [within(r), within(g), within(b)];
}

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

// Samples of the text format 0.0.4, as far as Prometheus itself writes it: no timestamps, no escapes but in values of labels.

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const escapes = { '\\n': '\n', '\\\\': '\\', '\\"': '"' };

/** `{ labels, value }` of each sample; `more` are labels that all get. Throws at a line that it can not read. */
export function seriesOfText(text, more) {
  return text
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith('#'))
    .map((one) => {
      const match = line.exec(one);
      if (match === null) throw new Error(`no sample of the text format: ${one}`);
      const [, name, labels = '', value] = match;
      const pairs = Array.from(labels.matchAll(label), ([, key, written]) => [
        key,
        written.replaceAll(/\\./g, (escape) => escapes[escape] ?? escape),
      ]);
      return {
        labels: { __name__: name, ...Object.fromEntries(pairs), ...more },
        value: Number(value.replace('Inf', 'Infinity')),
      };
    });
}

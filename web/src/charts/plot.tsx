/**
 * A uPlot chart that lives as long as its component: made anew when its options change, given new data when only they
 * change, and as wide as its box.
 */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

export interface PlotProps {
  readonly options: PlotOptions;
  readonly data: uPlot.AlignedData;
  readonly heightPx: number;
  readonly label: string;
}

export function Plot({ options, data, heightPx, label }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(data);
  latest.current = data;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot({ ...options, width: Math.max(1, element.clientWidth), height: heightPx }, latest.current, element);
    chart.current = made;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width)
        made.setSize({ width: element.clientWidth, height: heightPx });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [options, heightPx]);
  useEffect(() => {
    if (chart.current !== undefined && chart.current.data !== data) chart.current.setData(data);
  }, [data]);
  return <div ref={box} class="plot" style={{ height: `${heightPx}px` }} role="img" aria-label={label} />;
}
